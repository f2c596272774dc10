"""The people who work at the library."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from library.models.branch import Branch
from library.querysets import StaffManager


class User(AbstractUser):
    """A member of staff. Patrons never have an account.

    A librarian without assigned branches works for all of them.
    """

    class Role(models.TextChoices):
        LIBRARIAN = "librarian", "Librarian"
        MANAGER = "manager", "Manager"
        VIEWER = "viewer", "Viewer"
        ADMIN = "admin", "Admin"

    role = models.CharField(max_length=12, choices=Role.choices, default=Role.LIBRARIAN)
    name = models.CharField("name readers see", max_length=120, blank=True)
    takes_requests = models.BooleanField("readers may choose me on the form", default=False)
    branches = models.ManyToManyField("library.Branch", blank=True, related_name="staff")
    board_report = models.BooleanField("send me the board report each month", default=False)
    board_mailed = models.DateField(null=True, blank=True, help_text="First day of the month whose summary was mailed.")
    contacts_a_day = models.PositiveSmallIntegerField(
        "contacts a day", default=8, help_text="The most that are put on this librarian's list for one day."
    )
    calendar_since = models.DateTimeField(
        null=True, blank=True, help_text="When the calendar address in force was made; None: there is none."
    )
    is_demo = models.BooleanField(default=False, help_text="Made by `manage.py demo`, for trying things out.")

    # Set by library.services.accounts.StaffBackend for whoever a request comes from.
    needs_second_step: bool = False
    has_second_step: bool = False

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="staff_role_known", condition=models.Q(role__in=["librarian", "manager", "viewer", "admin"])
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="staff_email_once",
                violation_error_message="A colleague already signs in with this address.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def places(self) -> list[Branch]:
        """The branches assigned, read once for this object; empty: all of them."""
        return list(self.branches.order_by("name"))

    @property
    def second_step_missing(self) -> bool:
        """Whether a second step is compulsory for this person and not set up yet."""
        return self.needs_second_step and not self.has_second_step

    @property
    def first(self) -> str:
        """The name a reader would use: the first word of the public name."""
        return str(self).split(" ")[0]
