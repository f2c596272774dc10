from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether an answer waits is asked before everything else, also while a hundred thousand check-ins do."""

    dependencies = [
        ("outreach", "0006_fewer_indexes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind", "answering"), ("state", "queued")),
                fields=["due_at", "id"],
                name="message_answers",
            ),
        ),
    ]
