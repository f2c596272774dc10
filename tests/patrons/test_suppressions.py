"""Why an address gets no mail does not depend on the order in which we hear of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from patrons.models import Suppression
from patrons.services.suppressions import lift_suppression, suppress_address
from tests.builders import NOON

CAUSES: dict[str, dict[str, Any]] = {
    "pause": {"until": NOON + timedelta(days=14), "evidence": "4.2.2 full"},
    "no_mailbox": {"evidence": "5.1.1 unknown"},
    "complaint": {"evidence": "abuse"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(CAUSES)))
def test_the_cause_that_weighs_most_stays(order: tuple[str, ...]) -> None:
    for cause in order * 2:
        suppress_address(address="Iris@example.org", reason=cause, cause=cause, now=NOON, **CAUSES[cause])
    stopped = Suppression.objects.get()
    assert (stopped.address, stopped.cause, stopped.reason) == ("iris@example.org", "complaint", "complaint")
    assert (stopped.evidence, stopped.until) == ("abuse", None)


@pytest.mark.django_db
def test_what_a_person_says_is_not_overruled_by_a_machine_and_lasts_until_it_is_lifted() -> None:
    suppress_address(address="a@example.org", reason="She asked at the desk.", now=NOON)
    suppress_address(address="a@example.org", reason="pause", cause="pause", until=NOON, now=NOON)
    stopped = Suppression.objects.get()
    assert (stopped.cause, stopped.reason, stopped.until) == ("staff", "She asked at the desk.", None)
    assert lift_suppression(address="a@example.org", reason="She changed her mind.", now=NOON)
    suppress_address(address="a@example.org", reason="No mailbox", cause="no_mailbox", now=NOON)
    assert Suppression.objects.active().get().cause == "no_mailbox"
