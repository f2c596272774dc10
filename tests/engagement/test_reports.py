"""The first report: right numbers, small ones hidden, the same on screen, in CSV and in JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from engagement.models import Interaction
from engagement.services.promises import keep_promise, make_promise
from engagement.services.reports.exports import overview_csv, overview_facts
from engagement.services.reports.overview import Overview, quarter_to_open, read_overview
from engagement.services.reports.periods import quarter_of, quarters_until
from engagement.services.reports.pictures import draw_bars
from engagement.services.reports.sentences import say_points, say_stages
from engagement.services.scores import forget_profile
from library.models import Branch
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "report.schema.json"


def loop(patron: Patron, *, answer: str = "loved", wait_days: float = 3, late: bool = False) -> None:
    """One reader's way from the request to the answer, in this quarter."""
    branch = patron.branch
    promise = make_promise(kind="letter", patron=patron, branch=branch, due_at=NOON - 20 * DAY, now=NOON - 30 * DAY)
    keep_promise(promise=promise, now=NOON - (19 if late else 21) * DAY)
    record("request", patron, NOON - 30 * DAY, branch=branch, now=NOON)
    record("letter", patron, NOON - 21 * DAY, started_by="library", wait_minutes=round(wait_days * 1440), now=NOON)
    record("check_in", patron, NOON - 2 * DAY, started_by="library", now=NOON)
    if answer:
        record("check_in_answer", patron, NOON - DAY, value="closed", now=NOON)
        record("pick_answer", patron, NOON - DAY, value=answer, now=NOON)


def readers(count: int, *consents: str, branch: Branch | None = None) -> Iterable[Patron]:
    return [make_patron(*consents, branch=branch) for _ in range(count)]


def overview(branch: Branch | None = None) -> Overview:
    return read_overview(period=quarter_of(NOON.date()), branch=branch, now=NOON)


def values(report: Overview) -> dict[str, Any]:
    return {figure.key: figure.value for figure in report.figures}


@pytest.mark.parametrize("consents", [("profile",), ()])
def test_the_loop_in_numbers_with_and_without_profiles(consents: tuple[str, ...]) -> None:
    for number, patron in enumerate(readers(10, *consents)):
        loop(patron, answer="loved", wait_days=number + 1)
    for patron in readers(10, *consents):
        loop(patron, answer="not_for_me", late=True, wait_days=5)
    for patron in readers(12, *consents):
        loop(patron, answer="", wait_days=5)
    shown = values(overview())
    assert shown == {
        "requests": 32,
        "letters": 32,
        "median_wait": 5.0,
        "nine_of_ten_wait": 6.9,
        "promises_kept": 69,
        "check_ins": 32,
        "answer_rate": 62,
        "books_answered": 20 if consents else HIDDEN_BY_EIGHT_ANSWERS,
        "loved_or_liked": 50 if consents else HIDDEN_BY_EIGHT_ANSWERS,
    }


HIDDEN_BY_EIGHT_ANSWERS = "*"  # ten answers without names could come from two letters


def test_seven_readers_are_hidden_in_every_cell() -> None:
    for patron in readers(7, "profile"):
        loop(patron)
    report = overview()
    assert set(values(report).values()) == {"*"}
    assert [(row.label, row.relational, row.transactional) for row in report.points] == [
        ("Oct 2026", 0, "*"),
        ("Nov 2026", "*", "*"),
    ]
    assert {row.stage: row.people for row in report.stages} == {
        "proactive": 0, "follow_up": "*", "reactive": 0, "basic": 0
    }  # fmt: skip
    assert report.growth is None


def test_one_busy_address_is_one_person_however_many_records_it_has() -> None:
    for consents in ((), ("profile",)):
        for _ in range(12):
            loop(make_patron(*consents, email="Busy@example.org"))
    assert {values(overview())[key] for key in ("requests", "letters", "check_ins", "median_wait")} == {"*"}


def test_points_by_month_and_growth_of_a_quarter_that_is_over() -> None:
    for patron in readers(9, "profile"):
        record("referral", patron, NOON - 95 * DAY, now=NOON)
        record("referral", patron, NOON, now=NOON)
        record("letter", patron, NOON, started_by="library", now=NOON)
    report = overview()
    assert [(row.label, row.relational, row.transactional) for row in report.points] == [
        ("Aug 2026", 144, 0),
        ("Nov 2026", 198, 54),
    ]
    low, high = draw_bars(report.points)
    assert high.relational_height + high.transactional_height == pytest.approx(140)
    assert low.relational_height == 80.0
    assert low.left < high.left
    assert (report.is_running, report.growth) == (True, None)
    assert say_points(report).startswith("This period still runs")
    over = read_overview(period=quarter_of(NOON.date()), branch=None, now=NOON + 60 * DAY)
    assert (over.is_running, over.growth) == (False, 38)
    assert say_points(over) == "Relational points grew 38 % against the period before."


def test_points_rest_only_on_the_readers_who_brought_them() -> None:
    for patron in readers(30, "profile"):
        record("loan", patron, now=NOON)
    for patron in [*readers(2, "profile"), *readers(2)]:
        record("referral", patron, now=NOON)
    row = overview().points[-1]
    assert (row.relational, row.transactional) == ("*", 30)


def test_a_branch_that_would_be_found_by_difference_is_hidden_too() -> None:
    small, middle, large = (make_branch(name=name, slug=name.lower()) for name in ("S", "M", "L"))
    for branch, count in ((small, 3), (middle, 9), (large, 20)):
        for patron in readers(count, "profile", branch=branch):
            loop(patron)
    assert values(overview())["requests"] == 32
    assert values(overview(large))["requests"] == 20
    assert values(overview(middle))["requests"] == values(overview(small))["requests"] == "*"
    assert [row.relational for row in overview(middle).points] == [0, "*"]
    assert [row.label for row in overview(large).points] == ["July to September 2026", "October to December 2026"]


def test_stages_count_people_and_say_how_many_are_not_measured() -> None:
    for patron in readers(11, "profile"):
        loop(patron)
    readers(23, "profile")
    readers(18)
    report = overview()
    assert {row.stage: row.people for row in report.stages} == {
        "proactive": 0, "follow_up": 10, "reactive": 0, "basic": 25
    }  # fmt: skip
    assert report.not_measured == 20


def test_forgetting_a_reader_changes_no_total() -> None:
    patrons = list(readers(12, "profile"))
    for patron in patrons:
        loop(patron)
    before = overview()
    forget_profile(patron=patrons[0], now=NOON)
    after = overview()
    assert values(after) == values(before)
    assert (after.points, after.growth) == (before.points, before.growth)
    assert Interaction.objects.filter(patron=None).count() == 5


def test_open_promises_count_once_their_day_has_passed() -> None:
    for patron in readers(8):
        loop(patron)
        make_promise(kind="letter", patron=patron, branch=None, due_at=NOON - DAY, now=NOON - 9 * DAY)
        make_promise(kind="letter", patron=patron, branch=None, due_at=NOON + DAY, now=NOON)
    assert values(overview())["promises_kept"] == 50


def test_an_empty_library_has_nothing_to_count(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(5):
        report = overview()
    assert report.is_empty
    assert report.points == ()
    assert report.figure("answer_rate").text == "–"
    assert report.figure("requests").value == 0


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.mark.parametrize("role", ["manager", "viewer", "librarian"])
def test_the_page_shows_numbers_picture_and_table(role: str) -> None:
    client = sign_in(role)
    empty = client.get("/reports/").content.decode()
    assert "Nothing to count in these two quarters yet" in empty
    assert "/suggest/" in empty
    for patron in readers(9, "profile"):
        loop(patron)
    page = client.get("/reports/?quarter=2026-Q4").content.decode()
    assert "Readers asked for 9 letters, and 9 went out." in page
    assert "<svg" in page
    assert "style=" not in page
    assert 'scope="row"' in page
    assert not [patron.email for patron in Patron.objects.all() if patron.email in page or patron.name in page]


def test_the_page_opens_at_the_last_full_quarter_once_it_has_a_line() -> None:
    quarters = quarters_until(NOON.date())
    assert quarter_to_open(quarters).key == "2026-Q4"
    record("loan", make_patron(), NOON - 95 * DAY, now=NOON)
    assert quarter_to_open(quarters).key == "2026-Q3"


def test_a_hidden_rung_leaves_the_sum_of_readers_unsaid() -> None:
    for patron in readers(9, "profile"):
        loop(patron)
    assert say_stages(overview()) == "About 10 of 10 readers with a profile heard back from us and answered."
    for patron in readers(3, "profile"):
        record("loan", patron, NOON, now=NOON)
    assert say_stages(overview()) == "About 10 readers with a profile heard back from us and answered."


def test_admins_have_no_reports_and_strangers_are_asked_to_sign_in() -> None:
    assert sign_in("admin").get("/reports/").status_code == 403
    assert Client().get("/reports/overview.csv").status_code == 302
    assert sign_in("manager").post("/reports/").status_code == 405


@pytest.mark.parametrize("query", ["quarter=x", "quarter=", "branch=99", "quarter=9999-Q9&branch=%00", "branch=' OR 1"])
def test_choices_nobody_offered_fall_back(query: str) -> None:
    client = sign_in("manager")
    assert client.get(f"/reports/?{query}").status_code == 200
    assert client.get(f"/reports/overview.csv?{query}").status_code == 200


def test_the_page_costs_the_same_however_many_rows(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    client = sign_in("viewer")
    client.get("/reports/")  # the first page after signing in also writes the session
    for branch in (make_branch(), make_branch()):
        for patron in readers(4, "profile", branch=branch):
            loop(patron)
        with django_assert_max_num_queries(10):
            assert client.get(f"/reports/?branch={branch.slug}").status_code == 200


def test_csv_and_json_say_what_the_page_says() -> None:
    for patron in readers(9, "profile", branch=make_branch(name="=Evil", slug="evil")):
        loop(patron)
    report = overview(Branch.objects.get())
    rows = {row[1]: row for row in csv.reader(StringIO(overview_csv(report).removeprefix("\ufeff")))}
    facts: Any = overview_facts(report)
    assert rows["branch"][2] == "'=Evil"
    assert rows["letters sent"][2] == "9" == str(facts["figures"]["letters"]["value"])
    assert rows["of check-ins answered"][2] == "*" == facts["figures"]["answer_rate"]["value"]
    assert rows["follow-up"][2] == "10" == str(facts["stages"]["follow_up"])


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """The part of JSON Schema that the report's schema uses."""
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    kinds |= {"number": int | float, "null": type(None)}
    if "$ref" in schema:
        schema = json.loads(SCHEMA.read_text())["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return any(fits(value, choice) for choice in schema["anyOf"])
    if "const" in schema:
        return bool(value == schema["const"])
    if not isinstance(value, kinds[schema["type"]]):
        return False
    parts: Any = value
    if schema["type"] == "array":
        return all(fits(item, schema["items"]) for item in parts)
    known = schema.get("properties", {})
    return not known or (
        set(schema["required"]) <= set(parts) <= set(known) and all(fits(parts[key], known[key]) for key in parts)
    )


def test_the_command_writes_the_report_of_any_days(tmp_path: Path) -> None:
    for patron in readers(9, "profile"):
        loop(patron)
    words = ["report", "engagement", "--from", "2026-10-01", "--to", "2026-12-31", "--now", NOON.isoformat()]
    out = StringIO()
    call_command(*words, "-o", str(tmp_path / "r.json"), "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["format"] == "json"
    facts = json.loads((tmp_path / "r.json").read_text())
    assert fits(facts, json.loads(SCHEMA.read_text()))
    assert facts["figures"]["requests"]["value"] == 9
    call_command(*words, "--format", "csv", "-o", str(tmp_path / "r.csv"), stdout=out)
    assert "letters sent,9,count" in (tmp_path / "r.csv").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "2026-02-01", "--to", "2026-01-01"],
        ["--from", "yesterday", "--to", "2026-01-01"],
        ["--from", "2026-01-01", "--to", "2026-01-31", "--branch", "nowhere"],
        ["--from", "2026-01-01", "--to", "2026-01-31", "--format", "pdf"],
    ],
)
def test_a_report_that_cannot_be_is_refused_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("report", "engagement", *words, "-o", str(tmp_path / "r"))
    assert not (tmp_path / "r").exists()


def test_a_report_into_a_missing_folder_says_so(tmp_path: Path) -> None:
    words = ["--from", "2026-01-01", "--to", "2026-01-31", "-o", str(tmp_path / "no" / "r")]
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("report", "engagement", *words)
