"""Quiet hours: where the reader is, through every change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.quiet import quiet_until, zone_of
from tests.builders import NOON, make_branch, make_patron
from tests.outreach.test_delivery import queue, queue_check_in, settled

NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Africa/Johannesburg", "Pacific/Apia", "Asia/Kathmandu"]


def at(words: str, zone: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2026-11-24T19:59:59", "Europe/Paris", None),
        ("2026-11-24T20:00:00", "Europe/Paris", "2026-11-25T08:00:00"),
        ("2026-11-24T07:59:59", "America/New_York", "2026-11-24T08:00:00"),
        ("2026-11-24T08:00:00", "America/New_York", None),
        ("2026-03-28T23:00:00", "Europe/Paris", "2026-03-29T08:00:00"),
        ("2026-10-24T23:00:00", "Europe/Paris", "2026-10-25T08:00:00"),
        ("2026-03-07T21:00:00", "America/New_York", "2026-03-08T08:00:00"),
        ("2026-12-31T23:59:59", "Africa/Johannesburg", "2027-01-01T08:00:00"),
    ],
)
def test_the_night_ends_at_eight_where_the_reader_is(now: str, zone: str, until: str | None) -> None:
    assert quiet_until(at(now, zone), ZoneInfo(zone)) == (at(until, zone) if until else None)


@given(
    now=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_what_is_put_off_never_leaves_at_night_and_waits_at_most_thirteen_hours(now: datetime, zone: str) -> None:
    until = quiet_until(now, ZoneInfo(zone))
    local = now.astimezone(ZoneInfo(zone))
    assert (until is None) == (8 <= local.hour < 20)
    if until is not None:
        assert now < until <= now + timedelta(hours=13)
        assert quiet_until(until, ZoneInfo(zone)) is None


def test_the_readers_own_zone_comes_first_then_the_branch_then_the_library(settings: pytest.FixtureRequest) -> None:
    settings.TIME_ZONE = "Europe/Paris"  # type: ignore[attr-defined]
    assert zone_of("Pacific/Apia", "America/New_York").key == "Pacific/Apia"
    assert zone_of("", "America/New_York").key == "America/New_York"
    assert zone_of("Mars/Olympus", "America/New_York").key == "America/New_York"
    assert zone_of("../../etc/passwd", "").key == "Europe/Paris"


@pytest.mark.django_db
def test_answers_leave_at_night_and_check_ins_wait_for_the_morning() -> None:
    patron = make_patron("check_in", "proactive")
    queue(patron, "1", now=NIGHT)
    check_in = queue_check_in(patron, "2", now=NIGHT)
    started = queue(patron, "3", kind="library_started", consent="proactive", now=NIGHT)
    assert deliver_due(now=NIGHT) == DeliveryCount(sent=1, quiet=2)
    morning = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    for message in (check_in, started):
        assert (settled(message).state, message.due_at) == ("queued", morning)
    assert deliver_due(now=morning - timedelta(seconds=1)) == DeliveryCount()
    assert deliver_due(now=morning).sent == 2
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_the_branchs_zone_decides_for_a_reader_without_one() -> None:
    patron = make_patron("check_in", branch=make_branch(time_zone="Pacific/Apia"))
    message = queue_check_in(patron, now=NOON)
    assert deliver_due(now=NOON) == DeliveryCount(quiet=1)  # 01:00 in Apia
    assert settled(message).due_at == at("2026-11-25T08:00:00", "Pacific/Apia")
