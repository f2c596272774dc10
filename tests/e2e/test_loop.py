"""The whole loop, by keyboard, in two languages: request, acknowledgement, letter, check-in, answer, score."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import sign_in
from tests.e2e.keyboard import press, tab_to, write_in
from tests.e2e.stack import Stack
from tests.smtp_sink import Received

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
HUMAN_SECONDS = 3.2  # faster than this, a form is held for review
WORDS = {
    "en": {
        "reader": "Ida Marsh",
        "book": "The Summer Book",
        "why": "You wrote about the calm.",
    },
    "es": {"reader": "Inés Roca", "book": "Platero y yo", "why": "Porque le gusta la calma."},
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_request_becomes_a_letter_an_answer_and_a_score(stack: Stack, context: BrowserContext, language: str) -> None:
    words = WORDS[language]
    address = f"ida.{language}@reader.example"
    reference = ask(context.new_page(), language, words["reader"], address)
    acknowledgement = wait_for_mail(stack, address, 1)
    assert reference in acknowledgement.text
    desk = context.new_page()
    sign_in(desk)
    answer_request(desk, reference, words)
    stack.manage("tick", "--now", (datetime.now(UTC) + timedelta(minutes=2)).isoformat())
    letter = wait_for_mail(stack, address, 2)
    for part in (letter.text, letter.html):
        assert words["why"] in part
        assert words["book"] in part
    assert "Amara Nkosi" in letter.text
    assert letter.mail["Reply-To"]
    three_weeks_on = (datetime.now(UTC) + timedelta(days=22)).replace(hour=12)
    stack.manage("tick", "--now", three_weeks_on.isoformat())
    check_in = wait_for_mail(stack, address, 3)
    assert words["book"] in str(check_in.mail["Subject"])
    answer_check_in(context.new_page(), stack, check_in, language)
    look_at_the_score(stack, desk, address, words["reader"])


def ask(page: Page, language: str, name: str, address: str) -> str:
    """Fill in the form with the keyboard; returns the reference on the confirmation page."""
    page.goto(f"/suggest/?language={language}")
    opened = time.monotonic()
    write_in(page, "[name='likes-0-title']", "The Remains of the Day")
    write_in(page, "[name='likes-0-why']", "What is not said moved me.")
    write_in(page, "[name=email]", address)
    write_in(page, "[name=name]", name)
    press(page, "[name=consent_check_in]", "Space")
    press(page, "[name=consent_profile]", "Space")
    page.wait_for_timeout(max(0, HUMAN_SECONDS - (time.monotonic() - opened)) * 1000)
    press(page, "#send")
    page.wait_for_url("**/suggest/sent/**")
    assert page.locator("html").get_attribute("lang") == language
    found = re.search(r"R-[0-9A-Z]{6}", page.inner_text("main"))
    assert found
    return found.group()


def answer_request(page: Page, reference: str, words: dict[str, str]) -> None:
    """From the today page to a sent letter, with the keyboard."""
    page.goto(f"/desk/requests/?q={reference}")
    press(page, "main ul.rows a, main table a")
    page.wait_for_url(re.compile(r"/desk/requests/\d+/$"))
    press(page, "a.btn-primary")
    page.wait_for_url("**/letter/")
    write_in(page, "#find", words["book"])
    page.wait_for_selector("#found [name=add]")
    press(page, "#found [name=add]")
    page.wait_for_selector("[name='picks-0-why']")
    write_in(page, "[name='picks-0-why']", words["why"])
    write_in(page, "#note", "These made me think of you.")
    tab_to(page, "[name=action][value=send]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/requests/\d+/$"))
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_be_visible()


def answer_check_in(page: Page, stack: Stack, mail: Received, language: str) -> None:
    """The button in the mail selects an answer; nothing is written before the reader sends it."""
    link = re.search(r"http://\S+/checkin/\S+loved", mail.text)
    assert link
    page.goto(link.group())
    assert page.locator("html").get_attribute("lang") == language
    expect(page.locator("input[type=radio][value=loved]").first).to_be_checked()
    assert not stack.rows(
        "select 1 from outreach_answer a join outreach_pick p on p.id = a.pick_id "
        "join outreach_letter l on l.id = p.letter_id join outreach_request r on r.id = l.request_id "
        "join patrons_patron t on t.id = r.patron_id where t.email = %s",
        f"ida.{language}@reader.example",
    )
    press(page, "[name=learned][value=yes]", "Space")
    press(page, "main form button.btn-primary")
    page.wait_for_url("**/thanks/**")


def look_at_the_score(stack: Stack, desk: Page, address: str, name: str) -> None:
    explained = json.loads(stack.manage("explain_score", address, "--json").strip().splitlines()[-1])
    assert explained["relational"] > 0
    assert explained["stage"] == "follow_up"
    assert {"letter", "check_in_answer"} <= {reason["kind"] for reason in explained["reasons"]}
    desk.goto(f"/desk/patrons/?q={address}")
    press(desk, "main ul.rows a, main table a")
    desk.wait_for_url(re.compile(r"/desk/patrons/P-"))
    card = desk.inner_text("main")
    assert name in card
    assert "follow-up" in card


def wait_for_mail(stack: Stack, address: str, number: int) -> Received:
    """The n-th mail to that address, from whoever sends it: the worker, woken by beat, or a tick."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        mails = [mail for mail in stack.sink.messages if address in mail.recipients]
        if len(mails) >= number:
            return mails[number - 1]
        time.sleep(0.3)
    raise AssertionError(
        f"mail {number} to {address} did not come; got {[m.mail['Subject'] for m in stack.sink.messages]}"
    )
