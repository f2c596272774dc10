from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests are counted by their state from a small index alone."""

    dependencies = [("outreach", "0010_requests_by_words")]

    operations = [
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["state", "branch"], name="request_counts"),
        ),
    ]
