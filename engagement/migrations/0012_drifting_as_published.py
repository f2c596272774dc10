"""The weights every library starts with, and the index its list reads."""

from datetime import UTC, datetime

from django.db import migrations, models

from engagement.services.drift_model import PUBLISHED, PUBLISHED_QUALITY


def publish(apps, schema_editor):
    apps.get_model("engagement", "DriftModel").objects.create(
        number=PUBLISHED.number,
        fitted_at=datetime(2026, 11, 23, tzinfo=UTC),
        weights=PUBLISHED.as_json(),
        rests_on=0,
        quality=PUBLISHED_QUALITY,
    )


def withdraw(apps, schema_editor):
    apps.get_model("engagement", "DriftModel").objects.filter(number=PUBLISHED.number).delete()


class Migration(migrations.Migration):

    dependencies = [("engagement", "0011_second_rules")]

    operations = [
        migrations.RemoveIndex(model_name="drift", name="drift_chance"),
        migrations.AddIndex(
            model_name="drift",
            index=models.Index(fields=["chance", "patron", "last_day"], name="drift_list"),
        ),
        migrations.RunPython(publish, withdraw),
    ]
