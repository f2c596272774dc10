"""A reader writes back to the address in our mail, the librarian answers in place, and the answer reaches them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in
from tests.e2e.keyboard import press, write_in
from tests.e2e.stack import Stack
from tests.e2e.test_loop import wait_for_mail
from tests.smtp_sink import Received

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
READER, NAME = "nora.vale@reader.example", "Nora Vale"
THEIRS = "<nora-1@reader.example>"
ROWS = 25  # of a page of the inbox
QUESTION = "I loved the calm of it. Do you have anything by Barbara Pym?"
ANSWER = "Excellent Women lies at the desk for you."
LETTER = f"""
from django.utils import timezone
from catalog.models import Title
from library.models import LibrarySettings, User
from outreach.services.letters import send_letter
from tests.builders import make_letter, make_patron, make_request
now, amara = timezone.now(), User.objects.get(username="librarian")
LibrarySettings.objects.update(undo_seconds=0)
request = make_request(make_patron("profile", name="{NAME}", email="{READER}"), asked_at=now)
letter = make_letter(request, titles=(Title.objects.order_by("pk")[0],), librarian=amara, saved_at=now)
send_letter(letter=letter, librarian=amara, now=now)
"""
UNDO = "from library.models import LibrarySettings\nLibrarySettings.objects.update(undo_seconds=60)"
THREAD = (
    "select t.waiting_since, p.kept_at is not null from outreach_thread t join patrons_patron r on r.id = t.patron_id"
    " left join engagement_promise p on p.patron_id = r.id where r.email = %s"
)


@pytest.fixture
def letter(stack: Stack) -> Iterator[Received]:
    """A letter as it lies in the reader's mailbox. Until the test is over, nothing waits for an undo."""
    stack.manage("shell", "--no-imports", "-c", LETTER)
    stack.manage("tick")
    yield wait_for_mail(stack, READER, 1)
    stack.manage("shell", "--no-imports", "-c", UNDO)


def test_a_reply_finds_its_librarian_and_is_answered_in_place(stack: Stack, page: Page, letter: Received) -> None:
    taken = json.loads(stack.manage("receive_mail", "--json", typed=reply_to(letter)).splitlines()[-1])
    assert (taken["kind"], taken["text"], taken["matched"]) == ("reply", QUESTION, True)
    sign_in(page)
    page.goto("/desk/inbox/?view=mine")
    row = page.locator("[data-rows] > li", has_text=NAME)
    expect(row).to_contain_text(QUESTION)
    for _ in range(ROWS):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.innerText") == NAME:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/inbox/\d+/"))
    expect(page.locator("ol.time .said").last).to_have_text(QUESTION)
    write_in(page, "#words", ANSWER)
    press(page, "#answer [value=send]")
    page.wait_for_url("**/desk/inbox/?view=mine&done=*")
    answer = wait_for_mail(stack, READER, 2)
    assert answer.mail["In-Reply-To"] == THEIRS
    assert THEIRS in str(answer.mail["References"])
    assert answer.mail["Reply-To"] == letter.mail["Reply-To"]
    assert str(answer.mail["From"]).startswith("Amara Nkosi <")
    for part in (answer.text, answer.html):
        assert ANSWER in part
    page.reload()
    expect(row).to_have_count(0)
    page.goto("/desk/inbox/?view=done")
    expect(row).to_contain_text(ANSWER)
    expect(row.get_by_role("button")).to_have_count(0)
    assert stack.rows(THREAD, READER) == [(None, True)]


def reply_to(letter: Received) -> str:
    """As a mail program answers: above our words, to the address our mail names."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"{NAME} <{READER}>", letter.mail["Reply-To"]
    mail["Subject"] = f"Re: {letter.mail['Subject']}"
    mail["Message-ID"], mail["In-Reply-To"] = THEIRS, letter.mail["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    mail.set_content(f"{QUESTION}\n\nOn Sun, Nov 22, 2026 at 6:03 PM {letter.mail['From']} wrote:\n\n{quoted}\n")
    return mail.as_string()
