"""A mail that comes in finds its thread by what only we can have written, once, and sets going what it should."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier
from threading import Thread as Worker

import pytest
from django.db import connection

from engagement.models import Interaction, Promise
from library.models import User
from outreach.mail.reading.incoming import IncomingFile
from outreach.models import Letter, Message, Reply, ReplyFile, Thread
from outreach.services.fates import raise_fate
from outreach.services.receiving import Taken, take_in
from outreach.services.reply_addresses import reply_address, return_path
from outreach.services.written_back import hear_words
from patrons.models import Patron, Suppression
from relcrm.desk.services.privacy import erase_patron
from tests.builders import NOON, make_patron, make_request, make_staff
from tests.outreach.inboxes import make_reply, make_thread, write
from tests.outreach.loops import make_loop
from tests.outreach.reports import bounce_of, reply_to, sent_mail

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def thread_of(message: Message) -> Thread:
    return Thread.objects.get(messages=message)


def take(mail: object, **over: object) -> Taken:
    return take_in(raw=mail, **({"now": NOON + HOUR} | over))  # type: ignore[arg-type]  # as named there


def test_an_answer_to_the_signed_address_lands_in_its_thread_and_waits() -> None:
    message = sent_mail(make_patron("profile"))
    taken = take(reply_to(message, quoted="> Dear reader", html="<p>I loved it</p>"))
    reply = Reply.objects.get()
    assert (taken.kind, taken.matched, taken.address) == ("reply", True, message.to_address)
    assert (reply.thread, reply.patron, reply.matched_by) == (message.thread, message.patron, "address")
    assert (reply.text, reply.quoted, reply.html) == ("I loved the first one.", "> Dear reader", "<p>I loved it</p>")
    thread = thread_of(message)
    assert thread.waiting_since == NOON + HOUR
    assert thread.promise is not None
    assert (thread.promise.kind, thread.promise.due_at) == ("word", NOON.replace(day=26, hour=23, minute=59, second=59))
    line = Interaction.objects.get()
    assert (line.kind, line.started_by, line.patron, line.thread) == ("reply", "patron", message.patron, thread.pk)
    assert line.tests == "yyyyn"


def test_it_is_for_the_librarian_who_wrote_last_and_can_still_answer() -> None:
    amara, ben = make_staff(name="Amara Nkosi"), make_staff(name="Ben Achterberg")
    thread = make_thread()
    Letter.objects.filter(request__thread=thread).update(librarian=amara)
    hear_words(reply=make_reply(thread), thread=thread, now=NOON + HOUR)
    assert Thread.objects.get(pk=thread.pk).assigned_to == amara
    write(thread, ben)
    hear_words(reply=make_reply(thread), thread=thread, now=NOON + 3 * HOUR)
    assert thread.assigned_to == amara, "what somebody has stays hers"
    User.objects.filter(pk=amara.pk).update(is_active=False)
    hear_words(reply=make_reply(thread), thread=thread, now=NOON + 4 * HOUR)
    assert thread.assigned_to == ben
    User.objects.filter(pk=ben.pk).update(is_active=False)
    hear_words(reply=make_reply(thread), thread=thread, now=NOON + 5 * HOUR)
    assert Thread.objects.get(pk=thread.pk).assigned_to is None


def test_the_ledger_knows_no_name_without_a_profile() -> None:
    take(reply_to(sent_mail(make_patron())))
    assert Interaction.objects.get().patron is None


@pytest.mark.parametrize("place", ["to", "envelope"])
def test_the_address_may_stand_anywhere_in_any_case(place: str) -> None:
    message = sent_mail(make_patron())
    ours = reply_address(thread=message.thread_id or 0).upper()
    others = ("someone@example.org", "library@example.org")
    taken = take(reply_to(message, to=(*others, ours) if place == "to" else (ours, *others)))
    assert taken.reply.thread == message.thread


def test_an_answer_is_known_by_the_mail_it_answers() -> None:
    message = sent_mail(make_patron())
    mail = reply_to(message, to=("library@example.org",), refers_to=("<other@example.org>", message.message_id))
    reply = take(mail).reply
    assert (reply.thread, reply.about, reply.matched_by) == (message.thread, message, "reference")
    assert thread_of(message).waiting_since


def test_an_address_nobody_here_signed_places_nothing() -> None:
    message = sent_mail(make_patron())
    number, signed = message.thread_id or 0, reply_address(thread=(message.thread_id or 0) + 1)
    forged = signed.replace(f"+t{number + 1}.", f"+t{number}.")
    taken = take(reply_to(message, to=(forged,)))
    assert (taken.matched, taken.reply.thread) == (False, None)
    assert thread_of(message).waiting_since is None


def test_a_sender_alone_is_only_a_proposal() -> None:
    patron = make_patron(email="iris@example.org")
    make_request(patron)
    newest = Thread.objects.create(patron=patron, subject="Newest", started_at=NOON + HOUR)
    mail = reply_to(sent_mail(make_patron()), to=("library@example.org",), from_address="IRIS@example.org")
    taken = take(mail)
    assert (taken.matched, taken.reply.thread, taken.reply.proposed) == (False, None, newest)
    assert list(Reply.objects.unplaced()) == [taken.reply]
    assert not Interaction.objects.exists()
    assert not Promise.objects.exists()
    assert not Thread.objects.exclude(waiting_since=None).exists()


def test_words_from_another_address_are_placed_and_keep_that_address() -> None:
    """Whoever holds the signed address writes into the thread; it proves nothing about the reader's own."""
    patron = make_patron(standing="provisional")
    message = sent_mail(patron)
    reply = take(reply_to(message, from_address="partner@example.org", from_name="Sam")).reply
    assert (reply.thread, reply.from_address, reply.from_name) == (message.thread, "partner@example.org", "Sam")
    patron = Patron.objects.get(pk=patron.pk)
    assert (patron.email, patron.standing) == (message.to_address, "provisional")
    assert patron.proved_at is None


def test_who_answers_from_the_address_we_wrote_to_has_proved_it() -> None:
    """As a link in that mail would; a mail that only refers to ours, or says to come from there, proves nothing."""
    patron = make_patron(standing="provisional", email="Iris@example.org")
    message = sent_mail(patron)
    take(
        reply_to(message, from_address="iris@Example.org", to=("library@example.org",), refers_to=(message.message_id,))
    )
    assert Patron.objects.get(pk=patron.pk).proved_at is None
    take(reply_to(message, from_address="iris@Example.org", kind="auto_reply"))
    assert Patron.objects.get(pk=patron.pk).proved_at is None
    take(reply_to(message, from_address="iris@Example.org"))
    patron = Patron.objects.get(pk=patron.pk)
    assert (patron.standing, patron.proved_at) == ("own", NOON + HOUR)


def test_the_same_mail_again_changes_nothing() -> None:
    message = sent_mail(make_patron())
    mail = reply_to(message)
    first, second = take(mail), take(mail, now=NOON + DAY)
    assert (first.again, second.again, second.matched) == (False, True, True)
    assert first.reply == second.reply
    assert (Reply.objects.count(), Interaction.objects.count(), Promise.objects.count()) == (1, 1, 1)


def test_a_message_id_is_a_name_only_with_its_sender() -> None:
    """A stranger who knows, or guesses, a Message-ID cannot keep a reader's mail out."""
    message = sent_mail(make_patron())
    mail = reply_to(message)
    take(reply_to(message, message_id=mail.message_id, from_address="stranger@example.org", to=()))
    assert take(mail).again is False
    assert Reply.objects.count() == 2


def test_a_mail_without_a_name_is_known_by_all_of_it_or_by_what_the_service_calls_it() -> None:
    message = sent_mail(make_patron())
    nameless = reply_to(message, message_id="")
    assert [take(nameless).again, take(nameless).again] == [False, True]
    assert take(reply_to(message, message_id="", text="Something else")).again is False
    assert [take(nameless, named="a").again, take(nameless, named="a").again] == [False, True]


def test_the_oldest_words_keep_their_place_and_a_thread_put_off_comes_back() -> None:
    message = sent_mail(make_patron())
    take(reply_to(message))
    Thread.objects.update(snoozed_until=NOON + 9 * DAY)
    take(reply_to(message), now=NOON + DAY)
    thread = thread_of(message)
    assert thread.waiting_since == NOON + HOUR
    assert thread.snoozed_until is None
    assert Promise.objects.count() == 1


def test_who_writes_back_is_not_reminded() -> None:
    loop = make_loop()
    loop.check_in.next_step, loop.check_in.next_at = "remind", NOON + DAY
    loop.check_in.save()
    letter = loop.letter.request.thread.messages.get()
    take(reply_to(letter))
    loop.check_in.refresh_from_db()
    assert loop.check_in.next_step == "done"
    assert not loop.check_in.next_at


@pytest.mark.parametrize("kind", ["auto_reply", "other"])
def test_a_machine_is_kept_in_the_thread_and_answers_nothing(kind: str) -> None:
    loop = make_loop()
    loop.check_in.next_step, loop.check_in.next_at = "remind", NOON + DAY
    loop.check_in.save()
    message = loop.letter.request.thread.messages.get()
    Message.objects.filter(pk=message.pk).update(state="unknown")
    reply = take(reply_to(message, kind=kind, refers_to=(message.message_id,))).reply
    assert reply.thread == message.thread
    assert thread_of(message).waiting_since is None
    assert not Interaction.objects.exists()
    loop.check_in.refresh_from_db()
    assert loop.check_in.next_step == "remind"
    message.refresh_from_db()
    assert message.state == ("sent" if kind == "auto_reply" else "unknown")
    assert Message.objects.count() == 1  # nothing answers it


def test_an_answer_shows_that_a_message_in_doubt_arrived() -> None:
    message = sent_mail(make_patron(), state="unknown", reason="It may have arrived or not.")
    take(reply_to(message, refers_to=(message.message_id,)))
    message.refresh_from_db()
    assert (message.state, message.reason, message.fate) == ("sent", "", "delivered")


def test_files_come_along() -> None:
    files = (
        IncomingFile("list.txt", "text/plain", 5, b"Emma\n"),
        IncomingFile("film.mp4" + "x" * 300, "video/mp4", 99_000_000, None),
    )
    take(reply_to(sent_mail(make_patron()), files=files))
    kept = list(ReplyFile.objects.order_by("pk"))
    assert [(file.name[:8], file.size, file.content and bytes(file.content)) for file in kept] == [
        ("list.txt", 5, b"Emma\n"),
        ("film.mp4", 99_000_000, None),
    ]


def test_what_belongs_to_an_erased_reader_goes_to_the_tray() -> None:
    patron = make_patron()
    message = sent_mail(patron)
    mail = reply_to(message, refers_to=(message.message_id,))
    erase_patron(patron=patron, now=NOON)
    taken = take(mail)
    assert (taken.matched, taken.reply.thread, taken.reply.patron, taken.reply.proposed) == (False, None, None, None)


def test_odd_words_fit_the_columns() -> None:
    taken = take(
        reply_to(
            sent_mail(make_patron()),
            message_id="<" + "x" * 500 + ">",
            from_address="a" * 300 + "@example.org",
            from_name="n\0n" * 90,
            subject="s" * 900,
            text="nul \0 and half \ud800 a letter",
            refers_to=("<nul\0@example.org>",) * 500,
        )
    )
    assert taken.reply.text == "nul \ufffd and half ? a letter"
    assert take(reply_to(sent_mail(make_patron()), kind="a kind of its own")).kind == "other"


# Reports


def test_a_dead_mailbox_gets_no_more_mail_and_the_reason_is_kept() -> None:
    message = sent_mail(make_patron())
    taken = take(bounce_of(message))
    assert (taken.matched, taken.address, taken.reply.trusted) == (True, message.to_address, True)
    assert taken.reply.thread == message.thread
    assert thread_of(message).waiting_since is None
    message.refresh_from_db()
    assert (message.fate, message.fate_words) == ("bounced", "550 5.1.1 what the other server said")
    kept = Suppression.objects.get()
    assert (kept.address, kept.cause, kept.reason) == (message.to_address, "no_mailbox", "There is no such mailbox.")
    assert kept.evidence == "5.1.1 550 5.1.1 what the other server said"


def test_a_report_is_believed_for_our_message_id_too() -> None:
    message = sent_mail(make_patron())
    take(bounce_of(message, to=("library@example.org",), reported_ids=("<x@example.org>", message.message_id)))
    assert Suppression.objects.holds(message.to_address)


def test_only_the_address_the_mail_went_to_is_stopped() -> None:
    victim = make_patron(email="victim@example.org")
    message = sent_mail(make_patron())
    take(bounce_of(message, reported_address=victim.email))
    assert not Suppression.objects.holds(victim.email)
    assert Suppression.objects.holds(message.to_address)


def test_a_forged_report_is_listed_and_stops_nothing() -> None:
    """Anyone can write a delivery report. Known addresses, counted-up numbers and made-up names change nothing."""
    message = sent_mail(make_patron())
    forged = return_path(message=message.pk).replace(".", ".f")[:-1]
    for report in (
        bounce_of(message, to=("library@example.org",)),
        bounce_of(message, to=(forged,), reported_paths=(f"bounce+m{message.pk}.{'0' * 16}@localhost",)),
        bounce_of(message, to=(), reported_ids=("<letter.0000@localhost>",)),
        bounce_of(message, kind="complaint", to=("abuse@example.org",)),
    ):
        taken = take(report)
        assert (taken.matched, taken.reply.trusted, taken.reply.thread) == (False, False, None)
    message.refresh_from_db()
    assert (message.fate, Suppression.objects.count(), Reply.objects.unplaced().count()) == ("", 0, 4)


def test_a_full_mailbox_stops_nothing_until_three_mails_came_back() -> None:
    patron = make_patron()
    for number in range(3):
        assert not Suppression.objects.exists()
        message = sent_mail(patron)
        for _again in range(2):
            take(bounce_of(message, "5.2.2"), now=NOON + number * DAY)
    assert Suppression.objects.get().cause == "pause"


def test_a_server_that_goes_on_trying_is_told_apart() -> None:
    message = sent_mail(make_patron())
    take(bounce_of(message, "4.4.7", subject="Delivery delayed", words="will be retried"))
    message.refresh_from_db()
    assert message.fate == "deferred"
    take(bounce_of(message, "4.4.7", words="expired in the queue"))
    message.refresh_from_db()
    assert message.fate == "bounced"


def test_a_complaint_by_mail_stops_mail_and_waits_for_the_librarian() -> None:
    message = sent_mail(make_patron("check_in"), consent="check_in")
    take(bounce_of(message, "", kind="complaint", words="abuse"))
    assert Suppression.objects.get().cause == "complaint"
    thread = thread_of(message)
    assert (thread.waiting_since, thread.promise) == (NOON + HOUR, None)
    assert Reply.objects.get().kind == "complaint"


def test_a_report_on_a_mail_without_a_thread_leaves_nothing_to_do() -> None:
    message = sent_mail(make_patron())
    Message.objects.filter(pk=message.pk).update(thread=None)
    taken = take(bounce_of(message))
    assert (taken.matched, taken.reply.patron) == (True, message.patron)
    assert not Reply.objects.unplaced().exists()
    assert Suppression.objects.holds(message.to_address)


def test_a_fate_is_never_lowered() -> None:
    message = sent_mail(make_patron())
    raise_fate(message=message, fate="complained", at=NOON)
    for fate in ("deferred", "delivered", "bounced"):
        raise_fate(message=message, fate=fate, at=NOON + DAY, words=fate)
    message.refresh_from_db()
    assert (message.fate, message.fate_at, message.fate_words) == ("complained", NOON, "")


@pytest.mark.django_db(transaction=True)
def test_two_processes_with_the_same_mail_take_it_in_once() -> None:
    message = sent_mail(make_patron())
    for mail in (reply_to(message), reply_to(message, to=("library@example.org",)), bounce_of(message)):
        before, start = Reply.objects.count(), Barrier(4)
        took: list[bool] = []

        def work(mail: object = mail, start: Barrier = start, took: list[bool] = took) -> None:
            start.wait()
            took.append(take(mail).again)
            connection.close()

        workers = [Worker(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(took) == [False, True, True, True]
        assert Reply.objects.count() == before + 1
    assert Interaction.objects.count() == 1
