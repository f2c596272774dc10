"""Letters nobody asked for: begun where they are welcome, sent as what they are, answered, taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from engagement.models import Interaction, Promise, Score
from library.models import LibrarySettings, User
from outreach.models import CheckIn, Letter, Message, Request
from outreach.services.answers import GivenAnswer, record_answers
from outreach.services.delivery import deliver_due
from outreach.services.letters import Draft, DraftPick, LetterNotReady, save_draft, send_letter, undo_send
from outreach.services.our_letters import NotOurs, NotWelcome, begin_letter, drop_letter, take_up_letter
from patrons.models import Patron
from relcrm.desk.services.privacy import erase_patron
from tests.builders import make_letter, make_patron, make_request, make_staff, make_title

pytestmark = pytest.mark.django_db
AGREED = ("proactive", "profile", "check_in")
"""Everything a letter of ours can lead to."""


def write_ours(patron: Patron, by: User, now: datetime, *, books: int = 1) -> Letter:
    begun = begin_letter(patron=patron, now=now)
    picks = tuple(DraftPick(make_title(), "For the sea.") for _ in range(books))
    letter = save_draft(request=begun, librarian=by, draft=Draft("Dear Iris", picks), now=now)
    return send_letter(letter=letter, librarian=by, now=now)


def ledger() -> list[str]:
    return list(Interaction.objects.order_by("pk").values_list("kind", flat=True))


def test_it_leaves_as_something_the_library_began_with_the_consent_it_rests_on(now: datetime) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    make_request(patron)
    letter = write_ours(patron, by, now)
    mail = Message.objects.get()
    assert (mail.purpose, mail.kind, mail.consent) == ("letter", "library_started", "proactive")
    assert letter.request.state == Request.State.WRITTEN
    assert not Promise.objects.exists()
    line = Interaction.objects.get()
    assert (line.kind, line.started_by, line.tests, line.wait_minutes) == ("proactive_letter", "library", "ynyyn", None)
    assert CheckIn.objects.get().next_at == now + timedelta(days=21)


def test_its_mail_says_why_we_write_and_how_to_stop_it(now: datetime) -> None:
    write_ours(make_patron(*AGREED), make_staff(), now)
    deliver_due(now=now + timedelta(minutes=5))
    mail = django_mail.outbox[0]
    assert isinstance(mail, EmailMultiAlternatives)
    for part in (mail.body, str(mail.alternatives[0][0])):
        assert "You agreed that we write to you when we find something for you." in part
        assert "You asked us" not in part
        assert "/unsubscribe/" in part
    assert "/unsubscribe/" in mail.extra_headers["List-Unsubscribe"]


def test_without_a_book_it_is_a_letter_all_the_same_and_asks_nothing_later(now: datetime) -> None:
    patron = make_patron(*AGREED)
    write_ours(patron, make_staff(name="Amara Lee"), now, books=0)
    assert Message.objects.get().subject == "A letter from Amara Lee"
    assert not CheckIn.objects.exists()


def test_limits_and_formats_of_the_last_request_hold(now: datetime) -> None:
    patron = make_patron(*AGREED)
    make_request(patron, limits=["violence"], formats=["audio"], asked_at=now - timedelta(days=90))
    make_request(patron, limits=["sadness"], formats=["large-print"], asked_at=now - timedelta(days=30))
    begun = begin_letter(patron=patron, now=now)
    assert (begun.limits, begun.formats) == (["sadness"], ["large-print"])
    sad = make_title(sadness=True)
    letter = save_draft(request=begun, librarian=make_staff(), draft=Draft("Dear", (DraftPick(sad, "Why"),)), now=now)
    assert not letter.picks.exists()


@pytest.mark.parametrize(
    ("consents", "over", "words"),
    [
        (("profile",), {}, "has not agreed that we write unasked"),
        (AGREED, {"audience": "child"}, "under age"),
        (AGREED, {"preferred_channel": "phone", "phone": "12"}, "reached another way: phone"),
    ],
)
def test_where_it_is_not_welcome_nothing_is_begun(
    consents: tuple[str, ...], over: dict[str, Any], words: str, now: datetime
) -> None:
    with pytest.raises(NotWelcome, match=words):
        begin_letter(patron=make_patron(*consents, **over), now=now)
    assert not Request.objects.exists()


def test_over_the_contact_budget_the_day_there_is_room_again_is_named(now: datetime) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    LibrarySettings.objects.update_or_create(pk=1, defaults={"contact_budget": 1})
    begun = begin_letter(patron=patron, now=now)
    write_and_deliver(patron, by, now)
    with pytest.raises(NotWelcome, match="24 December"):
        begin_letter(patron=patron, now=now + timedelta(days=1))
    assert begin_letter(patron=patron, now=now + timedelta(days=31)).pk != begun.pk


def write_and_deliver(patron: Patron, by: User, now: datetime) -> Letter:
    letter = write_ours(patron, by, now)
    deliver_due(now=now + timedelta(minutes=5))
    assert Message.objects.get(object_key=str(letter.pk)).state == "sent"
    return letter


def test_a_consent_taken_back_while_it_was_written_keeps_it_here(now: datetime) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    begun = begin_letter(patron=patron, now=now)
    letter = save_draft(request=begun, librarian=by, draft=Draft("Dear Iris"), now=now)
    patron.consents.filter(purpose="proactive").update(withdrawn_at=now)
    with pytest.raises(LetterNotReady) as error:
        send_letter(letter=letter, librarian=by, now=now)
    assert [problem.place for problem in error.value.problems] == ["address"]
    assert not Message.objects.exists()


def test_two_librarians_who_begin_one_write_on_the_same(now: datetime) -> None:
    patron = make_patron(*AGREED)
    assert begin_letter(patron=patron, now=now).pk == begin_letter(patron=patron, now=now).pk


def test_sending_can_be_undone_and_the_draft_put_away_and_taken_up(now: datetime) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    letter = undo_send(letter=write_ours(patron, by, now), now=now)
    begun = Request.objects.get()
    assert (begun.state, letter.sent_at) == (Request.State.BEGUN, None)
    assert not Message.objects.exists()
    assert not CheckIn.objects.exists()
    assert not ledger()
    assert drop_letter(request=begun).state == Request.State.DROPPED
    with pytest.raises(NotOurs):
        drop_letter(request=begun)
    assert take_up_letter(request=begun).state == Request.State.BEGUN
    assert Letter.objects.get().note == "Dear Iris"


def test_the_first_answer_moves_the_reader_up_the_ladder(now: datetime) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    ours = write_ours(patron, by, now)
    pick = ours.picks.get()
    week = now + timedelta(days=7)
    asked = CheckIn.objects.get()
    record_answers(check_in=asked, answers={pick.pk: GivenAnswer("loved")}, learned=None, comment=None, now=week)
    assert sorted(ledger()) == ["check_in_answer", "pick_answer", "proactive_answer", "proactive_letter"]
    assert Score.objects.get().proactive_until == week + timedelta(days=365)
    record_answers(check_in=asked, answers={pick.pk: GivenAnswer("liked")}, learned=None, comment=None, now=week)
    assert ledger().count("proactive_answer") == 1


def test_it_stands_in_no_list_of_what_readers_asked_for(now: datetime, client: Client) -> None:
    patron, by = make_patron(*AGREED), make_staff()
    write_ours(patron, by, now)
    client.force_login(by)
    page = client.get(reverse("requests"), {"state": "any"}).content.decode()
    assert patron.name not in page
    card = client.get(reverse("patron", args=[patron.public_id])).content.decode()
    assert "Asked for suggestions" not in card
    assert f"Letter from {by.name}" in card


def test_the_desk_begins_one_from_the_card_and_says_why_not(now: datetime, client: Client) -> None:
    by = make_staff()
    client.force_login(by)
    patron = make_patron(*AGREED)
    card = reverse("patron", args=[patron.public_id])
    begin = reverse("letter_begin", args=[patron.public_id])
    assert begin in client.get(card).content.decode()
    page = client.post(begin, follow=True)
    begun = Request.objects.get()
    assert page.redirect_chain[-1][0] == reverse("letter_edit", args=[begun.pk])
    assert "agreed that we write when we find something" in page.content.decode()
    assert "Go on with the letter" in client.get(card).content.decode()
    page = client.post(reverse("letter_drop", args=[begun.pk]), follow=True)
    assert "Put away; nothing was sent." in page.content.decode()
    page = client.post(reverse("letter_take_up", args=[begun.pk]), follow=True)
    assert page.redirect_chain[-1][0] == reverse("letter_edit", args=[begun.pk])
    silent = make_patron()
    page = client.post(reverse("letter_begin", args=[silent.public_id]), follow=True)
    assert "has not agreed that we write unasked" in page.content.decode()


def test_erasing_leaves_nothing_of_it(now: datetime) -> None:
    patron = make_patron(*AGREED)
    write_ours(patron, make_staff(), now)
    erase_patron(patron=patron, now=now)
    for model in (Request, Letter, Message):
        assert not model.objects.exists()


def test_a_letter_that_was_asked_for_needs_no_such_word(now: datetime) -> None:
    patron, by = make_patron(), make_staff()
    letter = make_letter(make_request(patron), titles=(make_title(),), librarian=by)
    send_letter(letter=letter, librarian=by, now=now)
    assert Message.objects.get().kind == "answering"
