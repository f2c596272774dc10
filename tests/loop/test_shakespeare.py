"""A lending library of 1919 to 1962 comes in by the commands: its members, books and loans, days known in part and all.

The maps are those of docs/maps. A loan's number is its event and its member: an event may belong to two members.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from catalog.models import Title
from engagement.models import Interaction, Loan, Score
from patrons.models import Patron
from tests.catalog.material import material

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MAPS = Path(settings.BASE_DIR) / "docs" / "maps"
NOW = "2026-11-24T12:00:00Z"


def run(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", "--now", NOW, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return told


def kept(told: dict[str, Any]) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "rejected", "gone")
    return {name: told[name] for name in names if told[name]}


def chosen(part: str) -> str:
    found = sorted(MAPS.glob(f"*{part}*.json"))
    assert found, f"docs/maps has no map of {part}"
    return str(found[0])


def records(name: str) -> list[dict[str, str]]:
    with material("shakespeare", name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def all_of_it() -> dict[str, dict[str, Any]]:
    folder = material("shakespeare")
    members = run(
        "import_patrons", str(folder / "members.csv"), "--map", chosen("members"), "--consent", "profile=paper-1919"
    )
    books = run("import_titles", str(folder / "books-with-genres.csv"))
    loans = run("import_loans", str(folder / "borrows.csv"), "--map", chosen("loans"))
    return {"members": members, "books": books, "loans": loans}


def test_members_books_and_loans_come_in_are_known_and_the_second_time_change_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = records("borrows.csv")
    loans = {(row["event"], row["member"]) for row in rows}
    begun = time.perf_counter()
    first = all_of_it()
    with capsys.disabled():
        sys.stdout.write(f" members, books and loans in {time.perf_counter() - begun:.1f} seconds ")
    assert kept(first["members"]) == {"created": len(records("members.csv"))}
    assert first["books"]["created"] == len(records("books-with-genres.csv"))
    assert kept(first["loans"]) == {"created": len(loans)}
    days_stay_as_they_are_known_and_each_known_year_has_its_line(first["loans"])
    readers_and_their_books_are_known_to_the_loans_and_the_scores()
    again = all_of_it()
    assert all(again[name]["created"] == again[name]["updated"] == 0 for name in again)
    assert kept(again["loans"]) == {"unchanged": len(loans)}


def days_stay_as_they_are_known_and_each_known_year_has_its_line(told: dict[str, Any]) -> None:
    said = Counter(row["event_start"] for row in records("borrows.csv"))
    partial = {day: count for day, count in said.items() if len(day) < len("1939-05-25") and day}
    found = Counter(Loan.objects.exclude(borrowed_as="").values_list("borrowed_as", flat=True))
    assert found == partial
    unknown = sum(count for day, count in said.items() if not day[:4].isdigit())
    assert (
        told["without_day"]
        == unknown
        == Loan.objects.filter(borrowed_at=None).exclude(borrowed_as__regex="^[0-9]").count()
    )
    assert Interaction.objects.filter(kind="loan").count() == Loan.objects.count() - unknown


def readers_and_their_books_are_known_to_the_loans_and_the_scores() -> None:
    member = Patron.objects.get(name="Pauline Alderman")
    mine = [row for row in records("borrows.csv") if row["member"] == "alderman"]
    loans = Loan.objects.filter(patron=member).select_related("title")
    assert loans.count() == len(mine)
    assert {loan.title.name if loan.title else loan.title_words for loan in loans} >= {"The Death of the Heart"}
    assert Loan.objects.exclude(title=None).count() > 0.95 * Loan.objects.count()
    assert Score.objects.get(patron=member).transactional > 0
    assert Title.objects.filter(loans__patron=member).exists()
