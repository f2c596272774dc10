"""One database server for all tests; a fixed time; staff who are signed in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from engagement.services.rules import publish_first_rules

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
def published_rules(request: pytest.FixtureRequest) -> None:
    """Tests with real transactions empty every table at their end; the published rules come back for the next one."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        publish_first_rules(now=NOON)
