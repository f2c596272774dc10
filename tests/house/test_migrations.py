"""Migrations are complete and named by people."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_migration_is_named_by_a_machine() -> None:
    assert not list(ROOT.glob("*/migrations/*_auto_*.py"))
