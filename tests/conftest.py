"""One database server for all tests; a fixed time; staff who are signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import override_settings
from hypothesis import settings as properties

from engagement.services.rules import publish_own_rules

# The same examples in every run: whoever broke something sees it, and nobody else.
# `--hypothesis-profile=default` looks for new ones.
properties.register_profile("repeat", derandomize=True)
properties.load_profile("repeat")

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Noon on a Tuesday, in UTC: outside quiet hours in every zone the tests use."""
    return NOON


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test inherits the rate counters of another."""
    cache.clear()


@pytest.fixture(autouse=True)
def own_erasures(settings: LazySettings, tmp_path: Path) -> None:
    """What a test erases or brings in lies with the test, not beside the database all of them use."""
    settings.BESIDE = tmp_path
    settings.ERASURES_FILE = tmp_path / "erasures"
    settings.IMPORTS_FOLDER = tmp_path / "imports"
    settings.EXPORTS_FOLDER = tmp_path / "exports"


@pytest.fixture(scope="session")
def audit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(autouse=True)
def no_line_noted(audit_folder: Path) -> Iterator[None]:
    """No test finds the newest audit line of another, nor of the house it runs in."""
    (audit_folder / "audit-head").unlink(missing_ok=True)
    with override_settings(AUDIT_FOLDER=audit_folder):
        yield


@pytest.fixture(autouse=True)
def published_rules(request: pytest.FixtureRequest) -> None:
    """Tests with real transactions empty every table at their end; the published rules come back for the next one."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        publish_own_rules(now=NOON)
