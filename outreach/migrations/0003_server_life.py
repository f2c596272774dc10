from django.db import migrations


class Migration(migrations.Migration):
    """The token table loses its row in crash recovery, which is what it is for; threads know their branch."""

    dependencies = [("outreach", "0002_what_comes_in")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE outreach_serverlife SET UNLOGGED", "ALTER TABLE outreach_serverlife SET LOGGED"
        ),
        migrations.RunSQL(
            "UPDATE outreach_thread SET branch_id = request.branch_id FROM outreach_request AS request"
            " WHERE request.thread_id = outreach_thread.id",
            migrations.RunSQL.noop,
        ),
    ]
