"""A new house gets its first admin from the command line."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from library.models import User


def test_createsuperuser_makes_an_admin(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough password")
    call_command("createsuperuser", "--no-input", "--username", "ada", "--email", "ada@example.org", verbosity=0)
    assert User.objects.get(username="ada").role == "admin"
