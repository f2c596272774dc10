"""An answer leaves once, in the librarian's name, and taking it back leaves nothing behind."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from engagement.models import Interaction, Promise
from outreach.mail.reply import plain_subject
from outreach.models import Message, Reply, Thread, ThreadTurn
from outreach.services.answering import (
    AlreadyLeft,
    AnswerConflict,
    AnsweredMeanwhile,
    AnswerNotReady,
    NotTheLatest,
    Seen,
    WroteAgain,
    save_answer,
    send_answer,
    take_back_turn,
)
from outreach.services.answers_lost import reopen_lost
from outreach.services.inbox import finish_thread
from outreach.services.reply_addresses import reply_address
from outreach.services.waiting import begin_waiting
from patrons.models import Patron
from patrons.services.suppressions import suppress_address
from tests.builders import NOON, make_patron, make_staff
from tests.outreach.inboxes import HOUR, make_reply, make_thread, make_waiting, seen_in, signed_in, write

LATER = NOON + 2 * HOUR


def told(thread: Thread) -> dict[str, object]:
    """Everything an undo has to bring back."""
    thread.refresh_from_db()
    promise = thread.promise
    return {
        "waiting": thread.waiting_since,
        "snoozed": thread.snoozed_until,
        "promise": promise and (promise.pk, promise.kept_at, promise.withdrawn_at),
        "replies": list(thread.replies.order_by("pk").values_list("pk", "handled_at", "handled_by")),
        "lines": Interaction.objects.filter(kind="reply_answered").count(),
        "mails": Message.objects.filter(purpose="reply").count(),
        "turns": ThreadTurn.objects.count(),
    }


@pytest.mark.django_db
def test_an_answer_is_a_mail_in_her_name_that_answers_the_readers() -> None:
    thread, by = make_waiting(), make_staff(name="Amara Nkosi")
    turn = write(thread, by, "Yes, two.\nThe dog is fine.", minutes=4)
    mail = Message.objects.get(purpose="reply")
    reply = Reply.objects.get(thread=thread)
    assert turn.message == mail
    assert (mail.kind, mail.from_name, mail.state) == ("answering", "Amara Nkosi", "queued")
    assert mail.reply_to == reply_address(thread=thread.pk)
    assert mail.in_reply_to == reply.message_id
    assert mail.subject == "Re: A letter about books for you"
    assert mail.object_key.startswith(f"reply:{thread.pk}:")
    assert mail.due_at > LATER
    assert "The dog is fine." in mail.body_text
    assert "{link:my}" in mail.body_text
    thread.refresh_from_db()
    assert (thread.waiting_since, thread.draft, thread.promise) == (None, "", None)
    assert reply.handled_by == by
    line = Interaction.objects.get(kind="reply_answered")
    assert (line.wait_minutes, line.minutes, line.staff, line.patron) == (60, 4, by, thread.patron)
    assert Promise.objects.get(kind="word").kept_at == LATER


@pytest.mark.django_db
def test_without_a_profile_the_ledger_keeps_no_patron() -> None:
    thread = make_waiting(make_patron())
    write(thread, make_staff())
    line = Interaction.objects.get(kind="reply_answered")
    assert (line.patron, line.thread, line.at) == (None, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["mail", "done"])
def test_undo_brings_everything_back_as_it_was(way: str) -> None:
    thread, by = make_waiting(), make_staff()
    make_reply(thread, at=NOON + 90 * timedelta(minutes=1))
    before = told(thread)
    turn = write(thread, by, "Yes.") if way == "mail" else finish_thread(thread=thread, by=by, now=LATER)
    assert told(thread) != before
    assert told(thread)["waiting"] is None
    take_back_turn(turn=turn, now=LATER)
    assert told(thread) == before
    assert thread.draft == ("Yes." if way == "mail" else "")


@pytest.mark.django_db
def test_an_answer_taken_back_can_be_sent_again_as_another_mail() -> None:
    thread, by = make_waiting(), make_staff()
    first = write(thread, by, "Yes.")
    name = first.message.message_id if first.message else ""
    take_back_turn(turn=first, now=LATER)
    second = write(Thread.objects.get(pk=thread.pk), by, "Yes.")
    assert second.message
    assert second.message.message_id != name
    assert Message.objects.filter(purpose="reply").count() == 1


@pytest.mark.django_db
def test_once_the_mail_has_begun_to_leave_it_stays_answered() -> None:
    thread = make_waiting()
    turn = write(thread, make_staff())
    Message.objects.filter(purpose="reply").update(state="sent")
    before = told(thread)
    with pytest.raises(AlreadyLeft):
        take_back_turn(turn=turn, now=LATER)
    assert told(thread) == before


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_an_answer_that_will_not_arrive_leaves_its_reader_waiting_as_before(state: str) -> None:
    thread, by = make_waiting(make_patron("profile")), make_staff()
    before = told(thread)
    write(thread, by, "Yes, two.")
    Message.objects.filter(purpose="reply").update(state=state, reason="The mail server says there is no such mailbox.")
    assert reopen_lost(now=LATER) == 1
    assert told(thread) == before | {"mails": 1, "turns": 1}, "what was tried stays to be seen"
    assert (thread.draft, thread.draft_by) == ("Yes, two.", by)
    assert reopen_lost(now=LATER) == 0
    page = signed_in(by).get(reverse("inbox_thread", args=[thread.pk])).content.decode()
    assert "the answer did not arrive" in page
    assert "there is no such mailbox" in page
    write(Thread.objects.get(pk=thread.pk), by, "Yes, two of them.")
    assert reopen_lost(now=LATER) == 0
    assert Message.objects.filter(purpose="reply", state="queued").count() == 1


@pytest.mark.django_db
def test_a_lost_answer_is_left_alone_where_somebody_has_looked_since() -> None:
    thread, by = make_waiting(), make_staff()
    write(thread, by)
    Message.objects.filter(purpose="reply").update(state="failed")
    begin_waiting(thread=Thread.objects.get(pk=thread.pk), since=LATER, now=LATER)
    assert reopen_lost(now=LATER) == 0, "more words wait there"
    make_reply(thread, at=LATER)
    finish_thread(thread=Thread.objects.get(pk=thread.pk), by=by, now=LATER)
    assert reopen_lost(now=LATER) == 0, "it was set aside"


@pytest.mark.django_db
def test_words_that_came_in_after_the_answer_stay_when_it_is_taken_back() -> None:
    thread = make_waiting()
    turn = write(thread, make_staff())
    make_reply(thread, at=NOON + 3 * HOUR)
    thread.refresh_from_db()
    begin_waiting(thread=thread, since=NOON + 3 * HOUR, now=NOON + 3 * HOUR)
    take_back_turn(turn=turn, now=NOON + 4 * HOUR)
    thread.refresh_from_db()
    assert thread.waiting_since == NOON + HOUR
    assert thread.promise == turn.promise
    assert Promise.objects.open().count() == 1
    assert not thread.replies.filter(handled_at__isnull=False).exists()


@pytest.mark.django_db
def test_only_what_was_done_last_can_be_taken_back() -> None:
    thread, by = make_waiting(), make_staff()
    first = finish_thread(thread=thread, by=by, now=LATER)
    write(Thread.objects.get(pk=thread.pk), by)
    with pytest.raises(NotTheLatest):
        take_back_turn(turn=first, now=LATER)


@pytest.mark.django_db
def test_a_colleague_who_answered_first_is_named_and_nothing_goes_twice() -> None:
    thread, amara, ben = make_waiting(), make_staff(), make_staff()
    seen = seen_in(thread)
    write(thread, amara)
    with pytest.raises(AnsweredMeanwhile) as met:
        write(Thread.objects.get(pk=thread.pk), ben, "Mine too.", seen=seen)
    assert met.value.turn.by == amara
    assert Message.objects.filter(purpose="reply").count() == 1


@pytest.mark.django_db
def test_words_that_came_in_while_she_wrote_are_read_first_whatever_their_number() -> None:
    thread, by = make_waiting(), make_staff()
    unplaced = make_reply(None)
    second = make_waiting()
    seen = seen_in(second)
    Reply.objects.filter(pk=unplaced.pk).update(thread=second)
    for where, what in ((second, seen), (thread, Seen())):
        with pytest.raises(WroteAgain):
            write(where, by, seen=what)
    assert not Message.objects.filter(purpose="reply").exists()


@pytest.mark.django_db
def test_a_draft_of_somebody_else_is_never_written_over() -> None:
    thread, amara, ben = make_waiting(), make_staff(), make_staff()
    seen = seen_in(thread)
    mine = save_answer(thread=thread, by=amara, words="Dear Iris", version=0, now=NOON)
    with pytest.raises(AnswerConflict) as met:
        save_answer(thread=thread, by=ben, words="Hello", version=0, now=NOON)
    assert met.value.thread.draft == "Dear Iris"
    save_answer(thread=thread, by=ben, words="Hello", version=mine.draft_version, now=NOON)
    with pytest.raises(AnswerConflict):
        send_answer(thread=mine, by=amara, seen=seen, now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["words", "name", "address", "suppressed", "no words of theirs"])
def test_what_is_missing_is_said_and_the_words_are_kept(missing: str) -> None:
    patron = make_patron(email="" if missing == "address" else "iris@example.org")
    thread = make_thread(patron) if missing == "no words of theirs" else make_waiting(patron)
    by = make_staff(name="" if missing == "name" else "Amara")
    if missing == "suppressed":
        suppress_address(address="iris@example.org", reason="There is no such mailbox.", now=NOON)
    with pytest.raises(AnswerNotReady) as met:
        write(thread, by, "" if missing == "words" else "Yes.")
    assert len(met.value.problems) == 1
    assert not Message.objects.filter(purpose="reply").exists()
    thread.refresh_from_db()
    assert thread.draft == ("" if missing == "words" else "Yes.")


@pytest.mark.django_db
def test_a_reader_who_is_erased_takes_the_thread_along() -> None:
    thread, by = make_waiting(), make_staff()
    draft = save_answer(thread=thread, by=by, words="Yes.", version=None, now=NOON)
    assert thread.patron
    call_command("erase_patron", thread.patron.public_id)
    assert not ThreadTurn.objects.exists()
    with pytest.raises(Thread.DoesNotExist):
        send_answer(thread=draft, by=by, seen=Seen(), now=LATER)
    assert not Patron.objects.exists()


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: Books", "Books"),
        ("AW: Re: RE[2]: Books", "Books"),
        ("Regarding books", "Regarding books"),
        ("Reading: books", "Reading: books"),
        ("re:", ""),
        ("", ""),
    ],
)
def test_a_subject_is_answered_once(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain


@pytest.mark.django_db(transaction=True)
def test_two_librarians_at_the_same_moment_send_one_answer() -> None:
    thread, staff = make_waiting(), [make_staff(), make_staff()]
    seen, start = seen_in(thread), threading.Barrier(2)
    draft = save_answer(thread=thread, by=staff[0], words="Yes.", version=None, now=NOON)
    met: list[str] = []

    def press(number: int) -> None:
        try:
            start.wait(10)
            send_answer(thread=draft, by=staff[number], seen=seen, now=LATER)
            met.append("sent")
        except (AnsweredMeanwhile, AnswerConflict) as error:
            met.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(met) == ["AnsweredMeanwhile", "sent"]
    assert Message.objects.filter(purpose="reply").count() == 1
    assert Interaction.objects.filter(kind="reply_answered").count() == 1
