"""The life of a check-in: asked, reminded once, brought back once, then silence."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from engagement.models import Interaction
from outreach.mail.filling import words_of
from outreach.models import CheckIn, Message
from outreach.services.checkins import answered_by_mail, cancel_check_in, queue_due, schedule_check_in
from patrons.models import Consent, Suppression
from patrons.services.consents import withdraw_consent
from tests.builders import NOON, make_branch, make_letter, make_patron, make_request, make_title
from tests.outreach.loops import DAY, Loop, arrived, make_loop

pytestmark = pytest.mark.django_db


def state_of(loop: Loop) -> tuple[str, str]:
    loop.check_in.refresh_from_db()
    return loop.check_in.next_step, loop.check_in.ended_because


def test_a_whole_life_without_an_answer_asks_once_reminds_once_and_then_is_silent() -> None:
    loop = make_loop()
    assert queue_due(now=NOON + 20 * DAY) == 0
    assert queue_due(now=NOON + 21 * DAY) == 1
    assert queue_due(now=NOON + 21 * DAY) == 0
    Message.objects.filter(purpose="check_in").update(state="sent")
    assert queue_due(now=NOON + 27 * DAY) == 0
    assert queue_due(now=NOON + 28 * DAY) == 1
    assert queue_due(now=NOON + 35 * DAY) == 0
    assert queue_due(now=NOON + 400 * DAY) == 0
    assert [len(loop.mails(purpose)) for purpose in ("check_in", "check_in_reminder", "check_in_again")] == [1, 1, 0]
    assert state_of(loop) == ("done", "")
    assert loop.check_in.asked_at == NOON + 21 * DAY


def test_every_step_is_asked_for_by_the_reader_and_written_once_into_the_ledger() -> None:
    branch = make_branch()
    loop = make_loop("check_in", "profile", branch=branch)
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    queue_due(now=NOON + 28 * DAY)
    mail = loop.mails("check_in_reminder")[0]
    assert (mail.kind, mail.consent, mail.step) == ("asked_for", "check_in", 1)
    assert (mail.branch, mail.thread) == (branch, loop.letter.request.thread)
    assert mail.from_name == str(loop.letter.librarian)
    assert mail.reply_to.startswith("reply+")
    assert mail.links == {"checkin": str(loop.check_in.pk), "unsubscribe": f"{loop.patron.pk}-check_in"}
    lines = Interaction.objects.filter(patron=loop.patron).order_by("at")
    assert [(line.kind, line.started_by, line.staff) for line in lines] == [
        ("check_in", "library", loop.letter.librarian),
        ("check_in_reminder", "library", loop.letter.librarian),
    ]


def test_an_answer_takes_the_queued_reminder_back() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    queue_due(now=NOON + 28 * DAY)
    loop.answer("loved", "liked", now=NOON + 28 * DAY)
    assert loop.mails("check_in_reminder")[0].state == "cancelled"
    assert state_of(loop) == ("done", "")


def test_an_answer_before_the_reminder_means_no_reminder() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    loop.answer("loved", now=NOON + 22 * DAY)
    assert queue_due(now=NOON + 60 * DAY) == 0
    assert loop.mails("check_in_reminder") == []


def test_not_read_yet_brings_back_only_those_books_once_and_never_again() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    loop.answer("loved", "not_yet", now=NOON + 22 * DAY)
    assert loop.check_in.next_at == NOON + 36 * DAY
    assert queue_due(now=NOON + 35 * DAY) == 0
    assert queue_due(now=NOON + 36 * DAY) == 1
    mail = words_of(loop.mails("check_in_again")[0])
    assert "L'Anomalie" in mail.text
    assert "The Summer Book" not in mail.text + mail.html + mail.subject
    loop.answer("not_yet", "not_yet", now=NOON + 37 * DAY)
    assert state_of(loop) == ("done", "")
    assert queue_due(now=NOON + 100 * DAY) == 0
    assert Interaction.objects.filter(kind="check_in_again").count() == 1


def test_saving_the_same_not_yet_again_does_not_move_the_day() -> None:
    loop = make_loop()
    loop.answer("not_yet", now=NOON + 22 * DAY)
    loop.answer("not_yet", now=NOON + 30 * DAY)
    assert loop.check_in.next_at == NOON + 36 * DAY


def test_having_read_it_meanwhile_takes_the_later_question_back() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    loop.answer("not_yet", "loved", now=NOON + 22 * DAY)
    queue_due(now=NOON + 36 * DAY)
    loop.answer("loved", now=NOON + 36 * DAY)
    assert loop.mails("check_in_again")[0].state == "cancelled"
    assert state_of(loop)[0] == "done"


def test_a_child_is_never_asked() -> None:
    letter = make_letter(make_request(make_patron("check_in", audience="child")), titles=(make_title(),), sent_at=NOON)
    assert schedule_check_in(letter=letter, now=NOON) is None


def test_a_request_for_a_child_is_never_asked_about() -> None:
    letter = make_letter(make_request(make_patron("check_in"), audience="child"), sent_at=NOON)
    assert schedule_check_in(letter=letter, now=NOON) is None


def test_without_consent_there_is_no_check_in() -> None:
    letter = make_letter(make_request(make_patron("profile", "proactive")), sent_at=NOON)
    assert schedule_check_in(letter=letter, now=NOON) is None
    assert not CheckIn.objects.exists()


def test_scheduling_twice_makes_one_row() -> None:
    loop = make_loop()
    assert schedule_check_in(letter=loop.letter, now=NOON + DAY) == loop.check_in
    assert CheckIn.objects.get().next_at == NOON + 21 * DAY


def test_undo_removes_the_row_and_it_can_be_made_again() -> None:
    loop = make_loop()
    assert cancel_check_in(letter=loop.letter, remove=True)
    assert not CheckIn.objects.exists()
    assert not cancel_check_in(letter=loop.letter, remove=True)
    assert schedule_check_in(letter=loop.letter, now=NOON + DAY) is not None


def test_cancelling_ends_it_with_the_reason_and_stops_the_mail_that_waits() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    cancel_check_in(letter=loop.letter, because="the request was withdrawn")
    assert state_of(loop) == ("done", "the request was withdrawn")
    assert loop.mails("check_in")[0].state == "cancelled"


def test_consent_withdrawn_meanwhile_ends_it_with_a_plain_reason() -> None:
    loop = make_loop()
    withdraw_consent(patron=loop.patron, purpose="check_in", now=NOON + DAY)
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("done", "the reader turned check-ins off")
    assert not Message.objects.filter(purpose="check_in").exists()


def test_unsubscribing_between_the_question_and_the_reminder_stops_the_reminder() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    withdraw_consent(patron=loop.patron, purpose="check_in", now=NOON + 22 * DAY)
    assert queue_due(now=NOON + 28 * DAY) == 0
    assert loop.mails("check_in_reminder") == []


def test_a_reader_who_writes_to_us_is_not_reminded() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    assert answered_by_mail(thread=loop.letter.request.thread, now=NOON + 22 * DAY)
    assert state_of(loop) == ("done", "the reader wrote to us")
    assert queue_due(now=NOON + 28 * DAY) == 0


def test_a_reader_who_writes_to_us_takes_the_queued_reminder_back() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="sent")
    queue_due(now=NOON + 28 * DAY)
    assert answered_by_mail(thread=loop.letter.request.thread, now=NOON + 28 * DAY)
    mail = loop.mails("check_in_reminder")[0]
    assert (mail.state, mail.reason) == ("cancelled", "the reader wrote to us")
    assert not answered_by_mail(thread=loop.letter.request.thread, now=NOON + 28 * DAY)


def test_a_reader_who_writes_before_the_question_is_asked_all_the_same() -> None:
    loop = make_loop()
    assert not answered_by_mail(thread=loop.letter.request.thread, now=NOON + DAY)
    assert queue_due(now=NOON + 21 * DAY) == 1


def test_a_thread_without_a_check_in_has_nothing_to_end() -> None:
    assert not answered_by_mail(thread=make_request().thread, now=NOON)


def test_no_address_ends_it() -> None:
    loop = make_loop()
    loop.patron.email = ""
    loop.patron.save(update_fields=["email"])
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("done", "the reader has no address")


def test_a_suppressed_address_ends_it() -> None:
    loop = make_loop()
    Suppression.objects.create(address=loop.patron.email, reason="it bounced", created_at=NOON)
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("done", "the address gets no mail")


def test_a_withdrawn_request_ends_it() -> None:
    loop = make_loop()
    loop.letter.request.state = "withdrawn"
    loop.letter.request.save(update_fields=["state"])
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("done", "the request was withdrawn")


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_letter_that_did_not_arrive_is_not_asked_about(state: str) -> None:
    loop = make_loop()
    Message.objects.filter(purpose="letter").update(state=state)
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("done", "the mail before it was not delivered")


def test_a_letter_in_doubt_is_asked_about() -> None:
    make_loop()
    Message.objects.filter(purpose="letter").update(state="unknown")
    assert queue_due(now=NOON + 21 * DAY) == 1


def test_while_the_letter_still_waits_the_question_waits_a_day() -> None:
    loop = make_loop()
    Message.objects.filter(purpose="letter").update(state="queued")
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert state_of(loop) == ("ask", "")
    assert loop.check_in.next_at == NOON + 22 * DAY
    Message.objects.filter(purpose="letter").update(state="sent")
    assert queue_due(now=NOON + 22 * DAY) == 1


def test_there_is_no_reminder_of_a_question_that_was_not_delivered() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    Message.objects.filter(purpose="check_in").update(state="failed")
    assert queue_due(now=NOON + 28 * DAY) == 0
    assert state_of(loop) == ("done", "the mail before it was not delivered")


def test_a_letter_without_books_is_not_asked_about() -> None:
    letter = make_letter(make_request(make_patron("check_in"), state="answered"), sent_at=NOON)
    arrived(letter)
    schedule_check_in(letter=letter, now=NOON)
    assert queue_due(now=NOON + 21 * DAY) == 0
    assert CheckIn.objects.get().ended_because == "no book is left to ask about"


def test_the_mail_is_a_short_letter_that_names_the_book() -> None:
    titles = tuple(make_title(name=name) for name in ("The Summer Book", "Small Things Like These", "Stoner"))
    loop = make_loop(titles=titles)
    queue_due(now=NOON + 21 * DAY)
    message = loop.mails("check_in")[0]
    mail = words_of(message)
    assert mail.subject == message.subject == "How was The Summer Book, and the others?"
    words = re.sub(r"\{link:[^}]*\}", "", mail.text).split()
    assert len(words) <= 120
    assert "survey" not in (mail.subject + mail.text + mail.html).lower()
    assert "<img" not in mail.html
    assert len(mail.html.encode()) < 30_000
    assert f'lang="{message.language}"' in mail.html
    assert 'dir="ltr"' in mail.html
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", mail.html))


def test_text_and_html_have_the_same_links_one_for_each_pick_and_one_for_all() -> None:
    loop = make_loop()
    queue_due(now=NOON + 21 * DAY)
    mail = words_of(loop.mails("check_in")[0])
    expected = [f"{{link:checkin?pick-{pick.pk}=loved}}" for pick in loop.picks]
    expected += ["{link:checkin}", "{link:unsubscribe}", "{link:my}"]
    assert re.findall(r"\{link:[^}]*\}", mail.text) == expected
    assert re.findall(r"\{link:[^}]*\}", mail.html) == expected


def test_there_are_never_more_than_eight_links_that_answer() -> None:
    loop = make_loop(titles=tuple(make_title() for _ in range(12)))
    queue_due(now=NOON + 21 * DAY)
    assert words_of(loop.mails("check_in")[0]).text.count("{link:checkin") == 8


def test_typed_words_cannot_pass_for_a_link_and_are_escaped() -> None:
    loop = make_loop(name="<b>{link:my}</b>", titles=(make_title(name="{link:letter} & <i>co</i>"),))
    queue_due(now=NOON + 21 * DAY)
    mail = words_of(loop.mails("check_in")[0])
    assert "{link:letter}" not in mail.text + mail.html
    assert mail.text.count("{link:my}") == mail.html.count("{link:my}") == 1
    assert "<i>co" not in mail.html
    assert "& <i>co</i>" in mail.text


def test_a_long_title_is_cut_in_the_subject() -> None:
    loop = make_loop(titles=(make_title(name="Word " * 60),))
    queue_due(now=NOON + 21 * DAY)
    assert len(loop.mails("check_in")[0].subject) < 100


def test_the_mail_speaks_the_readers_language_whatever_the_worker_speaks() -> None:
    loop = make_loop(language="fr")
    with translation.override("es"):
        queue_due(now=NOON + 21 * DAY)
    message = loop.mails("check_in")[0]
    mail = words_of(message)
    assert message.language == "fr"
    assert '<html lang="fr"' in mail.html


def test_consents_of_another_patron_do_not_count() -> None:
    make_patron("check_in")
    letter = make_letter(make_request(make_patron()), sent_at=NOON)
    assert schedule_check_in(letter=letter, now=NOON) is None
    assert Consent.objects.count() == 1
