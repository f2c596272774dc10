from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('engagement', '0004_loans_notes_needs'),
    ]

    operations = [
        migrations.AddField(
            model_name='loan',
            name='let_go',
            field=models.BooleanField(default=False, help_text='Who had it was forgotten, as the reader or the library wanted; no import says it again.'),
        ),
    ]
