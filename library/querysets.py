"""States of staff as queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import UserManager
from django.db import models

if TYPE_CHECKING:
    from library.models import User


class StaffManager(UserManager["User"]):
    def offered_on_form(self) -> models.QuerySet[User]:
        """Librarians a reader may ask for by name."""
        return self.letter_writers().filter(takes_requests=True).order_by("name", "pk")

    def letter_writers(self) -> models.QuerySet[User]:
        """Librarians who can sign in and write."""
        return self.filter(is_active=True, role="librarian")

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> User:
        """The first admin of a new house, made by `manage.py createsuperuser`."""
        return super().create_superuser(username, email, password, **{"role": "admin"} | extra_fields)
