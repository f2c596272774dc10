"""While all mail is paused an answer waits, and the inbox says so instead of counting down."""

from __future__ import annotations

import pytest
from django.urls import reverse

from outreach.models import Thread
from outreach.services.postbox import pause_mail, resume_mail
from tests.builders import NOON, make_staff
from tests.outreach.inboxes import HOUR, make_waiting, signed_in, write


@pytest.mark.django_db
def test_an_answer_waits_for_as_long_as_mail_is_paused() -> None:
    thread, user = make_waiting(), make_staff()
    client, where = signed_in(user), reverse("inbox_thread", args=[thread.pk])
    assert "All mail is paused" not in client.get(where).content.decode()
    pause_mail(by=None, because="The mail server moves.", now=NOON)
    assert "All mail is paused" in client.get(where).content.decode()
    turn = write(Thread.objects.get(pk=thread.pk), user)
    for page in (client.get(where), client.get(reverse("inbox"), {"done": f"turn-{turn.pk}"})):
        words = page.content.decode()
        assert "has not left yet: all mail is paused." in words
        assert "data-seconds" not in words
        assert "Undo sending" in words
    resume_mail(by=user, now=NOON + 3 * HOUR)
    words = client.get(where).content.decode()
    assert "has not left yet." in words
    assert "data-seconds" in words
