from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patrons", "0005_why_no_mail"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(
                condition=models.Q(("lifted_at", None), ("until__isnull", False)),
                fields=["until"],
                name="suppression_pauses",
            ),
        ),
    ]
