import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """New messages go to the end of their index, a thread's stand in order, and nothing reads them by branch alone."""

    dependencies = [
        ("outreach", "0007_answers_first"),
        ("library", "0005_mail_limits"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_newest"),
        migrations.RemoveIndex(model_name="message", name="message_thread"),
        migrations.AlterField(
            model_name="message",
            name="branch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="library.branch",
            ),
        ),
        migrations.AddIndex(
            model_name="message", index=models.Index(fields=["queued_at", "id"], name="message_newest")
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("thread__isnull", False)), fields=["thread", "id"], name="message_thread"
            ),
        ),
    ]
