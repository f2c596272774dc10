"""Clocks that jump, and nights in which an hour is missing or comes twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from outreach.models import CheckIn, Message
from outreach.services.checkins import queue_due
from outreach.services.delivery import deliver_due
from tests.builders import make_letter, make_patron, make_request, make_title
from tests.outreach.test_delivery import queue
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
STEP = timedelta(minutes=20)
HOUR = timedelta(hours=1)
# The nights in which the clocks change; Johannesburg and Apia keep theirs.
NIGHTS = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Africa/Johannesburg", date(2026, 3, 29)),
    ("Pacific/Apia", date(2026, 9, 27)),
]


def clock(start: datetime, days: int) -> Iterator[datetime]:
    """Ticks of a clock that is set back an hour, then forward two, then back to what is right, every day."""
    for step in range(days * 72):
        wrong = {0: timedelta(), 1: -HOUR, 2: HOUR}[(step // 9) % 3]
        yield start + step * STEP + wrong


def planned(zone: str, night: date, minutes: int) -> CheckIn:
    """A check-in due so many minutes after midnight there; its letter has arrived."""
    local = ZoneInfo(zone)
    due = (datetime.combine(night, time(), local) + timedelta(minutes=minutes)).astimezone(UTC)
    patron = make_patron("check_in", time_zone=zone)
    request = make_request(patron, state="answered", answered_at=due)
    letter = make_letter(request, titles=(make_title(),), sent_at=due - timedelta(days=21))
    queue(patron, str(letter.pk), purpose="letter")
    Message.objects.filter(object_key=str(letter.pk)).update(state="sent", sent_at=letter.sent_at)
    return CheckIn.objects.create(letter=letter, next_step="ask", next_at=due)


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=str)
def test_one_check_in_by_day_whatever_the_clock_does(zone: str, night: date) -> None:
    local = ZoneInfo(zone)
    for minutes in (30, 150, 210, 9 * 60, 19 * 60 + 59, 23 * 60 + 30):
        planned(zone, night, minutes)
    start = (datetime.combine(night, time(), local) - timedelta(days=1)).astimezone(UTC)
    left: dict[str, datetime] = {}
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        for now in clock(start, days=4):
            queue_due(now=now)
            before = len(sink.messages)
            deliver_due(now=now)
            for received in sink.messages[before:]:
                left[str(received.mail["Message-ID"])] = now.astimezone(local)
        times = Counter(str(received.mail["Message-ID"]) for received in sink.messages)
    assert len(times) == 6
    assert set(times.values()) == {1}
    assert {name for name, at in left.items() if not time(8) <= at.time() < time(20)} == set()
    assert set(Message.objects.exclude(purpose="letter").values_list("state", flat=True)) == {"sent"}


def test_a_clock_that_is_an_hour_wrong_sends_nothing_twice_and_loses_nothing() -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    for number in range(30):
        queue(make_patron(), str(number), due_at=now + number * timedelta(minutes=5))
    with SmtpSink() as sink, override_settings(MAILERS=sink.mailers):
        for wrong in (timedelta(), HOUR, -HOUR, timedelta(), HOUR, 4 * HOUR):
            deliver_due(now=now + wrong)
        times = Counter(str(received.mail["Message-ID"]) for received in sink.messages)
    assert len(times) == 30
    assert set(times.values()) == {1}
