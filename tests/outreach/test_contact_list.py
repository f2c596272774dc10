"""The list of whom to contact next, and what librarians do with it: no longer than wanted, each step with its undo."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.models import Interaction, Promise
from engagement.services.promises import make_promise
from library.models import User
from outreach.models import ContactReason, Message, Request, Thread
from outreach.services.contact_finding import find_contacts
from outreach.services.contact_kinds import TABLE
from outreach.services.contact_worth import read_chances, reckon_worth, settle_outcomes
from outreach.services.contacts import (
    Contact,
    DealtWith,
    finish_reason,
    put_off_reason,
    reopen_reason,
    set_aside_reason,
    write_for,
)
from outreach.services.letters import Draft, save_draft, send_letter, undo_send
from outreach.services.our_letters import NotWelcome, drop_letter
from outreach.services.reports.contact_list import read_contacts
from patrons.models import Patron
from tests.builders import make_branch, make_patron, make_request, make_staff
from tests.house.world import make_reply
from tests.outreach.loops import DAY, make_loop

pytestmark = pytest.mark.django_db
AGREED = ("proactive", "profile", "check_in")
Kind = ContactReason.Kind


def reason_for(patron: Patron, now: datetime, kind: str = Kind.ANNIVERSARY, **over: Any) -> ContactReason:
    """An open reason as the night leaves it."""
    row = TABLE[kind]
    facts = {"years": 5, "day": now.date().isoformat(), "book": "Emma", "author": "Jane Austen", "gift": "Gave time"}
    values = {"facts": facts, "opened_at": now, "worth": row.good * row.chance / row.minutes}
    key = f"{kind}:{patron.pk}:{ContactReason.objects.count()}"
    return ContactReason.objects.create(patron=patron, kind=kind, source_key=key, **(values | over))


def promised(now: datetime, due_in: timedelta, patron: Patron | None = None, **over: Any) -> Request:
    request = make_request(patron, asked_at=now - 5 * DAY, **over)
    request.promise = make_promise(
        kind="letter", patron=request.patron, branch=request.branch, due_at=now + due_in, now=request.asked_at
    )
    request.save(update_fields=["promise"])
    return request


def test_no_more_than_she_takes_on_and_what_is_done_counts(now: datetime) -> None:
    by = make_staff(contacts_a_day=3)
    reasons = [reason_for(make_patron(*AGREED), now) for _ in range(6)]
    assert len(read_contacts(user=by, now=now).rows) == 3
    for reason in reasons[:2]:
        finish_reason(reason=reason, by=by, contact=Contact("done"), now=now)
    found = read_contacts(user=by, now=now)
    assert (len(found.rows), found.handled, found.limit) == (1, 2, 3)
    set_aside_reason(reason=reasons[2], by=by, because="no_time", now=now)
    assert read_contacts(user=by, now=now).rows == []
    assert len(read_contacts(user=by, now=now + DAY).rows) == 3
    assert read_contacts(user=make_staff(contacts_a_day=0), now=now).rows == []


def test_what_we_promised_comes_first_the_nearer_its_day(now: datetime) -> None:
    by, colleague = make_staff(), make_staff()
    reason_for(make_patron(*AGREED), now, Kind.FIRST_DAYS)
    soon, late = promised(now, timedelta(hours=30)), promised(now, -DAY)
    promised(now, 9 * DAY)
    promised(now, -DAY, wished_librarian=colleague)
    waiting = make_request(make_patron(), state="answered").thread
    make_reply(waiting, key="words")
    rows = read_contacts(user=by, now=now).rows
    assert [row.request or row.thread or row.kind for row in rows] == [late, waiting, soon, Kind.FIRST_DAYS]
    assert [row.asked for row in rows] == [True, True, True, False]
    Thread.objects.filter(pk=waiting.pk).update(assigned_to=colleague)
    assert waiting not in [row.thread for row in read_contacts(user=by, now=now).rows]


def test_a_reader_stands_there_once_with_everything_else_beside_it(now: datetime) -> None:
    by, patron = make_staff(), make_patron(*AGREED)
    reason_for(patron, now, Kind.NOT_THANKED)
    reason_for(patron, now, Kind.ANNIVERSARY)
    (row,) = read_contacts(user=by, now=now).rows
    assert row.kind == Kind.NOT_THANKED
    assert row.also == ["has been with the library for 5 years today"]


def test_the_last_words_are_those_said_last_whoever_said_them(now: datetime) -> None:
    loop = make_loop(*AGREED)
    by = loop.check_in.letter.librarian
    later = now + 120 * DAY
    reason_for(loop.patron, later)
    ours = read_contacts(user=by, now=later).rows[0].words
    assert ours is not None
    assert (ours.who, ours.words) == (str(by), loop.check_in.letter.note)
    loop.answer("loved", why="I read it twice.")
    theirs = read_contacts(user=by, now=later).rows[0].words
    assert theirs is not None
    assert (theirs.who, theirs.words) == ("", "I read it twice.")


def test_a_letter_begun_for_a_reason_closes_it_when_sent_and_opens_it_when_taken_back(now: datetime) -> None:
    by, patron = make_staff(), make_patron(*AGREED)
    reason = reason_for(patron, now)
    begun = write_for(reason=reason, now=now)
    assert read_contacts(user=by, now=now).rows[0].reason == reason
    letter = save_draft(request=begun, librarian=by, draft=Draft("Dear Iris"), now=now)
    sent = send_letter(letter=letter, librarian=by, now=now)
    reason.refresh_from_db()
    assert (reason.ending, reason.closed_by) == ("wrote", by)
    with pytest.raises(DealtWith):
        reopen_reason(reason=reason, now=now)
    undo_send(letter=sent, now=now)
    reason.refresh_from_db()
    assert (reason.ending, reason.closed_at, reason.letter) == ("", None, begun)


def test_a_letter_put_away_can_be_begun_again_for_the_same_reason(now: datetime) -> None:
    by, patron = make_staff(), make_patron(*AGREED)
    reason = reason_for(patron, now)
    begun = write_for(reason=reason, now=now)
    assert [row.reason.letter_id for row in read_contacts(user=by, now=now).rows if row.reason] == [begun.pk]
    drop_letter(request=begun)
    assert [row.reason.letter_id for row in read_contacts(user=by, now=now).rows if row.reason] == [None]
    assert write_for(reason=reason, now=now) != begun
    find_contacts(now=now)
    assert ContactReason.objects.filter(pk=reason.pk).exists()


def test_a_reason_for_which_nobody_may_write_begins_nothing(now: datetime) -> None:
    reason = reason_for(make_patron("profile"), now)
    with pytest.raises(NotWelcome):
        write_for(reason=reason, now=now)
    assert not Request.objects.exists()


def test_a_book_that_could_not_be_had_is_answered_without_further_consent(now: datetime) -> None:
    loop = make_loop()
    loop.answer("could_not_get")
    by, later = loop.check_in.letter.librarian, now + 30 * DAY
    begun = write_for(reason=ContactReason.objects.get(), now=later)
    letter = save_draft(request=begun, librarian=by, draft=Draft("I found it."), now=later)
    send_letter(letter=letter, librarian=by, now=later)
    mail = Message.objects.get(object_key=str(letter.pk), purpose="letter")
    assert (mail.kind, mail.consent) == ("answering", "")
    assert "You told us that you could not get a book." in mail.body_text
    assert "unsubscribe" not in mail.body_text
    assert Interaction.objects.order_by("pk").last() == Interaction.objects.get(kind="reply_answered")


def test_a_call_is_written_down_and_one_nobody_took_comes_back(now: datetime) -> None:
    by, patron = make_staff(), make_patron(*AGREED, preferred_channel="phone", phone="021 555 0199")
    reason = reason_for(patron, now)
    finish_reason(reason=reason, by=by, contact=Contact("called", reached=False), now=now)
    assert not Interaction.objects.exists()
    assert read_contacts(user=by, now=now + DAY).rows == []
    assert len(read_contacts(user=by, now=now + 2 * DAY).rows) == 1
    finish_reason(reason=reason, by=by, contact=Contact("called", minutes=6), now=now + 2 * DAY)
    line = Interaction.objects.get()
    assert (line.kind, line.minutes, line.staff, line.started_by) == ("phone_call", 6, by, "library")
    reopen_reason(reason=reason, now=now + 2 * DAY)
    assert not Interaction.objects.exists()


def test_a_ticket_is_a_line_of_its_own_and_what_was_done_cannot_be_done_again(now: datetime) -> None:
    by, reason = make_staff(), reason_for(make_patron(*AGREED), now)
    finish_reason(reason=reason, by=by, contact=Contact("ticket"), now=now)
    assert Interaction.objects.get().kind == "event_ticket"
    for again in (
        lambda: finish_reason(reason=reason, by=by, contact=Contact("done"), now=now),
        lambda: put_off_reason(reason=reason, days=3, now=now),
        lambda: set_aside_reason(reason=reason, by=by, because="knows", now=now),
        lambda: write_for(reason=reason, now=now),
    ):
        with pytest.raises(DealtWith):
            again()


def test_what_librarians_do_moves_the_chance_and_the_list_says_so(now: datetime) -> None:
    by = make_staff(contacts_a_day=40)
    before = read_chances()[Kind.ANNIVERSARY]
    for _ in range(20):
        reason = reason_for(make_patron(*AGREED), now)
        set_aside_reason(reason=reason, by=by, because="does_not_fit", now=now)
    set_aside_reason(reason=reason_for(make_patron(*AGREED), now), by=by, because="no_time", now=now)
    after = read_chances()[Kind.ANNIVERSARY]
    assert (after.tried, after.welcomed) == (20, 0)
    assert after.now == pytest.approx(before.now / 2)


def test_a_letter_answered_in_time_was_welcome_and_one_never_answered_was_not(now: datetime) -> None:
    by = make_staff()
    letters = []
    for _ in range(2):
        begun = write_for(reason=reason_for(make_patron(*AGREED), now), now=now)
        letter = save_draft(request=begun, librarian=by, draft=Draft("Dear Iris"), now=now)
        letters.append(send_letter(letter=letter, librarian=by, now=now))
    reply = make_reply(letters[0].request.thread, key="answer").reply
    type(reply).objects.update(received_at=now + DAY)
    settle_outcomes(now=now + 2 * DAY)
    assert list(ContactReason.objects.order_by("pk").values_list("welcomed", flat=True)) == [True, None]
    settle_outcomes(now=now + 61 * DAY)
    assert list(ContactReason.objects.order_by("pk").values_list("welcomed", flat=True)) == [True, False]


def test_the_list_finds_twice_as_many_welcome_contacts_as_chance_does(now: datetime) -> None:
    """A town of 600 reasons whose kinds are welcome as often as the truth says; the list learns it from 400 others."""
    truth = {Kind.NOT_THANKED: 0.7, Kind.BACK: 0.15, Kind.DRIFTING: 0.1, Kind.ANNIVERSARY: 0.05, Kind.CARD_ENDS: 0.2}
    rng, by = random.Random(11), make_staff(contacts_a_day=40)  # noqa: S311  (a made-up town)
    kinds = list(truth)
    past = [reason_for(make_patron(*AGREED), now, rng.choice(kinds)) for _ in range(400)]
    for reason in past:
        ContactReason.objects.filter(pk=reason.pk).update(
            closed_at=now - 60 * DAY, closed_by=by, ending="wrote", welcomed=rng.random() < truth[Kind(reason.kind)]
        )
    waiting = [reason_for(make_patron(*AGREED), now, rng.choice(kinds)) for _ in range(200)]
    reckon_worth()
    welcome = {reason.pk: rng.random() < truth[Kind(reason.kind)] for reason in waiting}
    rows = read_contacts(user=by, now=now).rows
    hits = sum(welcome[row.reason.pk] for row in rows if row.reason)
    by_chance = len(rows) * sum(welcome.values()) / len(welcome)
    assert len(rows) == 40
    assert hits >= 2 * by_chance


def test_the_page_shows_the_list_and_every_step_can_be_taken_back(client: Client) -> None:
    by = make_staff(contacts_a_day=5)
    client.force_login(by)
    now = timezone.now()
    patron = make_patron(*AGREED, name="Iris Okafor")
    reason = reason_for(patron, now)
    page = client.get(reverse("contacts")).content.decode()
    assert "Iris Okafor" in page
    assert "has been with the library for 5 years today" in page
    assert "You joined us 5 years ago" in page
    assert "1.5 × 40%" in page
    done = client.post(reverse("contact_done", args=[reason.pk]), {"how": "ticket", "minutes": "2"}, follow=True)
    assert "gave a place or a ticket" in done.content.decode()
    client.post(reverse("contact_undo", args=[reason.pk]))
    later = client.post(reverse("contact_later", args=[reason.pk]), {"days_ahead": "30"}, follow=True)
    assert "Undo" in later.content.decode()
    client.post(reverse("contact_undo", args=[reason.pk]))
    put = client.post(reverse("contact_not_now", args=[reason.pk]), {"because": "knows"}, follow=True)
    assert "knows it already" in put.content.decode()
    assert "knows it already" in client.get(reverse("contact_reason", args=[reason.pk])).content.decode()
    client.post(reverse("contact_undo", args=[reason.pk]))
    begun = client.post(reverse("contact_write", args=[reason.pk]), follow=True)
    assert begun.redirect_chain[-1][0] == reverse("letter_edit", args=[Request.objects.get().pk])
    page = begun.content.decode()
    assert "has been with the library for 5 years today" in page
    assert "You joined us 5 years ago" in page


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("contact_later", {"days_ahead": "1000000"}),
        ("contact_done", {"how": "shouted", "minutes": "3"}),
        ("contact_done", {"how": "called", "minutes": "-4"}),
        ("contact_not_now", {"because": ""}),
        ("contact_not_now", {}),
    ],
)
def test_what_cannot_be_read_changes_nothing_and_says_so(name: str, sent: dict[str, str], client: Client) -> None:
    client.force_login(make_staff())
    reason = reason_for(make_patron(*AGREED), timezone.now())
    page = client.post(reverse(name, args=[reason.pk]), sent, follow=True)
    assert "could not be read" in page.content.decode()
    reason.refresh_from_db()
    assert (reason.closed_at, reason.later_until) == (None, None)


@pytest.mark.parametrize(("typed", "kept"), [("12", 12), ("0", 0), ("41", 8), ("-1", 8), ("many", 8), ("", 8)])
def test_she_says_how_many_a_day(typed: str, kept: int, client: Client) -> None:
    by = make_staff()
    client.force_login(by)
    page = client.post(reverse("contacts_limit"), {"number": typed}, follow=True).content.decode()
    assert User.objects.get(pk=by.pk).contacts_a_day == kept
    assert ("Choose a number from 0 to 40." in page) == (str(kept) != typed)


def test_a_list_stays_within_her_branches(now: datetime) -> None:
    here, there = make_branch(), make_branch()
    near, far = make_staff(), make_staff()
    near.branches.add(here)
    far.branches.add(there)
    reason_for(make_patron(*AGREED, branch=here), now)
    assert len(read_contacts(user=near, now=now).rows) == 1
    assert read_contacts(user=far, now=now).rows == []
    find_contacts(now=now)
    assert not Promise.objects.exists()
