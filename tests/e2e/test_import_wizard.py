"""A librarian brings in a file of the library system, with the worker, the beat and a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in
from tests.e2e.stack import Stack
from tests.e2e.test_every_page import axe_problems, look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HEADER = "cardnumber,surname,firstname,email,branchcode,categorycode,dateenrolled,dateexpiry\n"
PEOPLE = "".join(
    f"E{number:05},Reader{number},Ann,ann{number}@example.org,CPL,PT,2020-01-02,2030-01-02\n" for number in range(40)
)
FAULTY = "E99991,Faulty,Ben,not an address,CPL,PT,someday,2030-01-02\n,Nobody,,,,,,\n"
OTHER = "barcode;who;mail\nZ1;Zora Able;zora@example.org\nZ2;Yann Brook;yann@example.org\n"


def choose(page: Page, path: Path, what: str = "patrons") -> None:
    page.goto("/desk/imports/")
    page.click("text=Bring in a file")
    page.check(f"#what-{what}")
    page.set_input_files("[name=file]", path)
    page.click("text=Look at it")


@pytest.fixture
def desk(page: Page) -> Page:
    sign_in(page)
    return page


def test_from_the_file_to_the_report_and_back(desk: Page, stack: Stack, tmp_path: Path) -> None:
    before = stack.rows("select count(*) from patrons_patron")[0][0]
    path = tmp_path / "members.csv"
    path.write_text(HEADER + FAULTY + PEOPLE)
    choose(desk, path)
    expect(desk.locator("#taken")).to_contain_text("Koha")
    assert desk.locator("tbody tr").count() >= 20
    assert axe_problems(desk) == []
    assert not desk.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    desk.click("text=Try it out, write nothing")
    expect(desk.locator("#numbers")).to_have_text("What would happen", timeout=60_000)
    assert stack.rows("select count(*) from patrons_patron")[0][0] == before
    assert axe_problems(desk) == []
    desk.click("text=Bring it in")
    expect(desk.locator("#numbers")).to_have_text("What happened", timeout=60_000)
    assert stack.rows("select count(*) from patrons_patron")[0][0] >= before + 40
    with desk.expect_download() as download:
        desk.click("text=/Download the \\d+ left out/")
    assert Path(download.value.path()).read_text(encoding="utf-8-sig").startswith("line,field,value,reason")
    pages = ["/desk/imports/", "/desk/imports/new/", desk.url]
    assert look_at(desk, stack, pages) == []
    desk.click("text=Undo this import")
    expect(desk.locator("#undone")).to_contain_text("Undone on", timeout=60_000)
    assert stack.rows("select count(*) from patrons_patron")[0][0] == before


def test_columns_by_hand_are_asked_for_and_remembered(desk: Page, stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(OTHER)
    choose(desk, path)
    expect(desk.locator("legend").first).to_have_text("Where does this file come from?")
    assert look_at(desk, stack, [desk.url]) == []
    for field, column in (("card", "barcode"), ("name", "who"), ("email", "mail")):
        desk.select_option(f"[name=field-{field}]", column)
    desk.click("text=Show the first rows")
    expect(desk.locator("tbody")).to_contain_text("Zora Able")
    desk.click("text=Forget this file")
    expect(desk.locator("#said")).to_contain_text("is forgotten")
    choose(desk, path)
    expect(desk.locator("#taken")).to_have_text("Columns as a colleague mapped them")
    desk.click("text=Forget this file")


def test_a_file_nobody_can_read_is_answered_beside_the_field(desk: Page, stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "letter.csv"
    path.write_bytes(b"%PDF-1.7 a letter")
    choose(desk, path)
    expect(desk.locator("[role=alert]")).to_be_focused()
    assert desk.title().startswith("Error:")
    assert axe_problems(desk) == []
    assert stack.rows("select count(*) from library_importrun where file_name = 'letter.csv'")[0][0] == 0
