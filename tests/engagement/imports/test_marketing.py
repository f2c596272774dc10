"""Likes, shares and sign-ups by file: in aggregate only, replaced by newer files, and taken back."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from engagement.models import Interaction, MarketingNumber
from engagement.services.imports.marketing_rows import MEASURES, CleanNumber, read_numbers
from library.models import ImportIssue, ImportRun
from library.services.reading.opening import open_table
from tests.builders import NOON, make_branch

pytestmark = pytest.mark.django_db
TALL = """channel,campaign,date,measure,value,branch
Facebook,Summer reading,2026-06-01,Likes,120,
Facebook,Summer reading,2026-06-01,direct messages,4,
Flyer,Summer reading,2026-06-02,sign-ups,17,Harbour
"""


def bring_in(tmp_path: Path, text: str, *more: str) -> dict[str, Any]:
    file = tmp_path / "numbers.csv"
    file.write_text(text)
    out = io.StringIO()
    call_command("import_marketing", str(file), "--json", "--now", NOON.isoformat(), *more, stdout=out)
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def numbers() -> set[tuple[str, str, int]]:
    return set(MarketingNumber.objects.values_list("channel", "measure", "value"))


def test_numbers_come_in_by_channel_and_campaign(tmp_path: Path) -> None:
    harbour = make_branch(name="Harbour")
    counts = bring_in(tmp_path, TALL)
    assert (counts["created"], counts["rejected"]) == (3, 0)
    assert numbers() == {("Facebook", "likes", 120), ("Facebook", "direct_messages", 4), ("Flyer", "sign_ups", 17)}
    flyer = MarketingNumber.objects.get(channel="Flyer")
    assert (flyer.branch, flyer.day, flyer.campaign) == (harbour, date(2026, 6, 2), "Summer reading")
    assert not Interaction.objects.exists(), "nobody's ledger knows of it"


def test_a_row_may_have_a_column_for_each_measure(tmp_path: Path) -> None:
    counts = bring_in(tmp_path, "channel,day,likes,shares,comments,sign_ups\nInstagram,2026-06-01,5,,7,0\n")
    assert counts["created"] == 3
    assert numbers() == {("Instagram", "likes", 5), ("Instagram", "comments", 7), ("Instagram", "sign_ups", 0)}


def test_the_same_file_again_changes_nothing_and_a_newer_one_replaces(tmp_path: Path) -> None:
    bring_in(tmp_path, TALL)
    assert bring_in(tmp_path, TALL)["unchanged"] == 3
    counts = bring_in(tmp_path, TALL.replace(",120,", ",150,"))
    assert (counts["created"], counts["updated"], counts["unchanged"]) == (0, 1, 2)
    assert MarketingNumber.objects.get(measure="likes").value == 150


def test_taking_an_import_back_puts_the_numbers_before_it_back(tmp_path: Path) -> None:
    bring_in(tmp_path, TALL)
    bring_in(tmp_path, TALL.replace(",120,", ",150,") + "Flyer,,2026-06-03,sign-ups,2,\n")
    newest = ImportRun.objects.latest("pk")
    call_command("import_marketing", "--undo", str(newest.pk), "--now", NOON.isoformat(), stdout=io.StringIO())
    assert numbers() == {("Facebook", "likes", 120), ("Facebook", "direct_messages", 4), ("Flyer", "sign_ups", 17)}


def test_a_dry_run_only_counts(tmp_path: Path) -> None:
    assert bring_in(tmp_path, TALL, "--dry-run")["created"] == 3
    assert not MarketingNumber.objects.exists()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",,2026-06-01,likes,1,", "channel"),
        ("Facebook,,,likes,1,", "day"),
        ("Facebook,,2026-13-45,likes,1,", "day"),
        ("Facebook,,1885-01-01,likes,1,", "day"),
        ("Facebook,,2031-01-01,likes,1,", "day"),
        ("Facebook,,2026-06-01,hearts,1,", "measure"),
        ("Facebook,,2026-06-01,likes,-1,", "value"),
        ("Facebook,,2026-06-01,likes,many,", "value"),
        ("Facebook,,2026-06-01,likes,99999999999,", "value"),
        ("Facebook,,2026-06-01,likes,4294967296,", "value"),
        ("Facebook,,2026-06-01,,,", "value"),
    ],
)
def test_a_row_that_makes_no_sense_is_told_and_the_others_come_in(tmp_path: Path, row: str, field: str) -> None:
    counts = bring_in(tmp_path, TALL + row + "\n")
    assert (counts["created"], counts["rejected"]) == (3, 1)
    issue = ImportIssue.objects.get(rejected=True)
    assert (issue.line, issue.field) == (5, field)
    assert issue.reason.endswith(".")


def test_a_file_of_something_else_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        bring_in(tmp_path, "name,colour\nIris,green\n")
    assert not MarketingNumber.objects.exists()


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30), min_size=6, max_size=6))
def test_no_row_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    file = tmp_path_factory.mktemp("hostile") / "numbers.csv"
    words = ",".join('"' + cell.replace('"', '""').replace("\0", "") + '"' for cell in cells)
    file.write_text(f"channel,campaign,date,measure,value,branch\n{words}\n", newline="")
    for item in read_numbers(open_table(file), preset="relcrm", mapping=None, now=NOON):
        if isinstance(item, CleanNumber):
            assert item.measure in MEASURES
            assert 0 <= item.value < 2**31
