"""Publish the second rule table, and keep with every line what its event answered, so that any rules can judge it."""

from datetime import UTC, datetime

from django.db import migrations
from django.db.models import F

from engagement.services.rule_table import SECOND_RULES, SECOND_S50_RELATIONAL, SECOND_S50_TRANSACTIONAL

PUBLISHED = datetime(2026, 11, 23, tzinfo=UTC)
TESTS = ("named_people", "patron_took_part", "used_knowledge", "continued", "gave_something")
# Where the table left a question to the event, the letter in `tests` is what the event answered.
ANSWERS = """
UPDATE engagement_interaction AS line
SET answers = concat(
    CASE rule.named_people WHEN 'event' THEN substr(line.tests, 1, 1) ELSE '-' END,
    CASE rule.patron_took_part WHEN 'event' THEN substr(line.tests, 2, 1) ELSE '-' END,
    CASE rule.used_knowledge WHEN 'event' THEN substr(line.tests, 3, 1) ELSE '-' END,
    CASE rule.continued WHEN 'event' THEN substr(line.tests, 4, 1) ELSE '-' END,
    CASE rule.gave_something WHEN 'event' THEN substr(line.tests, 5, 1) ELSE '-' END)
FROM engagement_rule AS rule JOIN engagement_ruleversion AS version ON version.id = rule.version_id
WHERE version.number = line.rules AND rule.kind = line.kind AND line.answers = '-----'
    AND 'event' IN (named_people, patron_took_part, used_knowledge, continued, gave_something)
"""


def publish(apps, schema_editor):
    RuleVersion = apps.get_model("engagement", "RuleVersion")
    # What was published before has judged every line there is.
    RuleVersion.objects.filter(judged_at=None).update(judged_at=F("published_at"))
    # The second table judges each kind of the first as the first did, so no line has to be judged again.
    version = RuleVersion.objects.create(
        number=2,
        published_at=PUBLISHED,
        judged_at=PUBLISHED,
        note="Every channel of a library. What the first table had counts as before.",
        s50_relational=SECOND_S50_RELATIONAL,
        s50_transactional=SECOND_S50_TRANSACTIONAL,
    )
    Rule = apps.get_model("engagement", "Rule")
    Rule.objects.bulk_create(
        Rule(
            version=version,
            kind=rule.kind,
            label=rule.label,
            definition=rule.definition,
            weight=rule.weight,
            ceiling=rule.ceiling,
            group=rule.group,
            outcome=rule.outcome,
            shows_use=rule.shows_use,
            channel=rule.channel,
            **{test: rule.verdicts[test] for test in TESTS},
        )
        for rule in SECOND_RULES
    )


def withdraw(apps, schema_editor):
    apps.get_model("engagement", "RuleVersion").objects.filter(number=2).delete()


class Migration(migrations.Migration):

    dependencies = [("engagement", "0010_rules_at_work")]

    operations = [
        migrations.RunSQL(ANSWERS, migrations.RunSQL.noop),
        migrations.RunPython(publish, withdraw),
    ]
