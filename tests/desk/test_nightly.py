"""The night's work: once in each local day, each step alone, and what breaks is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from library.models import AuditLine
from relcrm.desk.services import nightly
from relcrm.desk.services.nightly import STEPS, run_nightly
from tests.builders import NOON

pytestmark = pytest.mark.django_db
NIGHT = NOON.replace(hour=2, minute=0)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every step only says that it ran."""
    ran: list[str] = []

    def noting(name: str) -> object:
        def step(_now: datetime) -> dict[str, int]:
            ran.append(name)
            return {name: 1}

        return step

    for name in STEPS:
        monkeypatch.setitem(nightly.STEPS, name, noting(name))
    return ran


def test_each_step_once_in_a_local_day_and_not_before_two(done: list[str]) -> None:
    assert run_nightly(now=NIGHT - timedelta(minutes=1)) == {}
    assert run_nightly(now=NIGHT) == dict.fromkeys(STEPS, 1)
    assert run_nightly(now=NIGHT + timedelta(hours=20)) == {}
    run_nightly(now=NIGHT + timedelta(days=1))
    assert done == [*STEPS, *STEPS]
    assert AuditLine.objects.filter(thing="library", what__in=STEPS).count() == 2 * len(STEPS)


def test_a_step_that_breaks_holds_up_no_other_and_is_tried_again(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = nightly.STEPS["types.told"]

    def broken(_now: datetime) -> dict[str, int]:
        raise RuntimeError("types are broken")

    monkeypatch.setitem(nightly.STEPS, "types.told", broken)
    with pytest.raises(ExceptionGroup):
        run_nightly(now=NIGHT)
    assert set(done) == set(STEPS) - {"types.told"}
    monkeypatch.setitem(nightly.STEPS, "types.told", whole)
    assert run_nightly(now=NIGHT + timedelta(minutes=1)) == {"types.told": 1}


def test_on_a_new_library_every_step_runs() -> None:
    assert set(run_nightly(now=NIGHT).values()) == {0}
    assert set(AuditLine.objects.filter(thing="library").values_list("what", flat=True)) == set(STEPS)
