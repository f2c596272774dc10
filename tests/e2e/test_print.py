"""Pages on paper: nothing is cut off at the end of a sheet, and whoever reads in the dark prints dark on white."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
# A room in a flexible row is not broken over sheets: what reaches over the end of one is cut off.
IN_FLEXIBLE_ROWS = """[...document.querySelectorAll('main .room')]
    .filter(room => getComputedStyle(room.parentElement.parentElement).display === 'flex').length"""
LIGHTEST_WORDS = """Math.max(...[...document.querySelectorAll('main :is(h1, p, td, th, .figure-big)')]
    .map(one => Math.max(...getComputedStyle(one).color.match(/[0-9]+/g).slice(0, 3).map(Number))))"""
MIDDLE = 128


@pytest.mark.parametrize("path", ["/reports/", "/reports/figure/letters/", "/desk/settings/rules/"])
def test_a_report_on_paper_is_whole_and_dark_on_white(page: Page, path: str) -> None:
    sign_in(page, "manager")
    page.goto(path)
    page.locator("[data-theme-switch]").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.emulate_media(media="print")
    assert page.evaluate(IN_FLEXIBLE_ROWS) == 0
    assert page.evaluate(LIGHTEST_WORDS) < MIDDLE
