"""A complaint waits in the inbox as one, and a librarian can settle it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from outreach.models import Message, Reply, Thread
from outreach.services.placing import place_reply
from outreach.services.reports_on_mail import act_on_complaint, tell_of_complaint
from tests.builders import NOON, make_staff
from tests.outreach.inboxes import HOUR, make_reply, make_thread, make_waiting, signed_in
from tests.outreach.test_delivery import queue

pytestmark = pytest.mark.django_db
UNWANTED = "called our mail unwanted"


@pytest.fixture
def librarian() -> Client:
    return signed_in(make_staff(name="Amara Nkosi"))


def complain(thread: Thread) -> None:
    """The reader's mail service tells of a mail that left in this thread."""
    message = queue(thread.patron, "9")
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOON, thread=thread)
    act_on_complaint(message=message, words="abuse", at=NOON + HOUR, now=NOON + HOUR)
    tell_of_complaint(message=message, thread=thread, words="abuse", at=NOON + HOUR, now=NOON + HOUR)


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_it_is_seen_in_the_list_and_in_its_thread_and_set_aside_and_back(librarian: Client) -> None:
    thread = make_thread()
    complain(thread)
    assert UNWANTED in page(librarian, "inbox")
    inside = page(librarian, "inbox_thread", thread.pk)
    assert UNWANTED in inside
    assert "No mail goes there any more." in inside
    assert "The address takes no mail from us." in inside
    librarian.post(reverse("inbox_done", args=[thread.pk]))
    thread.refresh_from_db()
    assert thread.waiting_since is None
    assert Reply.objects.get().handled_at
    assert UNWANTED not in page(librarian, "inbox")
    librarian.post(reverse("inbox_undo", args=[thread.pk]))
    assert UNWANTED in page(librarian, "inbox")


def test_it_is_said_beside_words_that_waited_before(librarian: Client) -> None:
    thread = make_waiting(text="Is there another one?")
    complain(thread)
    seen = page(librarian, "inbox")
    assert "Is there another one?" in seen
    assert UNWANTED in seen


def test_one_nobody_can_prove_is_shown_and_nobody_claims_that_mail_stopped(librarian: Client) -> None:
    thread = make_thread()
    place_reply(reply=make_reply(None, kind="complaint", text="abuse"), thread=thread, now=NOON + 2 * HOUR)
    inside = page(librarian, "inbox_thread", thread.pk)
    assert "Nothing proves it, so nothing followed from it." in inside
    assert "No mail goes there" not in inside
    assert UNWANTED not in page(librarian, "inbox")
