"""What was wrong in a run, grouped by reason, each with the first lines it happened on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import Concat, Length, RowNumber, Substr

from library.models import ImportRun
from relcrm.desk.services.importing.registry import importer_of

MOST_REASONS, EXAMPLES = 10, 5


@dataclass(frozen=True)
class Reason:
    """One thing that was wrong, and how often. `examples`: line, label of the field, value."""

    reason: str
    count: int
    rejected: bool
    examples: Sequence[tuple[int, str, str]]


def read_reasons(*, run: ImportRun) -> list[Reason]:
    """The commonest reasons with their first lines; two questions to the database, however many issues there are."""
    issues = _without_values(run)
    groups = list(
        issues.values("why", "rejected").annotate(n=Count("pk")).order_by("-rejected", "-n", "why")[:MOST_REASONS]
    )
    nth = Window(RowNumber(), partition_by=[F("why"), F("rejected")], order_by=["line", "pk"])
    named = issues.filter(why__in={group["why"] for group in groups})
    first = list(named.annotate(nth=nth).filter(nth__lte=EXAMPLES).order_by("line", "pk").values())
    labels = {field.name: field.label for field in importer_of(run.what).FIELDS}
    return [
        Reason(
            reason=group["why"],
            count=group["n"],
            rejected=group["rejected"],
            examples=[
                (issue["line"], labels.get(issue["field"], issue["field"]), issue["value"])
                for issue in first
                if (issue["why"], issue["rejected"]) == (group["why"], group["rejected"])
            ],
        )
        for group in groups
    ]


def without_value(reason: str, value: str) -> str:
    """A reason that begins with the value, without it: 'someday is no date' and 'never is no date' are one."""
    return f"…{reason[len(value) :]}" if value and reason.startswith(f"{value} is ") else reason


def _without_values(run: ImportRun) -> QuerySet[Any]:
    """The run's issues with `why`, as `without_value` says it."""
    begins = ~Q(value="") & Q(reason__startswith=Concat(F("value"), Value(" is ")))
    rest = Concat(Value("…"), Substr("reason", Length("value") + 1), output_field=CharField())
    return run.issues.annotate(why=Case(When(begins, then=rest), default=F("reason"), output_field=CharField()))
