"""What holds for all mail at once."""

from django.db import models


class Postbox(models.Model):
    """The single row that says whether mail leaves at all, and which house this is.

    `outreach.services.postbox` reads and writes it; the gate asks it before every mail.
    """

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        "library.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="None while paused: the house paused itself.",
    )
    paused_because = models.CharField(max_length=300, blank=True)
    instance = models.CharField(
        max_length=64, blank=True, help_text="The name of this house; a copy of the database has the same."
    )
    ticked_at = models.DateTimeField(null=True, blank=True, help_text="The time of the beat's last tick.")

    class Meta:
        constraints = [models.CheckConstraint(name="postbox_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "All mail"


class ServerLife(models.Model):
    """One row in an UNLOGGED table: crash recovery of the database empties it, a clean restart keeps it.

    Phase marks are written without waiting for the disk. A claim notes this token; where the token has changed, a
    mark may have been lost, and the claim is in doubt (outreach.services.gate).
    """

    token = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(name="server_life_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return str(self.token)
