"""The loop through the pages and mails a reader and a librarian use, on a clock of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from django.test import Client

from catalog.models import Title
from library.models import User
from relcrm.desk.services.tick import run_tick
from tests.builders import PASSWORD
from tests.catalog.material import run_find
from tests.library.test_second_step import code_at
from tests.loop.members import Member
from tests.smtp_sink import Received, SmtpSink

ASKED = datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
NOTE = "I read your list twice and thought of these."
WHY = "For the way it listens."


@dataclass
class Clock:
    """The time everything reads."""

    at: datetime = ASKED

    def pass_by(self, **time: float) -> datetime:
        self.at += timedelta(**time)
        return self.at

    @contextmanager
    def running(self) -> Iterator[None]:
        with mock.patch("django.utils.timezone.now", side_effect=lambda: self.at):
            yield


@dataclass
class Story:
    """What became of one member's request."""

    member: Member
    titles: list[Title]
    reference: str
    request: int
    mails: list[Received]


def sign_in(user: User, *, second_step: bool = False) -> Client:
    """A browser in which this person has signed in, with a code of their app where they have one."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    if second_step:
        answer = client.post(answer.headers["Location"], {"code": code_at(time.time())})
        assert answer.status_code == 302, answer.content.decode()
    return client


def ask(member: Member, peer: int) -> str:
    """Send the form, each member from a home of their own; the reference of the confirmation page."""
    answer = Client(REMOTE_ADDR=f"198.51.100.{peer}").post("/suggest/", member.form(), follow=True)
    found = re.search(r"R-[0-9A-Z]{6}", answer.content.decode())
    assert found, answer.content.decode()
    return found.group()


def write_letter(desk: Client, member: Member, reference: str) -> tuple[int, list[Title]]:
    """Find the request on the desk, find a title for each search, send the letter."""
    listed = desk.get("/desk/requests/", {"q": reference}).content.decode()
    (request,) = set(re.findall(r"/desk/requests/(\d+)/", listed))
    titles = [Title.objects.get(pk=run_find(words)[0]["id"]) for words, _answer in member.visit.finds]
    fields = {"note": NOTE, "check_in_days": "21", "action": "send"}
    for number, title in enumerate(titles):
        fields |= {f"picks-{number}-title": str(title.pk), f"picks-{number}-why": WHY}
    answer = desk.post(f"/desk/requests/{request}/letter/", fields)
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/desk/requests/{request}/")
    return int(request), titles


def answer_check_in(story: Story, mail: Received) -> None:
    """Open the link of the mail, then send what the member says of each book."""
    page = Client()
    path = path_in(mail, "checkin")
    shown = page.get(path)
    assert shown.status_code == 200
    fields = {"learned": "yes", "comment": "Merci, 多谢."}
    said = {story.titles[number].pk: answer for number, (_words, answer) in enumerate(story.member.visit.finds)}
    for pick in shown.context["check_in"].letter.picks.all():
        fields |= {f"pick-{pick.pk}": said[pick.title_id], f"why-{pick.pk}": WHY}
    answer = page.post(path, fields, follow=True)
    assert [code for _url, code in answer.redirect_chain] == [302]


def path_in(mail: Received, purpose: str) -> str:
    """Where the plain link of this purpose leads, without what it pre-selects."""
    links = re.findall(rf"http://testserver/{purpose}/[^\s?]+", mail.text)
    assert links, mail.text
    return str(urlsplit(links[-1]).path)


def tick(clock: Clock) -> dict[str, Any]:
    done = run_tick(now=clock.at)
    assert done["errors"] == 0
    return done


def tell_all(people: list[Member], librarian: User, sink: SmtpSink, clock: Clock) -> list[Story]:
    """The whole loop for everybody: request, letter, three weeks, check-in, answer. Leaves the clock at the answer."""
    references = [ask(member, number) for number, member in enumerate(people, 1)]
    clock.pass_by(hours=5)
    desk = sign_in(librarian)
    sent = [write_letter(desk, member, reference) for member, reference in zip(people, references, strict=True)]
    clock.pass_by(minutes=2)
    tick(clock)
    clock.at = clock.pass_by(days=22).replace(hour=12, minute=0)
    tick(clock)
    stories = [
        Story(member, titles, reference, request, sink.to(member.address))
        for member, reference, (request, titles) in zip(people, references, sent, strict=True)
    ]
    clock.pass_by(hours=3)
    for story in stories:
        if "check_in" in story.member.visit.consents:
            answer_check_in(story, story.mails[-1])
    return stories
