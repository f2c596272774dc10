"""The desk by keyboard: `/`, `?`, `j`, `k`, never while someone types, and off when switched off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page) -> Page:
    sign_in(page)
    page.goto("/desk/patrons/")
    return page


def test_j_and_k_go_through_the_list_and_enter_opens(desk: Page) -> None:
    links = desk.locator("[data-rows] > li a")
    desk.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    desk.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    desk.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    desk.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    name = links.nth(0).inner_text()
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text(name)


def test_slash_finds_and_typing_is_only_typing(desk: Page) -> None:
    desk.keyboard.press("/")
    box = desk.locator("[data-search]")
    expect(box).to_be_focused()
    desk.keyboard.type("j/k?")
    expect(box).to_have_value("j/k?")
    expect(desk.locator("#keys")).to_be_hidden()


def test_the_keys_explain_themselves_and_can_be_switched_off(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.locator("#keys-switch").uncheck()
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).to_be_hidden()
    desk.reload()
    desk.keyboard.press("j")
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_hidden()
    expect(desk.locator("[data-rows] > li a").first).not_to_be_focused()
    desk.locator("[data-keys-open]").click()
    desk.locator("#keys-switch").check()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    expect(desk.locator("[data-rows] > li a").first).to_be_focused()


def test_shortcuts_of_the_browser_stay_with_the_browser(desk: Page) -> None:
    desk.keyboard.press("Control+j")
    expect(desk.locator("[data-rows] > li a").first).not_to_be_focused()
