"""A letter in the browser: saved while it is typed, never overwritten by another tab, taken back after sending."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import sign_in
from tests.e2e.stack import Stack

pytestmark = pytest.mark.browser
# The newest request: other tests of this session answer the oldest.
WAITING = "select id from outreach_request where state = 'waiting' and language = 'en' order by asked_at desc limit 1"
DRAFT = "select note from outreach_letter where request_id = %s"


@pytest.fixture
def asked(stack: Stack) -> int:
    pk: int = stack.rows(WAITING)[0][0]
    return pk


@pytest.fixture
def letter(page: Page, asked: int) -> Page:
    sign_in(page)
    page.goto(f"/desk/requests/{asked}/letter/")
    return page


def test_typed_words_are_saved_and_another_tab_overwrites_nothing(
    letter: Page, context: BrowserContext, stack: Stack, asked: int
) -> None:
    other = context.new_page()
    other.goto(letter.url)
    letter.locator("#note").fill("Words of the first tab")
    expect(letter.locator("#saved")).to_contain_text("Draft saved")
    assert stack.rows(DRAFT, asked) == [("Words of the first tab",)]

    other.locator("#note").fill("Words of the second tab")
    expect(other.locator("#conflict")).to_contain_text("Words of the first tab")
    expect(other.locator("#note")).to_have_value("Words of the second tab")
    assert stack.rows(DRAFT, asked) == [("Words of the first tab",)]

    other.get_by_role("button", name="Keep my text").press("Enter")
    expect(other.locator("#conflict")).to_be_empty()
    assert stack.rows(DRAFT, asked) == [("Words of the second tab",)]
    letter.reload()
    expect(letter.locator("#note")).to_have_value("Words of the second tab")


def test_a_sent_letter_is_taken_back_and_is_a_draft_again(letter: Page, stack: Stack, asked: int) -> None:
    letter.locator("#find").fill("sea")
    letter.locator("#found button").first.press("Enter")
    why = letter.locator("[name=picks-0-why]")
    expect(why).to_be_focused()
    letter.keyboard.type("You asked for the sea.")
    letter.locator("#note").fill("Dear reader, this one smells of salt.")
    letter.get_by_role("button", name="Send letter").press("Enter")
    undo = letter.locator("#undo button")
    expect(undo).to_contain_text("Undo sending (")  # it counts the seconds down
    undo.press("Enter")
    expect(letter.locator("#said")).to_contain_text("The letter did not leave")
    expect(letter.locator("#note")).to_have_value("Dear reader, this one smells of salt.")
    expect(why).to_have_value("You asked for the sea.")
    state = "select state from outreach_message where purpose = 'letter' and state in ('queued', 'sending')"
    assert stack.rows(state) == []
    assert stack.rows("select state from outreach_request where id = %s", asked) == [("waiting",)]
