import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Every line of the ledger is written once into each index: those nothing reads are gone."""

    dependencies = [
        ("engagement", "0006_strongest_lines"),
    ]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="source_key",
            field=models.CharField(max_length=64),
        ),
        migrations.AddConstraint(
            model_name="interaction",
            constraint=models.UniqueConstraint(fields=["source_key"], name="interaction_once"),
        ),
        migrations.AlterField(
            model_name="interaction",
            name="patron",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="interactions",
                to="patrons.patron",
            ),
        ),
        migrations.AlterField(
            model_name="interaction",
            name="title",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="catalog.title",
            ),
        ),
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(condition=models.Q(("title__isnull", False)), fields=["title"], name="interaction_title"),
        ),
    ]
