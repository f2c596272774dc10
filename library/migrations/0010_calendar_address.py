from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0009_contacts_a_day")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="calendar_since",
            field=models.DateTimeField(
                blank=True, help_text="When the calendar address in force was made; None: there is none.", null=True
            ),
        ),
    ]
