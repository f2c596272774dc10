"""The switch for all mail, the house that knows itself, and the clock that may be wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from library.models import AuditLine
from outreach.models import Postbox
from outreach.services.claiming import claim_due
from outreach.services.delivery import DeliveryCount, deliver_due
from outreach.services.gate import mark_leaving
from outreach.services.outboxes import Noted, note, read_noted
from outreach.services.postbox import (
    ANOTHER_HOUSE,
    NOT_FROM_HERE,
    OLDER,
    begin_tick,
    check_house,
    clock_went_back,
    note_outbox,
    pause_mail,
    resume_mail,
)
from relcrm.desk.tasks import tick
from tests.builders import NOON, make_staff
from tests.outreach.test_delivery import KINDS, queue, settled

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def postbox() -> Postbox:
    return Postbox.objects.get()


def numbers_go_on_at(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('outreach_message', 'id'), %s)", [number])


def test_nothing_leaves_while_paused_and_all_of_it_afterwards() -> None:
    message, librarian = queue(), make_staff()
    pause_mail(by=librarian, because="wrong words in the letters", now=NOON)
    pause_mail(by=None, because="something else", now=NOON + DAY)
    assert deliver_due(now=NOON) == DeliveryCount()
    assert (settled(message).state, message.due_at, message.attempt) == ("queued", NOON, 0)
    assert (postbox().paused_by, postbox().paused_because) == (librarian, "wrong words in the letters")
    assert resume_mail(by=librarian, now=NOON)
    assert not resume_mail(by=librarian, now=NOON)
    assert deliver_due(now=NOON).sent == 1
    assert list(AuditLine.objects.values_list("what", "actor").order_by("pk")) == [
        ("mail.paused", librarian.username),
        ("mail.resumed", librarian.username),
    ]


def test_a_pause_holds_what_a_worker_has_already_claimed() -> None:
    message = queue()
    (claimed,) = claim_due(now=NOON, lease_from=NOON, kinds=KINDS).messages
    pause_mail(by=None, because="stop", now=NOON)
    assert not mark_leaving(message=claimed, at=NOON)
    assert settled(message).phase == ""


def test_a_new_house_gets_a_name_and_is_known_from_then_on(settings: LazySettings) -> None:
    assert check_house(now=NOON)
    name = postbox().instance
    assert read_noted(name) is not None
    assert check_house(now=NOON)
    assert postbox().instance == name


def test_a_house_takes_the_name_it_is_given(settings: LazySettings) -> None:
    settings.INSTANCE_ID = "north house"
    assert check_house(now=NOON)
    assert postbox().instance == "north-house"
    assert check_house(now=NOON)
    settings.INSTANCE_ID = "south"
    assert not check_house(now=NOON)
    assert postbox().paused_because == ANOTHER_HOUSE
    resume_mail(by=make_staff(), now=NOON)
    assert postbox().instance == "south"
    assert check_house(now=NOON)


def test_a_database_copied_to_another_place_sends_nothing(settings: LazySettings, tmp_path: Path) -> None:
    message = queue()
    check_house(now=NOON)
    name = postbox().instance
    settings.BESIDE = tmp_path / "elsewhere"
    assert deliver_due(now=NOON) == DeliveryCount()
    assert (settled(message).state, postbox().paused_because) == ("queued", NOT_FROM_HERE)
    resume_mail(by=make_staff(), now=NOON)
    # From now on it is a house of its own: brought back to where it came from, it is a stranger there too.
    assert postbox().instance != name
    assert deliver_due(now=NOON).sent == 1


def test_a_restored_database_sends_nothing_until_a_person_has_looked() -> None:
    message = queue()
    check_house(now=NOON)
    numbers_go_on_at(message.pk + 500)
    queue(key="2")
    note_outbox()
    numbers_go_on_at(message.pk)
    assert deliver_due(now=NOON) == DeliveryCount()
    assert postbox().paused_because == OLDER
    resume_mail(by=make_staff(), now=NOON)
    assert check_house(now=NOON)
    # Reports on mails sent from the lost rows must never be taken for ours.
    assert queue(key="3").pk > message.pk + 501
    assert deliver_due(now=NOON).sent == 3


def test_a_database_restored_from_a_minute_ago_is_known_by_its_ticks() -> None:
    check_house(now=NOON)
    begin_tick(now=NOON)
    note_outbox()
    begin_tick(now=NOON + MINUTE)
    note_outbox()
    assert check_house(now=NOON + MINUTE)
    Postbox.objects.update(ticked_at=NOON)  # as a dump made before the last tick has it
    assert not check_house(now=NOON + 2 * MINUTE)
    resume_mail(by=make_staff(), now=NOON + 3 * MINUTE)
    assert check_house(now=NOON + 3 * MINUTE)
    note_outbox()
    assert check_house(now=NOON + 3 * MINUTE)


def test_what_is_noted_never_goes_back_by_itself_and_other_houses_are_left_alone(tmp_path: Path) -> None:
    note("a", Noted(7, NOON))
    note("b", Noted(3))
    note("a", Noted(5, NOON + DAY))
    assert (read_noted("a"), read_noted("b"), read_noted("c")) == (Noted(7, NOON + DAY), Noted(3), None)
    note("a", Noted(5), anyway=True)
    assert (read_noted("a"), read_noted("b")) == (Noted(5), Noted(3))
    (tmp_path / "outboxes").write_bytes(b"a 12\n\xff\xfe\nb x\n")
    assert read_noted("a") is None
    (tmp_path / "outboxes").write_text("a 12\nb x\n\nc 4 yesterday\n")
    assert (read_noted("a"), read_noted("b"), read_noted("c")) == (Noted(12), None, None)


def test_a_folder_that_cannot_be_written_to_holds_up_no_mail(settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    settings.BESIDE = tmp_path / "taken"
    message = queue()
    assert deliver_due(now=NOON).sent == 1
    assert settled(message).state == "sent"


def test_a_clock_that_leapt_ahead_pauses_all_mail_and_three_days_away_do_not() -> None:
    message = queue(due_at=NOON + 2 * DAY)
    assert begin_tick(now=NOON)
    assert begin_tick(now=NOON + 3 * DAY)
    assert deliver_due(now=NOON + 3 * DAY).sent == 1
    assert settled(message).state == "sent"
    assert not begin_tick(now=NOON + 11 * DAY)
    assert "nothing was done for 8 days" in postbox().paused_because
    assert postbox().ticked_at == NOON + 3 * DAY
    assert not begin_tick(now=NOON + 11 * DAY)
    resume_mail(by=make_staff(), now=NOON + 11 * DAY)
    assert begin_tick(now=NOON + 11 * DAY)


def test_a_clock_that_went_back_does_nothing_until_it_caught_up() -> None:
    assert begin_tick(now=NOON)
    assert begin_tick(now=NOON - 59 * MINUTE)
    assert postbox().ticked_at == NOON
    assert not begin_tick(now=NOON - 61 * MINUTE)
    assert clock_went_back(now=NOON - 61 * MINUTE)
    assert postbox().paused_at is None
    resume_mail(by=make_staff(), now=NOON - DAY)
    assert begin_tick(now=NOON - DAY)


def test_the_beats_tick_wakes_a_run_for_each_sender_and_does_nothing_by_a_wrong_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("outreach.tasks.run_sender", lambda *, sender, now, stop: woken.append(sender))
    tick()
    assert woken == ["default", "bulk"]
    assert postbox().ticked_at is not None
    Postbox.objects.update(ticked_at=NOON - 400 * DAY)
    tick()
    assert woken == ["default", "bulk"]
    assert postbox().paused_at is not None
