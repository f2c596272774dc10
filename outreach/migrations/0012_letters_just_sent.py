from django.db import migrations, models


class Migration(migrations.Migration):
    """The letters a librarian sent a moment ago, so that sending can be undone."""

    dependencies = [("outreach", "0011_requests_counted")]

    operations = [
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["librarian", "-sent_at"], name="letter_sent"),
        ),
    ]
