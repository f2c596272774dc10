"""What the privacy pages promise by name exists, and no line of the checklist stands without an answer."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands

from library.models import LibrarySettings

DOCS = Path(__file__).resolve().parents[2] / "docs"
CHECKLIST = (DOCS / "privacy" / "ala-checklist.md").read_text()
WHO = {"Relcrm", "library", "both"}


def rows(part: str) -> list[list[str]]:
    section = CHECKLIST.partition(f"## {part}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_action_of_the_first_priority_has_its_line() -> None:
    found = rows("Priority 1")
    assert [row[0] for row in found] == [str(number) for number in range(1, 12)]
    for _number, asks, who, stands in found:
        assert asks
        assert who in WHO
        assert stands or who == "library", f"{asks}: what does the program do?"


def test_the_other_priorities_are_answered_by_subject() -> None:
    found = rows("Priority 2 and 3")
    assert found
    assert all(who in WHO and stands for _subject, who, stands in found)


def test_what_is_named_exists() -> None:
    for target in re.findall(r"\]\(([^)#h][^)]*)\)", CHECKLIST):
        assert (DOCS / "privacy" / target).exists(), target
    for command in ("export_patron", "erase_patron", "replay_erasures", "verify_audit"):
        assert f"`{command}`" in CHECKLIST
        assert command in get_commands()


def test_the_retention_table_tells_the_defaults_in_force() -> None:
    table, kept = (DOCS / "privacy" / "README.md").read_text(), LibrarySettings()
    for row in (
        f"| requests nobody answered | {kept.keep_unanswered_months} months |",
        f"| a person without any contact | {kept.keep_identity_months} months |",
        f"| notes | {kept.keep_notes_months} months |",
        f"| links to a letter or a check-in | {kept.keep_links_days} days |",
        f"| words of mails | {kept.keep_mail_bodies_days} days |",
        f"| what mail services told of mails, as it came | {kept.keep_events_days} days |",
        f"| values of rejected rows | {kept.keep_exports_hours} hours |",
        f"| files brought in and tables written for staff | {kept.keep_exports_hours} hours |",
    ):
        assert row in table, row
