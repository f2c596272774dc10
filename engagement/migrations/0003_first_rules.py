"""Publish the first rule table, so that the ledger can judge from the first day."""

from datetime import UTC, datetime

from django.db import migrations

from engagement.services.rule_table import FIRST_RULES, FIRST_S50_RELATIONAL, FIRST_S50_TRANSACTIONAL

PUBLISHED = datetime(2026, 11, 22, tzinfo=UTC)


def publish(apps, schema_editor):
    version = apps.get_model("engagement", "RuleVersion").objects.create(
        number=1,
        published_at=PUBLISHED,
        note="The first table.",
        s50_relational=FIRST_S50_RELATIONAL,
        s50_transactional=FIRST_S50_TRANSACTIONAL,
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
            **rule.verdicts,
        )
        for rule in FIRST_RULES
    )


def withdraw(apps, schema_editor):
    apps.get_model("engagement", "RuleVersion").objects.filter(number=1).delete()


class Migration(migrations.Migration):

    dependencies = [("engagement", "0002_initial")]

    operations = [migrations.RunPython(publish, withdraw)]
