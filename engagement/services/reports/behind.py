"""What stands behind one number: its rules, and the readers a librarian may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max

from engagement.models import Interaction, Rule
from engagement.services.reports.periods import Period
from engagement.services.reports.shapes import Figure, Report, Slice, Table
from library.models import User
from patrons.models import Patron

MOST_PERSONS = 50


@dataclass(frozen=True)
class Person:
    """A reader whose lines are counted in a number."""

    public_id: str
    name: str
    lines: int
    last: date


def find_number(report: Report, key: str) -> tuple[str, Figure | Table] | None:
    """The figure or table of that key, with the part it stands in."""
    for part in report.parts:
        numbers: list[Figure | Table] = [*part.figures, *part.tables]
        for one in numbers:
            if one.key == key:
                return part.key, one
    return None


def read_rules(kinds: Sequence[str]) -> list[Rule]:
    """How the kinds are judged by the rules in force (1 query)."""
    newest = Rule.objects.filter(kind__in=kinds).order_by("kind", "-version__number").distinct("kind")
    return sorted(newest.select_related("version"), key=lambda rule: rule.label)


def read_persons(*, kinds: Sequence[str], period: Period, slice_: Slice, user: User) -> list[Person]:
    """Who is behind these kinds in a period, the busiest first: readers this librarian may see, with a profile."""
    lines = Interaction.objects.filter(
        kind__in=kinds,
        day__range=(period.first, period.last),
        patron__in=Patron.objects.visible_to(user),
        **_slice_filter(slice_),
    )
    found = lines.values("patron__public_id", "patron__name").annotate(lines=Count("pk"), last=Max("day"))
    return [
        Person(row["patron__public_id"], row["patron__name"], row["lines"], row["last"])
        for row in found.order_by("-lines", "-last", "patron__public_id")[:MOST_PERSONS]
    ]


def _slice_filter(slice_: Slice) -> dict[str, object]:
    if slice_.by == "branch":
        return {"branch_id": int(slice_.key)}
    return {slice_.by: slice_.key} if slice_.by else {}
