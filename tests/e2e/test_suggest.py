"""The public form in a real browser: branching without scripts, errors, and the small comforts scripts add."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page of a browser that runs no scripts, on a small phone."""
    context = browser.new_context(
        base_url=stack.base, java_script_enabled=False, viewport={"width": 320, "height": 700}
    )
    yield context.new_page()
    context.close()


def test_without_scripts_a_reader_of_stories_meets_no_question_about_non_fiction(plain: Page) -> None:
    plain.goto("/suggest/?language=en")
    plain.check("[name=reads][value=fiction]")

    expect(plain.get_by_text("What are you in the mood for?")).to_be_visible()
    expect(plain.get_by_text("What kind of non-fiction?")).to_be_hidden()

    plain.check("[name=reads][value=nonfiction]")
    expect(plain.get_by_text("What are you in the mood for?")).to_be_hidden()
    expect(plain.get_by_text("What kind of non-fiction?")).to_be_visible()


def test_without_scripts_a_childs_form_asks_for_the_grown_up_and_offers_no_consents(plain: Page) -> None:
    plain.goto("/suggest/?language=en")
    expect(plain.locator("[name=consent_profile]")).to_be_visible()

    plain.check("[name=audience][value=child]")

    expect(plain.locator("label[for=id_email]")).to_have_text(
        "The email address of the child's grown-up", use_inner_text=True
    )
    expect(plain.locator("[name=consent_profile]")).to_be_hidden()


def test_without_scripts_another_book_can_be_named_and_nothing_scrolls_sideways(plain: Page) -> None:
    plain.goto("/suggest/?language=en")
    plain.get_by_text("Add another book you enjoyed").first.click()

    plain.fill("#id_likes-1-title", "Emma")
    for folded in plain.locator("summary:visible").all():
        folded.click()

    box = plain.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 320


def test_an_error_takes_the_focus_and_leads_to_its_field_by_keyboard(page: Page) -> None:
    page.goto("/suggest/?language=en")
    page.fill("#id_likes-0-title", "Emma")
    page.fill("#id_email", "iris@")
    page.press("#id_email", "Enter")

    expect(page).to_have_title("Error: What would you like to read next? · Northside Library")
    expect(page.locator(".problem")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_email")).to_be_focused()
    expect(page.locator("#id_likes-0-title")).to_have_value("Emma")


def test_a_slip_in_the_address_is_a_hint_that_can_be_ignored_or_taken(page: Page) -> None:
    page.goto("/suggest/?language=en")
    page.fill("#id_email", "iris@hotmial.com")
    page.press("#id_email", "Tab")

    page.get_by_role("button", name="Did you mean iris@hotmail.com?").click()

    expect(page.locator("#id_email")).to_have_value("iris@hotmail.com")


def test_a_bare_form_finds_nothing_wrong_with_axe_in_light_and_dark(browser: Browser, stack: Stack) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=stack.base, color_scheme=scheme)
        page = context.new_page()
        for path in ("/suggest/", "/suggest/embed/"):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(function (part) { part.open = true; })")
            assert Axe().run(page).response["violations"] == []
        context.close()
