"""Reports on screen: every number leads to its meaning, pages stand without pictures, nobody sees too much."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis.exceptions import RedisError

from engagement.services.reports.pictures import picture_key
from engagement.services.reports.shapes import Report
from engagement.services.reports.wording import say_value
from engagement.tasks import draw_pictures, make_board_report
from library.models import User
from tests.builders import make_branch, make_staff
from tests.engagement.reported import EFFORT, HOSTILE, MIX_TABLE, OVERVIEW, POINTS_TABLE, REPORT
from tests.engagement.test_report_files import numbers_of

pytestmark = pytest.mark.django_db
VIEWS = ("reports", "report_files")


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    cache.clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages show the made-up report, of whatever period and slice is asked for."""

    def read(*, parts: Sequence[str], **asked: Any) -> Report:
        return replace(
            REPORT,
            period=asked["period"],
            slice=asked["slice_"],
            parts=tuple(part for part in REPORT.parts if part.key in parts),
        )

    for view in VIEWS:
        monkeypatch.setattr(f"engagement.views.{view}.read_report", read)
    monkeypatch.setattr(
        "engagement.views.report_figures.read_with_branches", lambda **asked: (read(**asked), lambda _part: {})
    )


def sign_in(role: str = "manager", **over: Any) -> Client:
    client = Client()
    client.force_login(make_staff(role, **over))
    return client


def words_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


@pytest.mark.usefixtures("told")
def test_the_page_says_every_number_and_leads_to_its_meaning() -> None:
    client = sign_in("viewer")
    said = {
        "overview": client.get("/reports/").content,
        "effort": client.get("/reports/effort/").content,
        "contact_mix": client.get("/reports/contact-mix/").content,
    }
    for part in REPORT.parts:
        words = words_of(said[part.key])
        for _name, _column, value, unit in numbers_of(replace(REPORT, parts=(part,))):
            assert say_value(value, unit) in words
        for one in part.figures + part.tables:
            assert f'href="/reports/figure/{one.key}/?quarter=' in said[part.key].decode()
            assert client.get(f"/reports/figure/{one.key}/").status_code == 200
    assert "up from 31 %" in words_of(said["overview"])
    assert "<script>alert" not in said["contact_mix"].decode()
    assert 'style="' not in said["contact_mix"].decode()


@pytest.mark.usefixtures("told")
def test_definitions_stand_on_one_page_with_a_place_for_each() -> None:
    page = sign_in().get("/reports/definitions/").content.decode()
    for part in (OVERVIEW, EFFORT):
        for one in part.figures + part.tables:
            assert f'<dt id="{one.key}">' in page
            assert one.definition in page


@pytest.mark.usefixtures("told")
def test_a_page_without_pictures_asks_for_them_and_then_shows_them(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in()
    key = picture_key(POINTS_TABLE)
    with django_capture_on_commit_callbacks() as woken:
        page = client.get("/reports/").content.decode()
    assert len(woken) == 1
    assert f'hx-get="/reports/picture/{key}/?times=0"' in page
    assert f"/reports/picture/{key}/?times=1" in client.get(f"/reports/picture/{key}/?times=0").content.decode()
    assert "There is no picture now" in client.get(f"/reports/picture/{key}/?times=20").content.decode()
    draw_pictures([key])
    for shown in (client.get(f"/reports/picture/{key}/"), client.get("/reports/")):
        assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown.content.decode()
        assert "hx-trigger" not in shown.content.decode()
    assert "no picture now" in client.get("/reports/picture/unknown/?times=x").content.decode()


@pytest.mark.usefixtures("told")
def test_a_hostile_name_is_text_in_page_and_picture() -> None:
    client = sign_in()
    client.get("/reports/contact-mix/")
    draw_pictures([picture_key(MIX_TABLE)])
    page = client.get("/reports/contact-mix/").content.decode()
    assert "<svg" in page
    assert "<script>alert" not in page
    assert HOSTILE in words_of(page.encode())


@pytest.mark.usefixtures("told")
def test_the_board_report_is_asked_for_made_and_fetched(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in("viewer")
    with django_capture_on_commit_callbacks() as woken:
        sent = client.get("/reports/board.pdf?quarter=2026-Q3")
        assert sent.status_code == 302
        waiting = client.get(sent["Location"])
    assert len(woken) == 1  # asked once, however often somebody looks
    assert waiting["Refresh"].startswith("2; url=/reports/board/")
    assert "It is being set" in waiting.content.decode()
    make_board_report(sent["Location"].split("/")[3])
    fetched = client.get(sent["Location"])
    assert fetched["Content-Type"] == "application/pdf"
    assert fetched.content.startswith(b"%PDF-")
    assert client.get(sent["Location"].replace("quarter", "times=99&quarter")).content == fetched.content
    looked = client.get(waiting["Refresh"].partition("url=")[2])  # the page itself says that it is set, and fetches it
    assert "It is being set" not in looked.content.decode()
    assert looked["Refresh"] == f"0; url={sent['Location']}"
    assert client.get("/reports/board/unknown/").status_code == 404


@pytest.mark.usefixtures("told")
def test_a_board_report_nobody_sets_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    sent = client.get("/reports/board.pdf")
    late = client.get(sent["Location"] + "&times=30")
    assert "Refresh" not in late
    assert "manage.py doctor" in late.content.decode()

    def away(*_: object, **__: object) -> None:
        raise RedisError("away")

    monkeypatch.setattr(type(cache._connections[cache._alias]), "add", away)  # type: ignore[attr-defined]  # the backend behind it
    assert client.get("/reports/board.pdf").status_code == 503


@pytest.mark.usefixtures("told")
def test_files_carry_what_was_asked_for_in_their_names() -> None:
    branch = make_branch(slug="north", name="North")
    client = sign_in()
    for asked in (f"of=branch-{branch.slug}", f"branch={branch.slug}"):
        for form in ("csv", "xlsx"):
            sent = client.get(f"/reports/overview.{form}?quarter=2026-Q3&{asked}")
            assert f"relationships-2026-Q3-branch-north.{form}" in sent["Content-Disposition"]
    assert "North" in client.get("/reports/overview.csv?of=branch-north").content.decode()
    assert "readers of Español" in client.get("/reports/overview.csv?of=language-es").content.decode()


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "query", ["quarter=x", "of=branch-99", "of=language-xx", "quarter=9999-Q9&of=%00", "of=' OR 1"]
)
def test_choices_nobody_offered_fall_back(query: str) -> None:
    client = sign_in()
    for path in (
        "/reports/",
        "/reports/effort/",
        "/reports/definitions/",
        "/reports/overview.csv",
        "/reports/figure/points/",
    ):
        assert client.get(f"{path}?{query}").status_code == 200
    assert "all branches" in words_of(client.get(f"/reports/?{query}").content)


@pytest.mark.usefixtures("told")
def test_what_does_not_exist_is_not_found_and_what_is_not_for_you_is_refused() -> None:
    assert sign_in().get("/reports/nowhere/").status_code == 404
    assert sign_in().get("/reports/figure/nothing/").status_code == 404
    assert sign_in("admin").get("/reports/figure/letters/").status_code == 403
    assert sign_in().post("/reports/effort/").status_code == 405


@pytest.mark.usefixtures("told")
def test_the_monthly_mail_is_wished_for_and_ended_with_one_button() -> None:
    client = sign_in(email="m@example.org")
    assert "Mail me the report each month" in client.get("/reports/").content.decode()
    client.post("/reports/monthly/", {"monthly": "yes"})
    assert User.objects.get(email="m@example.org").board_report
    page = client.get("/reports/").content.decode()
    assert "Stop the monthly mail" in page
    client.post("/reports/monthly/", {"monthly": "no"})
    assert not User.objects.get(email="m@example.org").board_report
    nobody = sign_in()
    nobody.post("/reports/monthly/", {"monthly": "yes"})
    assert "no e-mail address here yet" in nobody.get("/reports/").content.decode()


@pytest.mark.parametrize(
    "page", ["", "people/", "effort/", "outcomes/", "contact-mix/", "needs/", "experiments/", "load/"]
)
def test_an_empty_library_has_pages_that_say_what_to_do(page: str) -> None:
    said = sign_in("viewer").get(f"/reports/{page}")
    assert said.status_code == 200
    assert "Nothing to count" in said.content.decode()
    assert ("/suggest/" in said.content.decode()) == (page != "experiments/")


def test_an_empty_page_says_where_to_go_from_there() -> None:
    make_branch(slug="north", name="North")
    manager = sign_in()
    of_all, of_one = (manager.get(f"/reports/experiments/{of}").content.decode() for of in ("", "?of=branch-north"))
    assert "/desk/settings/experiments/" in of_all
    assert "at all branches" not in of_all
    assert "at all branches</a>" in of_one


@pytest.mark.usefixtures("told")
def test_another_quarter_of_a_number_is_the_same_number() -> None:
    page = sign_in().get("/reports/figure/letters/?part=overview").content.decode()
    assert '<input type="hidden" name="part" value="overview">' in page


def test_an_address_that_is_not_there_leads_staff_back_to_their_work() -> None:
    page = sign_in("viewer").get("/reports/nothing/")
    assert page.status_code == 404
    assert b"Back to today" in page.content
    assert b"Ask for a fresh link" not in page.content
    assert b"Ask for a fresh link" in Client().get("/nothing/").content
