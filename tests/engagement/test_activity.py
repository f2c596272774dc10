"""Readers counted as persons: who is new, active, kept and lapsed, on which rung they stand and how they moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from engagement.models import StageChange
from engagement.services.counting.activity import ACTIVITY
from engagement.services.counting.counters import counting_facts
from engagement.services.counting.flows import FLOWS
from engagement.services.counting.slicing import Counting
from engagement.services.counting.stages import STAGES
from engagement.services.counting.types import TYPES
from engagement.services.overriding import set_stage
from engagement.services.privacy import end_profile
from engagement.services.reader_types import say_type, tell_types
from engagement.services.reports.periods import Period, quarter_of
from engagement.services.scores import retest_stages
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# October to December 2026 runs at NOON; July to September is over.
RUNNING = quarter_of(NOON.date())
OVER = quarter_of(RUNNING.first - DAY)
Cells = dict[str, tuple[float, int, int]]


def counted(how: Counting, period: Period = OVER, by: str = "", key: str = "") -> Cells:
    with connection.cursor() as cursor:
        cursor.execute(how.sql, counting_facts(period, NOON))
        return {row[0]: row[3:] for row in cursor.fetchall() if row[1:3] == (by, key)}


def values(cells: Cells) -> dict[str, float]:
    return {measure.partition(":")[2]: cell[0] for measure, cell in cells.items()}


def reader(*uses: datetime, kind: str = "loan", **over: Any) -> Patron:
    """Somebody who used the library at these times."""
    patron = make_patron("profile", **over)
    for at in uses:
        record(kind, patron, at, now=NOON)
    return patron


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_everybody_of_the_end_is_kept_new_back_or_met_and_the_rest_of_the_start_is_lapsed() -> None:
    reader(on(2026, 3, 1), on(2026, 8, 1))  # kept, and active in the quarter
    reader(on(2025, 12, 1))  # kept: not a year ago yet
    reader(on(2025, 7, 2))  # lapsed: the year was over in the quarter
    reader(on(2025, 6, 30))  # lapsed long before: in the start's year by no day
    reader(on(2026, 8, 2))  # new
    reader(on(2024, 8, 2), on(2026, 8, 2))  # back
    reader(on(2026, 8, 2), joined_on=on(2019, 5, 1).date())  # met
    reader(on(2026, 10, 5))  # after the period
    assert values(counted(ACTIVITY)) == {
        **{"start": 3, "kept": 2, "lapsed": 1, "end": 5},
        **{"active": 4, "new": 1, "back": 1, "met": 1},
    }


def test_the_year_of_the_start_has_365_days_and_that_of_the_end_too() -> None:
    reader(on(2025, 7, 1))  # the first day of the year before the quarter
    reader(on(2025, 9, 30))  # 365 days before its last day: no longer in its year
    reader(on(2025, 10, 1))  # the first day of the year that ends with it
    assert values(counted(ACTIVITY)) == {"start": 3, "kept": 1, "lapsed": 2, "end": 1}


def test_in_a_running_period_nobody_has_lapsed_before_the_year_is_over() -> None:
    reader(on(2025, 12, 1))
    assert values(counted(ACTIVITY, RUNNING)) == {"start": 1, "kept": 1, "end": 1}


def test_a_card_got_in_the_period_makes_a_reader_new_although_older_lines_are_known() -> None:
    patron = reader(on(2024, 1, 5))
    record("card_signup", patron, on(2026, 7, 5), now=NOON)
    assert values(counted(ACTIVITY)) == {"new": 1, "active": 1, "end": 1}


def test_letters_of_ours_and_pulse_answers_make_nobody_active() -> None:
    patron = reader()
    for kind in ("letter", "proactive_letter", "pulse_answer", "review"):
        record(kind, patron, on(2026, 8, 1), now=NOON)
    assert counted(ACTIVITY) == {}


def test_only_readers_with_a_profile_are_counted_and_each_where_their_record_is() -> None:
    branch = make_branch()
    reader(on(2026, 8, 1), on(2026, 8, 2), branch=branch, language="es")
    record("loan", make_patron(), on(2026, 8, 1), now=NOON)
    assert counted(ACTIVITY, by="branch", key=str(branch.pk))["active:new"] == (1, 1, 0)
    assert counted(ACTIVITY, by="language", key="es")["active:new"] == (1, 1, 0)
    assert counted(ACTIVITY, by="language", key="en") == {}
    assert counted(ACTIVITY)["active:active"] == (1, 1, 0)


def test_records_with_one_address_are_one_person() -> None:
    for address in ("Mum@example.org", "mum@example.org", "", ""):
        reader(on(2026, 8, 1), email=address)
    assert counted(ACTIVITY)["active:new"] == (4, 3, 0)


def test_stages_are_those_of_the_end_of_a_period_whatever_moved_since() -> None:
    patron, other = reader(created_at=on(2026, 5, 1)), reader(created_at=on(2026, 5, 1))
    patron.consents.update(given_at=on(2026, 5, 1))
    other.consents.update(given_at=on(2026, 5, 1))
    record("letter", patron, on(2026, 8, 1), started_by="library", now=on(2026, 8, 1))
    record("check_in_answer", patron, on(2026, 10, 1), value="closed", now=on(2026, 10, 1))
    make_patron(created_at=on(2026, 5, 1))
    make_patron(created_at=on(2026, 5, 1), standing="provisional")
    make_patron(created_at=on(2026, 5, 1), gone_at=on(2026, 6, 1))
    make_patron("profile", created_at=NOON - DAY)
    assert values(counted(STAGES)) == {"basic": 1, "reactive": 1, "none": 1}
    assert values(counted(STAGES, RUNNING)) == {"basic": 2, "follow_up": 1, "none": 1}
    assert values(counted(STAGES, quarter_of(OVER.first - DAY))) == {"basic": 2, "none": 1}


def test_who_agreed_only_later_was_not_measured_then() -> None:
    make_patron("profile", created_at=on(2026, 5, 1))
    assert values(counted(STAGES)) == {"none": 1}
    assert values(counted(STAGES, RUNNING)) == {"basic": 1}


def test_a_move_written_down_then_is_proof_of_a_profile_then() -> None:
    patron = make_patron("profile", created_at=on(2026, 5, 1))
    StageChange.objects.create(patron=patron, before="basic", after="reactive", at=on(2026, 7, 2), because="letter")
    assert values(counted(STAGES)) == {"basic": 1}
    assert values(counted(STAGES, quarter_of(OVER.first - DAY))) == {"none": 1}


def test_flows_go_from_before_the_period_to_its_end_and_there_and_back_is_none() -> None:
    up, there_and_back = make_patron("profile"), make_patron("profile")
    for patron, before, after, at in (
        (up, "basic", "reactive", on(2026, 7, 2)),
        (up, "reactive", "follow_up", on(2026, 9, 2)),
        (up, "follow_up", "proactive", on(2026, 10, 2)),
        (there_and_back, "basic", "reactive", on(2026, 7, 2)),
        (there_and_back, "reactive", "basic", on(2026, 8, 2)),
    ):
        StageChange.objects.create(patron=patron, before=before, after=after, at=at, because="letter")
    assert values(counted(FLOWS)) == {"basic>follow_up": 1}
    assert values(counted(FLOWS, RUNNING)) == {"follow_up>proactive": 1}
    august = Period(OVER.first.replace(month=8), OVER.first.replace(month=8, day=31), "2026-08", "August 2026")
    assert values(counted(FLOWS, august)) == {"reactive>basic": 1}


def test_the_stages_of_the_end_are_those_of_the_start_with_the_flows_between() -> None:
    amara = make_staff()
    for number in range(6):
        patron = make_patron("profile", created_at=on(2026, 5, 1))
        patron.consents.update(given_at=on(2026, 5, 1))
        record("letter", patron, on(2026, 6 + number % 3, 20), started_by="library", now=on(2026, 6 + number % 3, 20))
        until = on(2026, 10, 1 + number)
        set_stage(patron=patron, stage="proactive", reason="Yes", until=until, by=amara, now=on(2026, 9, 1 + number))
    retest_stages(now=NOON)
    before, after, flows = counted(STAGES), counted(STAGES, RUNNING), counted(FLOWS, RUNNING)
    moved = values(before)
    for flow, many in values(flows).items():
        source, _, target = flow.partition(">")
        moved[source] = moved.get(source, 0) - many
        moved[target] = moved.get(target, 0) + many
    assert {stage: many for stage, many in moved.items() if many} == values(after)


def test_what_was_counted_of_a_reader_is_gone_with_the_profile() -> None:
    patron = reader(on(2026, 8, 1))
    record("letter", patron, on(2026, 8, 1), started_by="library", now=on(2026, 8, 1))
    patron.consents.update(withdrawn_at=NOON)
    end_profile(patron=patron, now=NOON)
    assert counted(ACTIVITY) == counted(FLOWS) == {}
    assert values(counted(STAGES, RUNNING)) == {"none": 1}


def test_types_are_the_readers_own_word_first() -> None:
    told, said, neither, nobody = (make_patron("profile") for _ in range(4))
    for patron in (told, said, neither):
        for _ in range(5):
            record("loan", patron, NOON - DAY)
    tell_types(now=NOON)
    say_type(patron=said, said="fan", now=NOON)
    say_type(patron=neither, said="none", now=NOON)
    assert values(counted(TYPES, RUNNING)) == {"one_thing": 1, "fan": 1, "none": 2}
    assert nobody.pk
