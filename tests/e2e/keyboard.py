"""Using a page with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_TABS = 150


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what has the focus matches the selector; fails when the keyboard cannot reach it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector} on {page.url}")


def write_in(page: Page, selector: str, words: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


def press(page: Page, selector: str, key: str = "Enter") -> None:
    tab_to(page, selector)
    page.keyboard.press(key)
