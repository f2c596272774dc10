"""States of staff as queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import UserManager
from django.db import models

if TYPE_CHECKING:
    from datetime import datetime

    from library.models import ImportRun, User


class StaffManager(UserManager["User"]):
    def offered_on_form(self) -> models.QuerySet[User]:
        """Librarians a reader may ask for by name."""
        return self.letter_writers().filter(takes_requests=True).order_by("name", "pk")

    def letter_writers(self) -> models.QuerySet[User]:
        """Librarians who can sign in and write."""
        return self.filter(is_active=True, role="librarian")

    def able_to_import(self) -> models.QuerySet[User]:
        """Who can bring in files of the library system (see `imports_of`)."""
        whole = models.Q(role="admin") | models.Q(role="librarian", branches=None)
        return self.filter(whole, is_active=True).order_by("name", "pk")

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> User:
        """The first admin of a new house, made by `manage.py createsuperuser`."""
        return super().create_superuser(username, email, password, **{"role": "admin"} | extra_fields)


# Admins look after the system and see nothing of what anyone reads.
WITHOUT_READING = ("patrons", "titles", "copies", "marketing")
WITH_READING = ("loans", "interactions")


def imports_of(user: User) -> tuple[str, ...]:
    """The kinds of import this person runs and sees: an import is about every branch, so are those who run it."""
    if user.role == "admin":
        return WITHOUT_READING
    return WITHOUT_READING + WITH_READING if user.role == "librarian" and not user.places else ()


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> ImportRunQuerySet:
        """Runs of the kinds this person may run."""
        return self.filter(what__in=imports_of(user))

    def newest(self, after: tuple[datetime, int] | None = None) -> ImportRunQuerySet:
        """Newest first; `after` is (started_at, pk) of the last one seen. The plain bound lets the index be used."""
        runs = self
        if after:
            at, pk = after
            runs = runs.filter(started_at__lte=at).exclude(started_at=at, pk__gte=pk)
        return runs.order_by("-started_at", "-pk")

    def waiting(self) -> ImportRunQuerySet:
        """Runs that nobody has taken yet, the longest waiting first."""
        return self.filter(state="queued").order_by("started_at", "pk")

    def under_way(self) -> ImportRunQuerySet:
        """Runs a worker holds (or held, when it died)."""
        return self.filter(state="running")
