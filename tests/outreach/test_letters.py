"""Drafting, sending and taking back a letter: all of it or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.models import Title
from engagement.models import Interaction, Promise
from engagement.services.promises import make_promise
from library.models import User
from outreach.models import CheckIn, Letter, Message, Request
from outreach.services.letters import (
    AlreadyLeft,
    AlreadySent,
    Draft,
    DraftConflict,
    DraftPick,
    LetterNotReady,
    open_draft,
    save_draft,
    send_letter,
    undo_send,
)
from patrons.models import Suppression
from tests.builders import make_letter, make_patron, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db


def make_ready_letter(now: datetime, *consents: str, **over: Any) -> Letter:
    """A letter with one pick, for a request that was promised an answer and asked two hours ago."""
    patron = make_patron(*consents)
    request = make_request(patron, asked_at=now - timedelta(hours=2), **over)
    request.promise = make_promise(
        kind="letter", patron=patron, branch=None, due_at=now + timedelta(days=5), now=now - timedelta(hours=2)
    )
    request.save(update_fields=["promise"])
    return make_letter(request, titles=(make_title(),), minutes=12)


def draft_of(*titles: Title, note: str = "Dear Iris", why: str = "For the sea.") -> Draft:
    return Draft(note, tuple(DraftPick(title, why) for title in titles), 21, None)


def everything() -> list[object]:
    """What a refused sending must leave alone."""
    return [
        list(Message.objects.values_list("pk", "state")),
        list(CheckIn.objects.values_list("pk", "next_at")),
        list(Interaction.objects.values_list("source_key")),
        list(Promise.objects.values_list("pk", "kept_at", "withdrawn_at")),
        list(Request.objects.values_list("pk", "state", "answered_at")),
        list(Letter.objects.values_list("pk", "sent_at")),
    ]


def places(error: pytest.ExceptionInfo[LetterNotReady]) -> list[str]:
    return [problem.place for problem in error.value.problems]


def test_a_blank_draft_is_stored_nowhere(now: datetime) -> None:
    letter = open_draft(request=make_request(), librarian=make_staff(), now=now)
    assert letter.pk is None
    assert (letter.version, letter.check_in_days) == (0, 21)
    assert not Letter.objects.exists()


def test_saving_keeps_words_picks_and_order_and_counts_versions(now: datetime) -> None:
    request, librarian = make_request(), make_staff()
    one, two = make_title(), make_title()
    letter = save_draft(request=request, librarian=librarian, draft=draft_of(two, one), version=0, now=now)
    assert list(letter.picks.order_by("position").values_list("title", flat=True)) == [two.pk, one.pk]
    letter = save_draft(request=request, librarian=librarian, draft=draft_of(one), version=1, now=now)
    assert (letter.version, [pick.title for pick in letter.picks.all()]) == (2, [one])


def test_another_tab_never_overwrites_words_it_has_not_seen(now: datetime) -> None:
    request, librarian = make_request(), make_staff()
    save_draft(request=request, librarian=librarian, draft=Draft("First tab"), version=0, now=now)
    with pytest.raises(DraftConflict) as error:
        save_draft(request=request, librarian=librarian, draft=Draft("Second tab"), version=0, now=now)
    assert error.value.letter.note == Letter.objects.get().note == "First tab"


def test_the_same_words_again_are_no_conflict_and_no_new_version(now: datetime) -> None:
    request, librarian = make_request(), make_staff()
    for version in (0, 0):
        letter = save_draft(request=request, librarian=librarian, draft=draft_of(), version=version, now=now)
    assert letter.version == 1


def test_without_a_version_the_draft_is_saved_whatever_is_there(now: datetime) -> None:
    request, librarian = make_request(), make_staff()
    for words in ("One", "Two"):
        letter = save_draft(request=request, librarian=librarian, draft=Draft(words), now=now)
    assert (letter.note, letter.version) == ("Two", 2)


def test_a_title_that_breaks_a_limit_does_not_enter_the_draft(now: datetime) -> None:
    request = make_request(limits=["violence"])
    bad, unknown = make_title(violence=True), make_title(violence=None)
    letter = save_draft(request=request, librarian=make_staff(), draft=draft_of(bad, unknown), now=now)
    assert [pick.title for pick in letter.picks.all()] == [unknown]


def test_sending_does_everything_at_once(now: datetime) -> None:
    letter = make_ready_letter(now, "check_in", "profile")
    librarian = make_staff(name="Amara Lee")
    send_letter(letter=letter, librarian=librarian, now=now)
    message = Message.objects.get()
    assert (message.purpose, message.state, message.kind) == ("letter", "queued", "answering")
    assert message.due_at == now + timedelta(seconds=60)
    assert (message.from_name, message.links) == ("Amara Lee", {"letter": str(letter.pk)})
    assert message.reply_to.startswith(f"reply+t{letter.request.thread_id}.")
    assert CheckIn.objects.get().next_at == now + timedelta(days=21)
    assert Promise.objects.get().kept_at == now
    request = Request.objects.get()
    assert (request.state, request.answered_at) == ("answered", now)
    line = Interaction.objects.get()
    assert (line.kind, line.wait_minutes, line.minutes, line.staff) == ("letter", 120, 12, librarian)
    assert (line.patron, line.thread) == (request.patron, request.thread_id)


def test_without_consents_nobody_is_asked_later_and_the_ledger_names_nobody(now: datetime) -> None:
    send_letter(letter=make_ready_letter(now), librarian=make_staff(), now=now)
    assert not CheckIn.objects.exists()
    assert Interaction.objects.get().patron is None


def test_a_letter_is_sent_once(now: datetime) -> None:
    letter = make_ready_letter(now)
    send_letter(letter=letter, librarian=make_staff(), now=now)
    with pytest.raises(AlreadySent):
        send_letter(letter=letter, librarian=make_staff(), now=now)
    with pytest.raises(AlreadySent):
        save_draft(request=letter.request, librarian=make_staff(), draft=Draft("Late words"), now=now)
    assert Message.objects.count() == 1


def test_a_letter_saved_by_another_since_it_was_read_is_not_sent(now: datetime) -> None:
    letter = make_ready_letter(now)
    save_draft(request=letter.request, librarian=make_staff(), draft=Draft("Other words"), now=now)
    with pytest.raises(DraftConflict):
        send_letter(letter=letter, librarian=make_staff(), now=now)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda letter: letter.picks.all().delete(), "picks"),
        (lambda letter: letter.picks.update(why="  "), "pick"),
        (lambda letter: Letter.objects.update(note=" \n"), "note"),
        (lambda letter: type(letter.request.patron).objects.update(email=""), "address"),
        (lambda letter: Request.objects.update(state="withdrawn", withdrawn_at=letter.saved_at), "state"),
        (lambda letter: Request.objects.update(state="held"), "state"),
        (lambda letter: User.objects.update(name=""), "name"),
    ],
    ids=["no pick", "a pick without why", "no note", "no address", "withdrawn", "held", "no name"],
)
def test_a_letter_that_lacks_something_stays_and_nothing_else_happens(now: datetime, spoil: Any, place: str) -> None:
    letter = make_ready_letter(now, "check_in", "profile")
    spoil(letter)
    before = everything()
    with pytest.raises(LetterNotReady) as error:
        send_letter(letter=letter, librarian=User.objects.get(), now=now)
    assert places(error) == [place]
    assert everything() == before


def test_a_title_that_turned_out_to_break_a_limit_stops_the_letter(now: datetime) -> None:
    letter = make_ready_letter(now, limits=["sadness"])
    Title.objects.update(sadness=True)
    with pytest.raises(LetterNotReady) as error:
        send_letter(letter=letter, librarian=make_staff(), now=now)
    assert "sadness" in error.value.problems[0].words
    assert not Message.objects.exists()


def test_not_known_is_said_but_stops_nothing(now: datetime) -> None:
    letter = make_ready_letter(now, limits=["sadness"])
    send_letter(letter=letter, librarian=make_staff(), now=now)
    assert Message.objects.get().state == "queued"


def test_an_address_that_takes_no_mail_stops_the_letter(now: datetime) -> None:
    letter = make_ready_letter(now)
    Suppression.objects.create(address=letter.request.patron.email, reason="bounced", created_at=now)
    with pytest.raises(LetterNotReady) as error:
        send_letter(letter=letter, librarian=make_staff(), now=now)
    assert places(error) == ["address"]


def test_eight_titles_are_too_many(now: datetime) -> None:
    letter = make_letter(make_request(), titles=tuple(make_title() for _ in range(8)))
    with pytest.raises(LetterNotReady) as error:
        send_letter(letter=letter, librarian=make_staff(), now=now)
    assert places(error) == ["picks"]


def test_undo_reverses_everything_and_the_letter_can_be_sent_again(now: datetime) -> None:
    letter = make_ready_letter(now, "check_in", "profile")
    librarian = letter.librarian
    before = everything()
    sent = send_letter(letter=letter, librarian=librarian, now=now)
    undo_send(letter=sent, now=now + timedelta(seconds=30))
    assert everything() == before
    again = send_letter(letter=Letter.objects.get(), librarian=librarian, now=now + timedelta(minutes=5))
    assert again.sent_at == now + timedelta(minutes=5)
    assert Message.objects.get().due_at == now + timedelta(minutes=6)


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_what_has_begun_to_leave_is_not_undone(now: datetime, state: str) -> None:
    letter = send_letter(letter=make_ready_letter(now, "check_in"), librarian=make_staff(), now=now)
    Message.objects.update(state=state, phase="data", lease_until=now if state == "sending" else None)
    before = everything()
    with pytest.raises(AlreadyLeft):
        undo_send(letter=letter, now=now)
    assert everything() == before


def test_undoing_a_draft_does_nothing(now: datetime) -> None:
    letter = make_ready_letter(now)
    before = everything()
    undo_send(letter=letter, now=now)
    assert everything() == before
