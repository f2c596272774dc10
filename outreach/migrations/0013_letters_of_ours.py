from django.db import migrations, models

STATES = [
    ("held", "Held for review"),
    ("waiting", "Waiting"),
    ("answered", "Answered"),
    ("withdrawn", "Withdrawn"),
    ("begun", "Begun by us"),
    ("written", "Written by us"),
    ("dropped", "Put away"),
]


class Migration(migrations.Migration):
    """Letters nobody asked for: three more states of what a letter is written on."""

    dependencies = [("outreach", "0012_letters_just_sent")]

    operations = [
        migrations.RemoveConstraint(model_name="request", name="request_state_known"),
        migrations.AlterField(
            model_name="request",
            name="state",
            field=models.CharField(choices=STATES, default="waiting", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [state for state, _ in STATES])), name="request_state_known"
            ),
        ),
    ]
