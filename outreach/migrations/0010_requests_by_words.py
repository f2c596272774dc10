from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from outreach.models.request import PlainWords

PLAIN = """
CREATE FUNCTION relcrm_plain(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN upper(public.unaccent('public.unaccent', words));
END
$$
"""


class Migration(migrations.Migration):
    """Words of a request are found by an index: looking at every one of them took a second in a large library."""

    dependencies = [
        ("outreach", "0009_answers_lost"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(PLAIN, "DROP FUNCTION relcrm_plain(text)"),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["-asked_at", "-id"], name="request_newest"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=models.Q(("state", "answered")), fields=["-answered_at", "-id"], name="request_answered"
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=GinIndex(OpClass(PlainWords("reference", "about"), name="gin_trgm_ops"), name="request_words"),
        ),
        migrations.AddIndex(
            model_name="requesttitle",
            index=GinIndex(OpClass(PlainWords("title", "why"), name="gin_trgm_ops"), name="named_words"),
        ),
    ]
