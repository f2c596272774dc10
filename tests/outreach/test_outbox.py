"""Queueing: one row for one purpose, object and step, in the transaction that decided it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from outreach.models import Message, Thread
from outreach.services.outbox import (
    NoAddress,
    cancel_queued,
    discard_queued,
    message_id_for,
    queue_message,
)
from relcrm.kit.mail import Rendered, one_line
from tests.builders import NOON, make_branch, make_patron

pytestmark = pytest.mark.django_db
WORDS = Rendered("Your books", "Dear Iris,\n", "<p>Dear Iris,</p>")


def queue(**over: object) -> Message:
    values: dict[str, object] = {
        "purpose": "letter",
        "object_key": "12",
        "kind": "answering",
        "rendered": WORDS,
        "links": {},
        "now": NOON,
    }
    values |= over
    if "patron" not in values:
        values["patron"] = make_patron()
    return queue_message(**values)  # type: ignore[arg-type]  # the test names what it changes


def test_the_same_thing_queued_twice_is_there_once() -> None:
    patron = make_patron()
    first = queue(patron=patron)
    again = queue(patron=patron, rendered=Rendered("Other", "Other", "Other"), now=NOON + timedelta(hours=1))
    assert again.pk == first.pk
    assert again.subject == "Your books"
    assert queue(patron=patron, object_key="13").pk != first.pk
    assert Message.objects.count() == 2


def test_the_row_goes_with_the_transaction_that_queued_it() -> None:
    patron = make_patron()

    @transaction.atomic
    def decide() -> None:
        queue(patron=patron)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        decide()
    assert not Message.objects.exists()


def test_the_message_id_belongs_to_the_purpose_object_and_step(settings: object) -> None:
    assert message_id_for("letter", "12", 1) == message_id_for("letter", "12", 1)
    others = {message_id_for("letter", "12", 2), message_id_for("letter", "13", 1), message_id_for("check_in", "12", 1)}
    assert message_id_for("letter", "12", 1) not in others
    assert queue().message_id == message_id_for("letter", "12", 1)


def test_the_message_id_ends_with_the_mail_domain(settings: pytest.FixtureRequest) -> None:
    settings.MAIL_FROM = "The Library <books@library.example>"  # type: ignore[attr-defined]
    assert message_id_for("letter", "12", 1).endswith("@library.example>")


@pytest.mark.parametrize(
    ("kind", "consent", "days"),
    [("answering", "", 3), ("asked_for", "check_in", 7), ("library_started", "proactive", 3)],
)
def test_how_long_a_message_may_wait_depends_on_its_class(kind: str, consent: str, days: int) -> None:
    due = NOON + timedelta(hours=2)
    message = queue(kind=kind, consent=consent, due_at=due)
    assert (message.due_at, message.not_after) == (due, due + timedelta(days=days))


def test_without_an_address_nothing_is_queued() -> None:
    with pytest.raises(NoAddress):
        queue(patron=make_patron(email=""))
    assert not Message.objects.exists()


def test_what_was_asked_for_needs_the_consent_it_rests_on() -> None:
    with pytest.raises(ValueError, match="consent"):
        queue(kind="asked_for")


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        queue(kind="newsletter")


def test_without_a_branch_of_its_own_it_belongs_to_the_patrons_branch() -> None:
    north, south = make_branch(), make_branch()
    patron = make_patron(branch=north)
    assert queue(patron=patron).branch_id == north.pk
    assert queue(patron=patron, object_key="13", branch=south).branch_id == south.pk


def test_headers_hold_no_line_breaks() -> None:
    patron = make_patron(name="Iris\r\nBcc: all@example.org")
    message = queue(
        patron=patron, rendered=Rendered("Books\nBcc: x@example.org", "a", "b"), from_name="A\x00mara\u2028B"
    )
    assert message.subject == "Books Bcc: x@example.org"
    assert message.to_name == "Iris Bcc: all@example.org"
    assert message.from_name == "A mara B"
    assert one_line("ชื่อ \u200d 😀") == "ชื่อ \u200d 😀"


def test_undo_takes_a_waiting_message_away_and_only_a_waiting_one() -> None:
    message = queue()
    assert discard_queued(purpose="letter", object_key="12")
    assert not Message.objects.filter(pk=message.pk).exists()
    gone = queue()
    Message.objects.filter(pk=gone.pk).update(state="sent")
    assert not discard_queued(purpose="letter", object_key="12")
    assert Message.objects.filter(pk=gone.pk).exists()


def test_a_message_a_worker_has_claimed_can_be_taken_back_until_it_is_handed_over() -> None:
    message = queue()
    Message.objects.filter(pk=message.pk).update(state="sending", lease_until=NOON, phase="data")
    assert not cancel_queued(purpose="letter", object_key="12", reason="undone")
    Message.objects.filter(pk=message.pk).update(phase="")
    assert cancel_queued(purpose="letter", object_key="12", reason="undone")
    message.refresh_from_db()
    assert (message.state, message.reason, message.lease_until) == ("cancelled", "undone", None)


def test_a_later_mail_of_a_thread_follows_its_first_and_the_readers_own() -> None:
    patron = make_patron()
    thread = Thread.objects.create(patron=patron, subject="Books", started_at=NOON)
    first = queue(patron=patron, thread=thread)
    assert first.in_reply_to == ""
    unsent = queue(patron=patron, thread=thread, object_key="2", in_reply_to="<theirs@mail.example>")
    assert unsent.in_reply_to == "<theirs@mail.example>"
    Message.objects.filter(pk=first.pk).update(state="sent")
    later = queue(patron=patron, thread=thread, object_key="3", in_reply_to="<theirs@mail.example>")
    assert later.in_reply_to == f"{first.message_id} <theirs@mail.example>"
    long = queue(patron=patron, thread=thread, object_key="4", in_reply_to=f"<{'x' * 290}@mail.example>")
    assert len(long.in_reply_to) == 300
