import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    """New lines fill gaps between old ones: a stretch of the ledger is known by several spans of days, not by one."""

    dependencies = [
        ("engagement", "0014_cells_as_shown"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="interaction", name="interaction_day"),
        migrations.AddIndex(
            model_name="interaction",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["day"], name="interaction_day", opclasses=["date_minmax_multi_ops"]
            ),
        ),
    ]
