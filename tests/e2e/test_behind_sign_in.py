"""What only exists once something has happened: card, merge, many at once, needs, my page; as in test_every_page."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in
from tests.e2e.stack import Stack
from tests.e2e.test_every_page import UNFOLD, axe_problems, look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
STAGE = "from tests.e2e.one_of_everything import stage; stage()"


@pytest.fixture(scope="module")
def places(stack: Stack) -> dict[str, str]:
    """Addresses by name, of a library where everything has happened once."""
    last = stack.manage("shell", "--no-imports", "-c", STAGE).splitlines()[-1]
    found: dict[str, str] = json.loads(last)
    return found


def look(page: Page, stack: Stack, paths: list[str]) -> list[str]:
    """Every one of them is there, and nothing is wrong with it, the folded parts open."""
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.url.split("#")[0] == stack.base + path, path
    return look_at(page, stack, paths, unfolded=True)


def test_one_reader_and_two_that_are_one(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page)
    card = places["card"]
    paths = [card, f"{card}edit/", f"{card}reasons/", places["merged"], "/desk/patrons/duplicates/", places["merge"]]
    assert look(page, stack, paths) == []


def test_many_readers_at_once(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page)
    page.goto("/desk/patrons/?audience=adult")
    paths = ["/desk/patrons/?audience=adult", "/desk/patrons/?q=lighthouse", places["done"], places["undone"]]
    assert look(page, stack, [*paths, places["table"], places["running"]]) == []


def test_needs_services_and_whom_to_ring(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page)
    paths = ["/needs/", "/services/", "/services/new/", places["service"], places["reason"]]
    assert look(page, stack, paths) == []


def test_words_that_wait_in_the_inbox(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page)
    assert look(page, stack, [places["thread"], places["comment"], places["tray"]]) == []


def test_a_note_says_what_is_missing_and_opens(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page)
    page.goto(places["card"])
    page.evaluate(UNFOLD)
    page.locator("form[action$='/notes/'] button").last.click()
    expect(page).to_have_title(re.compile("^Error:"))
    assert axe_problems(page) == []


def test_who_looked_at_notes(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page, "manager")
    assert look(page, stack, ["/reports/notes/", "/services/"]) == []


def test_what_was_done_and_how_long_it_is_kept(stack: Stack, page: Page, places: dict[str, str]) -> None:
    sign_in(page, "admin")
    assert look(page, stack, ["/desk/settings/audit/", "/desk/settings/retention/", "/accounts/sessions/"]) == []


def test_what_a_reader_sees_of_themselves(stack: Stack, page: Page, places: dict[str, str]) -> None:
    assert look(page, stack, [places["sent"], places["my"], places["address"]]) == []
    page.goto(places["my"])
    page.locator("main form button").first.click()
    page.wait_for_url("**/my/page/")
    assert look(page, stack, ["/my/page/", "/my/page/numbers/"]) == []
    page.goto("/my/page/")
    page.locator("form[action='/my/page/erase/'] button").click()
    page.wait_for_url("**/my/page/erase/")
    assert axe_problems(page) == []
