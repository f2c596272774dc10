from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0006_reckoning_and_pulse")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="board_mailed",
            field=models.DateField(blank=True, help_text="First day of the month whose summary was mailed.", null=True),
        ),
    ]
