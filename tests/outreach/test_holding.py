"""What holds a message back for a while: the library's day, the minute, the contact budget, closed days, a pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from library.models import Holiday, LibrarySettings
from outreach.models import Message
from outreach.services.claiming import claim_due
from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.limits import day_of
from outreach.services.quiet import quiet_until, zone_of
from patrons.models import Patron
from patrons.services.suppressions import suppress_address
from tests.builders import NOON, make_branch, make_patron
from tests.outreach.test_delivery import queue, queue_check_in, settled

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FOR_LONG = NOON + 100 * DAY


def limits(**over: int) -> None:
    LibrarySettings.objects.update_or_create(pk=1, defaults=over)


def started(patron: Patron, key: str, **over: object) -> Message:
    values: dict[str, object] = {"kind": "library_started", "consent": "proactive", "not_after": FOR_LONG}
    return queue(patron, key, **(values | over))


def test_the_librarys_day_holds_back_check_ins_and_never_an_answer() -> None:
    limits(mails_per_day=3)
    patron = make_patron("check_in")
    for number in range(5):
        queue_check_in(patron, f"c{number}")
        queue(patron, f"a{number}")
    assert deliver_due(now=NOON) == DeliveryCount(sent=8, quiet=2)
    waiting = Message.objects.filter(state="queued")
    assert set(waiting.values_list("due_at", flat=True)) == {day_of(NOON)[1]}
    assert all("one day" in message.reason for message in waiting)
    queue_check_in(patron, "late")
    assert deliver_due(now=NOON + timedelta(hours=1)) == DeliveryCount(quiet=1)
    assert deliver_due(now=NOON + DAY) == DeliveryCount(sent=3)


def test_what_is_leaving_or_in_doubt_counts_for_the_day() -> None:
    limits(mails_per_day=3)
    patron = make_patron("check_in")
    for number in range(5):
        queue_check_in(patron, str(number))
    assert len(claim_due(now=NOON, lease_from=NOON, kinds=["asked_for"], limit=2).messages) == 2
    Message.objects.filter(state="sending").update(state="unknown", lease_until=None)
    claim = claim_due(now=NOON, lease_from=NOON, kinds=["asked_for"])
    assert (len(claim.messages), claim.deferred) == (1, 2)


def test_the_day_begins_at_midnight_where_the_library_is(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Pacific/Apia"  # UTC+13
    assert day_of(NOON) == (datetime(2026, 11, 24, 11, tzinfo=UTC), datetime(2026, 11, 25, 11, tzinfo=UTC))
    settings.TIME_ZONE = "Europe/Paris"
    begins, ends = day_of(datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert ends - begins == timedelta(hours=23)


def test_the_pace_lets_so_many_out_in_a_minute_and_answers_do_not_wait_for_check_ins() -> None:
    limits(mails_per_minute=4)
    patron = make_patron("check_in")
    for number in range(10):
        queue_check_in(patron, f"c{number}")
    assert deliver_due(now=NOON, paced=True).sent == 4
    assert deliver_due(now=NOON + timedelta(seconds=30), paced=True) == DeliveryCount()
    for number in range(3):
        queue(patron, f"a{number}")
    assert deliver_due(now=NOON + timedelta(seconds=40), paced=True).sent == 3
    assert deliver_due(now=NOON + MINUTE, paced=True).sent == 1
    assert deliver_due(now=NOON + 2 * MINUTE).sent == 5


def test_check_ins_leave_room_for_answers_that_wait() -> None:
    limits(mails_per_minute=4)
    patron = make_patron("check_in")
    for number in range(6):
        queue_check_in(patron, f"c{number}")
        queue(patron, f"a{number}")
    assert deliver_due(now=NOON, paced=True, senders=["bulk"]) == DeliveryCount()
    assert deliver_due(now=NOON, paced=True).sent == 4
    assert Message.objects.filter(state="sent", kind="answering").count() == 4


def test_the_contact_budget_counts_all_the_library_begins_in_thirty_days() -> None:
    limits(contact_budget=2)
    patron, other = make_patron("proactive", "check_in"), make_patron("proactive")
    early = started(patron, "0", due_at=NOON - 10 * DAY)
    assert deliver_due(now=NOON - 10 * DAY).sent == 1
    messages = [started(patron, str(number)) for number in range(1, 4)]
    queue_check_in(patron, "asked")
    started(other, "9")
    assert deliver_due(now=NOON) == DeliveryCount(sent=3, quiet=2)
    assert [settled(message).state for message in messages] == ["sent", "queued", "queued"]
    assert {message.due_at for message in messages[1:]} == {settled(early).due_at + 30 * DAY}
    assert "in 30 days" in messages[1].reason
    assert deliver_due(now=NOON + 20 * DAY) == DeliveryCount(sent=1, quiet=1)
    assert settled(messages[2]).due_at == NOON + 30 * DAY
    assert deliver_due(now=NOON + 30 * DAY).sent == 1


def test_a_budget_of_nothing_sends_nothing_the_library_begins() -> None:
    limits(contact_budget=0)
    message = started(make_patron("proactive"), "1", not_after=NOON + DAY)
    assert deliver_due(now=NOON) == DeliveryCount(quiet=1)
    assert deliver_due(now=NOON + 31 * DAY) == DeliveryCount(cancelled=1)
    assert "Too late" in settled(message).reason


def test_what_the_library_begins_waits_for_the_next_open_morning() -> None:
    north, south = make_branch(), make_branch()
    Holiday.objects.create(day=NOON.date(), name="The day of the house")
    Holiday.objects.create(day=NOON.date() + DAY, name="Only in the north", branch=north)
    here = started(make_patron("proactive", branch=north), "1")
    there = started(make_patron("proactive", branch=south), "2")
    asked = queue_check_in(make_patron("check_in", branch=north), "3")
    assert deliver_due(now=NOON) == DeliveryCount(sent=1, quiet=2)
    assert settled(asked).state == "sent"
    morning = NOON.replace(hour=8)
    assert (settled(there).due_at, settled(here).due_at) == (morning + DAY, morning + 2 * DAY)


def test_a_library_that_never_opens_still_gets_an_answer() -> None:
    closed = {NOON.date() + number * DAY for number in range(1000)}
    until = quiet_until(NOON, zone_of("UTC"), closed)
    assert until is not None
    assert NOON + 365 * DAY < until < NOON + 368 * DAY


def test_a_pause_of_an_address_holds_back_and_a_stop_for_good_cancels() -> None:
    for name, until in (("a", NOON + DAY), ("b", NOON + 30 * DAY), ("c", None), ("d", NOON - DAY)):
        suppress_address(address=f"{name}@example.org", reason="came back", now=NOON - 2 * DAY, until=until)
    rows = {name: queue(make_patron(email=f"{name}@example.org"), name) for name in "abcd"}
    assert deliver_due(now=NOON) == DeliveryCount(cancelled=2, quiet=2)
    assert (settled(rows["a"]).state, rows["a"].due_at) == ("queued", NOON + DAY)
    assert (settled(rows["b"]).state, settled(rows["c"]).state) == ("cancelled", "cancelled")
    assert settled(rows["d"]).due_at == NOON + 5 * MINUTE


def test_each_sender_has_a_queue_of_its_own() -> None:
    patron = make_patron("check_in", "proactive")
    answer, asked, begun = queue(patron, "1"), queue_check_in(patron, "2"), started(patron, "3")
    assert deliver_due(now=NOON, senders=["default"]).sent == 1
    assert settled(answer).state == "sent"
    assert deliver_due(now=NOON, senders=["bulk"]).sent == 2
    assert settled(asked).state == settled(begun).state == "sent"


def test_one_claim_decides_about_two_hundred_with_a_handful_of_questions(
    django_assert_max_num_queries: pytest.FixtureRequest,
) -> None:
    for number in range(210):
        queue_check_in(make_patron("check_in"), str(number))
    with django_assert_max_num_queries(16):  # type: ignore[operator]  # a fixture without a type
        claim = claim_due(now=NOON, lease_from=NOON, kinds=["asked_for", "library_started"])
    assert len(claim.messages) == 200
    assert [message.patron.email for message in claim.messages[:2]] != []
