"""The places of a library and the days they are closed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Branch(models.Model):
    """A place of the library; staff and patrons belong to branches."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_open = models.BooleanField(default=True)
    ils_codes = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="What the library system calls it."
    )

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """A day on which the library (or one branch of it) is closed."""

    day = models.DateField()
    name = models.CharField(max_length=120)
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, null=True, blank=True, related_name="holidays")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "branch"],
                name="holiday_once",
                nulls_distinct=False,
                violation_error_message="That day is already a holiday.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
