"""What a form sets going: submitted, held and released, withdrawn and restored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from engagement.models import Interaction, Promise
from outreach.mail.envelope import write_mail
from outreach.models import CheckIn, Letter, Message, Request, Taste
from outreach.services.checkins import schedule_check_in
from outreach.services.outbox import queue_message
from outreach.services.requests import (
    AlreadyWithdrawn,
    NotHeld,
    NotWithdrawn,
    release_request,
    restore_request,
    submit_request,
    withdraw_request,
)
from outreach.services.wishes import NamedBook, Wishes
from patrons.models import Consent, Patron
from relcrm.kit.mail import Rendered
from tests.builders import make_letter, make_patron

pytestmark = pytest.mark.django_db


def wishes(**over: Any) -> Wishes:
    values: dict[str, Any] = {
        "nonce": "nonce-1",
        "email": "iris@example.org",
        "name": "Iris Canary",
        "likes": (NamedBook("The Summer Book", "Canary calm"),),
    }
    return Wishes(**(values | over))


def test_one_form_makes_patron_request_promise_line_and_acknowledgement(now: datetime) -> None:
    request = submit_request(wishes=wishes(), now=now)

    assert request.patron.standing == Patron.Standing.PROVISIONAL
    assert (request.state, request.asked_at) == ("waiting", now)
    assert request.promise is not None
    assert request.promise.due_at.isoformat()[:10] == "2026-12-01"
    line = Interaction.objects.get()
    assert (line.kind, line.started_by, line.patron) == ("request", "patron", None)
    message = Message.objects.get()
    assert (message.purpose, message.kind, message.state) == ("acknowledgement", "answering", "queued")
    assert (message.to_address, message.thread) == ("iris@example.org", request.thread)


def test_the_acknowledgement_says_reference_and_day_and_repeats_nothing_typed(now: datetime) -> None:
    request = submit_request(wishes=wishes(about="Canary islands", card_number="Canary1"), now=now)

    message = Message.objects.get()
    assert request.reference in message.subject
    for body in (message.body_text, message.body_html):
        assert request.reference in body
        assert "1 December 2026" in body
        assert "{link:my}" in body
        assert "Canary" not in body
    assert "Canary" not in message.subject


def test_not_even_the_name_typed_beside_an_address_is_mailed_to_it(now: datetime) -> None:
    submit_request(wishes=wishes(name="Canary, come to canary.example"), now=now)

    message = Message.objects.get()
    assert message.to_name.startswith("Canary")
    words = Rendered(message.subject, message.body_text, message.body_html)
    urls = {"my": "https://read.example.org/my/"}
    mail = write_mail(message, words=words, urls=urls, return_path="bounce@example.org", now=now)
    assert b"anary" not in mail.as_bytes()


def test_the_acknowledgement_is_in_the_language_of_the_letter(now: datetime) -> None:
    submit_request(wishes=wishes(language="fr"), now=now)

    message = Message.objects.get()
    assert message.language == "fr"
    assert '<html lang="fr"' in message.body_html


def test_the_existing_record_with_that_address_and_card_stays_untouched(now: datetime) -> None:
    known = make_patron("profile", email="iris@example.org", name="Iris")

    request = submit_request(wishes=wishes(card_number="2001"), now=now)

    assert request.patron != known
    assert not known.requests.exists()
    assert not Taste.objects.exists()


def test_with_profile_consent_the_line_names_the_patron_and_taste_is_learned(now: datetime) -> None:
    request = submit_request(wishes=wishes(consents=("check_in", "profile")), now=now)

    assert Interaction.objects.get().patron == request.patron
    assert Taste.objects.get().name == "The Summer Book"
    assert set(request.patron.consents.values_list("purpose", "how")) == {("check_in", "form"), ("profile", "form")}


def test_no_consent_is_written_for_a_child_whatever_was_posted(now: datetime) -> None:
    submit_request(wishes=wishes(audience="child", consents=("check_in", "profile", "proactive")), now=now)

    assert not Consent.objects.exists()
    assert not Taste.objects.exists()


def test_the_same_rendering_is_one_request(now: datetime) -> None:
    first = submit_request(wishes=wishes(), now=now)
    second = submit_request(wishes=wishes(name="Other"), now=now + timedelta(minutes=1))

    assert first == second
    assert (Patron.objects.count(), Promise.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_rendering_sent_at_the_same_moment_is_one_request(now: datetime) -> None:
    def send(_number: int) -> int:
        try:
            return submit_request(wishes=wishes(), now=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(send, range(8)))

    assert len(found) == 1
    assert (Request.objects.count(), Patron.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_forms_with_one_address_at_the_same_moment_are_acknowledged_once(now: datetime) -> None:
    def send(number: int) -> None:
        try:
            submit_request(wishes=wishes(nonce=f"n{number}", email="Victim@example.org"), now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(6)))

    assert Request.objects.count() == 6
    assert Message.objects.count() == 1


def test_one_address_is_acknowledged_once_an_hour(now: datetime) -> None:
    for number, minutes in enumerate((0, 30, 59, 61)):
        submit_request(wishes=wishes(nonce=f"n{number}"), now=now + timedelta(minutes=minutes))
    submit_request(wishes=wishes(nonce="other", email="ada@example.org"), now=now)
    submit_request(wishes=wishes(nonce="shout", email="IRIS@example.org"), now=now + timedelta(minutes=62))

    assert Message.objects.filter(to_address__iexact="iris@example.org").count() == 2
    assert Message.objects.filter(to_address="ada@example.org").count() == 1
    assert Request.objects.filter(state="waiting").count() == 6


def test_a_held_request_sets_nothing_going(now: datetime) -> None:
    request = submit_request(
        wishes=wishes(held_because="Many requests from one place.", consents=("profile",)), now=now
    )

    assert (request.state, request.promise) == ("held", None)
    assert not Message.objects.exists()
    assert not Interaction.objects.exists()
    assert not Taste.objects.exists()


def test_releasing_makes_up_for_everything_once(now: datetime) -> None:
    held = submit_request(wishes=wishes(held_because="Odd.", consents=("profile",)), now=now)

    released = release_request(request=held, now=now + timedelta(hours=3))

    assert released.state == "waiting"
    assert released.promise is not None
    assert released.promise.due_at.isoformat()[:10] == "2026-12-01"
    assert Interaction.objects.get().at == now
    assert Taste.objects.exists()
    assert Message.objects.count() == 1
    with pytest.raises(NotHeld):
        release_request(request=held, now=now + timedelta(hours=4))
    assert Promise.objects.count() == 1


def test_released_after_the_day_the_reader_saw_a_day_that_can_be_kept_is_promised(now: datetime) -> None:
    held = submit_request(wishes=wishes(held_because="Odd."), now=now)
    later = now + timedelta(days=20)

    released = release_request(request=held, now=later)

    assert released.promise is not None
    assert released.promise.due_at > later


def test_withdrawing_ends_promise_and_waiting_mail_and_restoring_brings_the_request_back(now: datetime) -> None:
    request = submit_request(wishes=wishes(), now=now)

    withdrawn = withdraw_request(request=request, now=now + timedelta(minutes=1))

    assert (withdrawn.state, withdrawn.withdrawn_at) == ("withdrawn", now + timedelta(minutes=1))
    assert Promise.objects.get().withdrawn_at == now + timedelta(minutes=1)
    assert Message.objects.get().state == "cancelled"
    with pytest.raises(AlreadyWithdrawn):
        withdraw_request(request=request, now=now)

    restored = restore_request(request=request, now=now + timedelta(minutes=2))

    assert (restored.state, restored.withdrawn_at) == ("waiting", None)
    assert Promise.objects.get().withdrawn_at is None
    with pytest.raises(NotWithdrawn):
        restore_request(request=request, now=now)


def test_a_held_request_that_was_withdrawn_returns_to_review(now: datetime) -> None:
    held = submit_request(wishes=wishes(held_because="Odd."), now=now)
    withdraw_request(request=held, now=now)

    assert restore_request(request=held, now=now).state == "held"


def test_withdrawing_an_answered_request_ends_its_check_in_and_restoring_asks_again(now: datetime) -> None:
    request = submit_request(wishes=wishes(consents=("check_in",)), now=now)
    letter = make_letter(request, sent_at=now)
    check_in = schedule_check_in(letter=letter, now=now)
    assert check_in is not None
    due = check_in.next_at
    _queue_mail(letter, now)
    Message.objects.filter(purpose="letter").update(state="sent")

    withdraw_request(request=request, now=now)

    check_in.refresh_from_db()
    assert (check_in.next_step, check_in.next_at) == ("done", None)
    assert check_in.ended_because == "the request was withdrawn"

    assert restore_request(request=request, now=now + timedelta(days=2)).state == "answered"
    assert CheckIn.objects.get(letter=letter).next_at == due


def test_withdrawing_while_the_letter_still_waits_makes_it_a_draft_again(now: datetime) -> None:
    """Nothing counts as sent or kept that never left, and reopening brings the request back to who can send it."""
    request = submit_request(wishes=wishes(consents=("check_in",)), now=now)
    letter = make_letter(request, sent_at=now)
    schedule_check_in(letter=letter, now=now)
    _queue_mail(letter, now)
    Promise.objects.update(kept_at=now)

    withdraw_request(request=request, now=now)

    assert not Message.objects.filter(purpose="letter").exists()
    assert not CheckIn.objects.exists()
    promise = Promise.objects.get()
    assert (promise.kept_at, promise.withdrawn_at) == (None, now)
    assert restore_request(request=request, now=now).state == "waiting"
    letter.refresh_from_db()
    assert letter.sent_at is None


def _queue_mail(letter: Letter, now: datetime) -> None:
    queue_message(
        purpose="letter",
        object_key=str(letter.pk),
        kind="answering",
        patron=letter.request.patron,
        rendered=Rendered("A letter", "text", "html"),
        links={},
        thread=letter.request.thread,
        now=now,
    )


def test_a_promise_already_kept_stays_kept(now: datetime) -> None:
    request = submit_request(wishes=wishes(), now=now)
    Promise.objects.update(kept_at=now)

    withdraw_request(request=request, now=now)
    restore_request(request=request, now=now)

    promise = Promise.objects.get()
    assert (promise.kept_at, promise.withdrawn_at) == (now, None)
