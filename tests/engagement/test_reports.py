"""Reports from the ledger to the page and the file: right numbers, small ones hidden, the same everywhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client

from engagement.forms.reports import read_asked
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record
from tests.engagement.test_part_overview import DAY, loop, readers
from tests.engagement.test_report_files import SCHEMA, fits

pytestmark = pytest.mark.django_db


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.mark.parametrize("role", ["manager", "viewer", "librarian"])
def test_the_page_shows_numbers_and_no_names(role: str) -> None:
    client = sign_in(role)
    empty = client.get("/reports/?quarter=2026-Q4").content.decode()
    assert "Nothing to" in empty
    for patron in readers(9, "profile"):
        loop(patron)
    page = client.get("/reports/?quarter=2026-Q4").content.decode()
    assert "Readers asked for 9 letters, and 9 went out" in page
    assert "style=" not in page
    assert 'scope="row"' in page
    assert not [patron.email for patron in Patron.objects.all() if patron.email in page or patron.name in page]


def test_the_page_opens_at_the_last_full_quarter_once_it_has_a_line() -> None:
    assert read_asked(QueryDict(), now=NOON).period.key == "2026-Q4"
    record("loan", make_patron(), NOON - 95 * DAY, now=NOON)
    assert read_asked(QueryDict(), now=NOON).period.key == "2026-Q3"


def test_admins_have_no_reports_and_strangers_are_asked_to_sign_in() -> None:
    assert sign_in("admin").get("/reports/").status_code == 403
    assert Client().get("/reports/overview.csv").status_code == 302
    assert sign_in("manager").post("/reports/").status_code == 405


PAGES = ("", "people/", "effort/", "outcomes/", "contact-mix/", "needs/", "experiments/", "load/")


def test_every_page_costs_few_queries_however_many_rows(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    client = sign_in("viewer")
    client.get("/reports/")  # the first page after signing in also writes the session
    for branch in (make_branch(), make_branch()):
        for patron in readers(4, "profile", branch=branch):
            loop(patron)
    for page in PAGES:
        with django_assert_max_num_queries(10):
            assert client.get(f"/reports/{page}?quarter=2026-Q4").status_code == 200


WORDS = ["report", "engagement", "--from", "2026-10-01", "--to", "2026-12-31", "--now", NOON.isoformat()]


def test_the_command_writes_the_report_of_any_days(tmp_path: Path) -> None:
    for patron in readers(9, "profile", branch=make_branch(name="=Evil", slug="evil")):
        loop(patron)
    out = StringIO()
    call_command(*WORDS, "--branch", "evil", "-o", str(tmp_path / "r.json"), "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["format"] == "json"
    facts = json.loads((tmp_path / "r.json").read_text())
    assert fits(facts, SCHEMA)
    assert facts["figures"]["requests"]["value"] == 9
    assert facts["figures"]["answer_rate"]["value"] == "*"
    assert facts["stages"]["follow_up"] == 10
    assert [row["label"] for row in facts["points"]] == ["Q3 2026", "Q4 2026"]
    call_command(*WORDS, "--branch", "evil", "--format", "csv", "-o", str(tmp_path / "r.csv"), stdout=out)
    rows = list(csv.DictReader(StringIO((tmp_path / "r.csv").read_text().removeprefix("\ufeff"))))
    told = {row["measure"]: row["value"] for row in rows if row["part"] in ("report", "Overview")}
    assert told["branch"] == "'=Evil"
    assert told["letters sent"] == "9"
    assert told["of check-ins answered"] == "*"
    assert told["follow-up, Readers"] == "10"
