"""The tray: placed by a person, put away, and both taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.models import Interaction, Promise
from outreach.models import Message, Reply, Thread
from outreach.services.placing import (
    CannotTakeOut,
    NobodyWrote,
    PlacedAlready,
    bring_back_reply,
    meet_reader,
    place_reply,
    put_away_reply,
    start_thread,
    take_out_reply,
)
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.outreach.inboxes import HOUR, make_reply, make_thread, make_waiting, signed_in, write
from tests.outreach.loops import make_loop

LATER = NOON + 2 * HOUR
REDIRECT, NOT_FOUND = 302, 404


@pytest.mark.django_db
def test_words_that_are_placed_begin_to_wait_there_and_taking_them_out_ends_it() -> None:
    thread, reply = make_thread(), make_reply(None)
    place_reply(reply=reply, thread=thread, now=LATER)
    thread.refresh_from_db()
    reply.refresh_from_db()
    assert (thread.waiting_since, reply.patron, reply.matched_by) == (NOON + HOUR, thread.patron, "person")
    assert thread.promise
    assert Interaction.objects.get(kind="reply").patron == thread.patron
    with pytest.raises(PlacedAlready):
        place_reply(reply=reply, thread=thread, now=LATER)
    take_out_reply(reply=reply, now=LATER)
    thread.refresh_from_db()
    reply.refresh_from_db()
    assert [thread.waiting_since, thread.promise, reply.thread, reply.patron] == [None] * 4
    assert not Interaction.objects.filter(kind="reply").exists()
    assert not Promise.objects.open().exists()
    assert Reply.objects.unplaced().get() == reply


@pytest.mark.django_db
def test_words_placed_by_hand_mean_what_they_mean_when_they_come_by_themselves() -> None:
    loop = make_loop()
    loop.check_in.next_step, loop.check_in.next_at = "remind", NOON + 9 * HOUR
    loop.check_in.save()
    thread = Thread.objects.get(request=loop.letter.request)
    Message.objects.filter(thread=thread).update(state="sent", sent_at=NOON)
    assert Message.objects.filter(thread=thread, purpose="letter").exists()
    place_reply(reply=make_reply(None), thread=thread, now=LATER)
    loop.check_in.refresh_from_db()
    assert loop.check_in.next_step == "done"
    assert not loop.check_in.next_at
    assert Interaction.objects.get(kind="reply").tests == "yyyyn"


@pytest.mark.django_db
def test_a_thread_goes_on_waiting_for_what_else_is_in_it() -> None:
    thread, reply = make_waiting(at=NOON + HOUR), make_reply(None, at=NOON)
    place_reply(reply=reply, thread=thread, now=LATER)
    reply.refresh_from_db()
    take_out_reply(reply=reply, now=LATER)
    thread.refresh_from_db()
    assert thread.waiting_since == NOON + HOUR
    assert thread.promise


@pytest.mark.django_db
def test_a_report_is_shown_in_the_thread_and_nobody_waits() -> None:
    thread, report = make_thread(), make_reply(None, kind="bounce", status="5.1.1")
    place_reply(reply=report, thread=thread, now=LATER)
    thread.refresh_from_db()
    assert thread.waiting_since is None
    assert not Interaction.objects.filter(kind="reply").exists()


@pytest.mark.django_db
def test_what_was_answered_or_came_by_itself_stays() -> None:
    thread, reply = make_thread(), make_reply(None)
    place_reply(reply=reply, thread=thread, now=LATER)
    write(Thread.objects.get(pk=thread.pk), make_staff())
    with pytest.raises(CannotTakeOut):
        take_out_reply(reply=Reply.objects.get(pk=reply.pk), now=LATER)
    by_address = make_waiting().replies.get()
    for one in (by_address, make_reply(None)):
        with pytest.raises(CannotTakeOut):
            take_out_reply(reply=one, now=LATER)


@pytest.mark.django_db
def test_putting_away_is_undone_unless_it_was_placed_meanwhile() -> None:
    reply, by = make_reply(None), make_staff()
    put_away_reply(reply=reply, by=by, now=LATER)
    assert not Reply.objects.unplaced().exists()
    with pytest.raises(PlacedAlready):
        put_away_reply(reply=reply, by=by, now=LATER)
    bring_back_reply(reply=reply)
    assert Reply.objects.unplaced().get() == reply
    place_reply(reply=reply, thread=make_thread(), now=LATER)
    with pytest.raises(PlacedAlready):
        bring_back_reply(reply=reply)


@pytest.mark.django_db
def test_the_tray_proposes_only_threads_this_librarian_sees() -> None:
    here, elsewhere = make_branch(), make_branch()
    mine, theirs = make_thread(make_patron(branch=here)), make_thread(make_patron(branch=elsewhere, name="Far Away"))
    make_reply(None, proposed=theirs, text="One")
    make_reply(None, proposed=mine, text="Two")
    user = make_staff()
    user.branches.add(here)
    page = signed_in(user).get(reverse("inbox"), {"view": "tray"}).content.decode()
    assert page.count("Place it with") == 1
    assert "Far Away" not in page


@pytest.mark.django_db
def test_nothing_is_placed_with_a_reader_of_another_branch() -> None:
    theirs, reply = make_thread(make_patron(branch=make_branch(), name="Far Away")), make_reply(None)
    user = make_staff()
    user.branches.add(make_branch())
    client = signed_in(user)
    for number in (theirs.pk, 2**70, "x", ""):
        page = client.post(reverse("inbox_place", args=[reply.pk]), {"thread": number}, follow=True).content.decode()
        assert "is not here any more" in page
        assert "Far Away" not in page
    assert Reply.objects.get().thread is None
    assert "Far Away" not in client.get(reverse("inbox_place", args=[reply.pk]), {"q": "far"}).content.decode()


@pytest.mark.django_db
def test_another_readers_thread_is_found_by_name_address_or_reference_and_chosen() -> None:
    thread, reply, client = make_thread(), make_reply(None), signed_in(make_staff())
    assert thread.patron
    where = reverse("inbox_place", args=[reply.pk])
    for words in ("mar", thread.patron.email, thread.request.reference, thread.patron.public_id):
        page = client.get(where, {"q": words}).content.decode()
        assert f'value="{thread.pk}">Place it here' in page, words
    assert "No thread of a reader like that" in client.get(where, {"q": "nobody at all \x00 %"}).content.decode()
    assert client.post(where, {"thread": thread.pk}).status_code == REDIRECT
    assert client.get(where).headers["Location"] == reverse("inbox_thread", args=[thread.pk])


@pytest.mark.django_db
def test_the_pages_put_away_and_bring_back() -> None:
    reply, client = make_reply(None, from_name="R. Marsh"), signed_in(make_staff())
    page = client.post(reverse("inbox_away", args=[reply.pk]), follow=True).content.decode()
    assert "Put away" in page
    assert "R. Marsh" in page
    assert "has found its reader" in page
    client.post(reverse("inbox_away", args=[reply.pk]), {"action": "back"})
    assert Reply.objects.unplaced().get() == reply


@pytest.mark.django_db
def test_what_was_put_away_is_listed_for_two_weeks_and_brought_back_from_there() -> None:
    by, client = make_staff(), signed_in(make_staff())
    reply, old = make_reply(None, from_name="R. Marsh"), make_reply(None, from_name="Long Ago")
    put_away_reply(reply=reply, by=by, now=timezone.now())
    put_away_reply(reply=old, by=by, now=timezone.now() - timedelta(days=15))
    page = client.get(reverse("inbox"), {"view": "away"}).content.decode()
    assert f"Put away by {by}" in page
    assert "R. Marsh" in page
    assert "Long Ago" not in page
    alone = client.get(reverse("inbox_place", args=[reply.pk])).content.decode()
    assert "Bring back" in alone
    assert "Place it" not in alone
    client.post(reverse("inbox_away", args=[reply.pk]), {"action": "back"})
    assert "Nothing was put away" in client.get(reverse("inbox"), {"view": "away"}).content.decode()
    assert Reply.objects.unplaced().get() == reply


@pytest.mark.django_db
def test_somebody_who_is_not_on_file_gets_a_record_and_an_answer() -> None:
    here, user = make_branch(), make_staff()
    user.branches.add(here)
    client, reply = signed_in(user), make_reply(None, from_address="new@example.org", from_name="Noor Haddad")
    page = client.get(reverse("inbox_place", args=[reply.pk])).content.decode()
    assert 'value="Noor Haddad"' in page
    where = reverse("inbox_meet", args=[reply.pk])
    bad = client.post(where, {"name": "Noor\nBcc: x", "language": "xx", "branch": make_branch().pk}).content.decode()
    assert bad.count("Choose one of the answers offered") == 4, "each on top of the page and beside its field"
    assert "Write this on one line" in bad
    assert not Patron.objects.exists()
    answer = client.post(where, {"name": "Noor H.", "language": "pt", "branch": here.pk}, follow=True)
    assert "Noor H. is on file now" in answer.content.decode()
    thread = Thread.objects.get()
    patron = thread.patron
    assert patron
    assert (patron.name, patron.email, patron.language) == ("Noor H.", "new@example.org", "pt")
    assert (patron.standing, patron.branch, patron.consents.count()) == ("provisional", here, 0)
    assert thread.waiting_since == NOON + HOUR
    answered = write(thread, user).message
    assert answered
    assert answered.to_address == "new@example.org"
    again = client.post(where, {"name": "Again"}, follow=True).content.decode()
    assert "It is placed already: here." in again
    client.post(reverse("inbox_away", args=[reply.pk]))
    assert "placed it or put it away meanwhile" in client.get(reverse("inbox")).content.decode()
    assert Patron.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("over", [{"from_address": ""}, {"from_address": "not one"}, {"kind": "auto_reply"}])
def test_nobody_begins_with_what_no_person_sent(over: dict[str, Any]) -> None:
    reply, client = make_reply(None, **over), signed_in(make_staff())
    assert "Somebody new" not in client.get(reverse("inbox_place", args=[reply.pk])).content.decode()
    page = client.post(reverse("inbox_meet", args=[reply.pk]), {"name": "A"}, follow=True).content.decode()
    assert "No answer could go to this sender" in page
    with pytest.raises(NobodyWrote):
        meet_reader(reply=reply, name="A", language="en", branch=None, now=LATER)
    assert not Patron.objects.exists()


@pytest.mark.django_db
def test_a_reader_nothing_was_exchanged_with_gets_a_thread() -> None:
    here, client = make_branch(), signed_in(make_staff())
    reader = make_patron("profile", name="Noor Haddad", branch=here)
    reply = make_reply(None, from_address=reader.email.upper(), subject="")
    where = reverse("inbox_place", args=[reply.pk])
    for words in ("", "noor"):
        assert f'value="{reader.pk}">Start a thread' in client.get(where, {"q": words}).content.decode(), words
    assert client.post(where, {"reader": reader.pk}).status_code == REDIRECT
    thread = Thread.objects.get()
    assert (thread.patron, thread.branch, thread.subject, thread.started_at) == (reader, here, "A mail", NOON + HOUR)
    assert thread.waiting_since == NOON + HOUR
    assert thread.promise
    assert "Noor Haddad" in client.get(reverse("inbox_thread", args=[thread.pk])).content.decode()
    write(thread, make_staff(), now=NOON + 3 * HOUR)
    assert not client.get(where, {"q": "noor"}).content.decode().count("Start a thread")
    client.post(reverse("inbox_undo", args=[thread.pk]))
    take_out_reply(reply=Reply.objects.get(), now=LATER)
    assert Reply.objects.unplaced().get() == reply
    assert Thread.objects.get().draft == "Yes, two of them.", "what was typed is not lost"


@pytest.mark.django_db
def test_no_thread_is_started_with_a_reader_of_another_branch_or_twice() -> None:
    reader, reply = make_patron(branch=make_branch(), name="Far Away"), make_reply(None)
    user = make_staff()
    user.branches.add(make_branch())
    client = signed_in(user)
    for number in (reader.pk, 2**70, "x", ""):
        client.post(reverse("inbox_place", args=[reply.pk]), {"reader": number})
    assert not Thread.objects.exists()
    start_thread(reply=reply, patron=reader, now=LATER)
    with pytest.raises(PlacedAlready):
        start_thread(reply=reply, patron=reader, now=LATER)
    assert Thread.objects.count() == 1
    take_out_reply(reply=Reply.objects.get(), now=LATER)
    assert not Thread.objects.exists()
