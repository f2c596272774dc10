"""From a file of loans or interactions to clean rows and what is to be said about the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from engagement.services.imports.cleaning import InteractionCleaner, LoanCleaner
from engagement.services.imports.presets import INTERACTION_FIELDS, INTERACTIONS, LOAN_DATES, LOAN_FIELDS, LOANS
from engagement.services.imports.rows import CleanInteraction, CleanLoan
from engagement.services.rules import kinds_in_force
from library.services.imports import Issue
from library.services.reading import maps
from library.services.reading.opening import open_table
from library.services.reading.picking import Picking
from library.services.reading.table import Problem, Table

FIELDS = LOAN_FIELDS
PRESETS: Mapping[str, str] = {name: preset.label for name, preset in LOANS.presets.items()}
INTERACTION_PRESETS: Mapping[str, str] = {name: preset.label for name, preset in INTERACTIONS.presets.items()}
# What happens in letters and circles is written by them alone: a file cannot say that we answered somebody.
OUR_OWN = ("request", "letter", "check_in", "pick_answer", "learned_something", "reply", "proactive", "circle", "loan")


def read_loans(
    source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, now: datetime
) -> Iterator[CleanLoan | Issue]:
    """The loans of a file, in its order, with the issues of a row before it.

    A map goes before a preset; without either the preset is recognised. Every row of the file comes as a loan, or as
    an issue that says why not (`rejected`). Raises UnreadableFile before anything is handed on.
    """
    table = open_table(source) if isinstance(source, Path) else source
    plan = maps.plan_for(LOANS, table, preset=preset, mapping=mapping)
    picking = Picking(
        table,
        plan,
        fields=[field.name for field in LOAN_FIELDS],
        dates=LOAN_DATES,
        names=["title_words"],
        joints={"loan_id": ":"},
    )
    return _cleaned(picking, LoanCleaner(picking.orders, LOAN_DATES, plan.system).clean)


def read_interactions(
    source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, now: datetime
) -> Iterator[CleanInteraction | Issue]:
    """The interactions of a file, like `read_loans`."""
    table = open_table(source) if isinstance(source, Path) else source
    plan = maps.plan_for(INTERACTIONS, table, preset=preset, mapping=mapping)
    names = [field.name for field in INTERACTION_FIELDS]
    picking = Picking(table, plan, fields=names, dates=["at"], joints={"source": ":"})
    kinds = [kind for kind in kinds_in_force() if not kind.startswith(OUR_OWN)]
    return _cleaned(picking, InteractionCleaner(picking.orders, ["at"], kinds).clean)


def _cleaned[Clean](
    picking: Picking, clean: Callable[[int, Sequence[str]], tuple[Clean | None, list[Issue]]]
) -> Iterator[Clean | Issue]:
    for row in picking.rows():
        if isinstance(row, Problem):
            yield Issue(row.line, "", "", row.reason)
            continue
        found, issues = clean(*row)
        yield from issues
        if found is not None:
            yield found


def recognise(header: Sequence[str]) -> str:
    """The system whose loans have these columns, or ''."""
    return maps.recognise(LOANS, header)


def recognise_interactions(header: Sequence[str]) -> str:
    """Whether these are our own columns of interactions, or ''."""
    return maps.recognise(INTERACTIONS, header)


def mapping_of(preset: str, header: Sequence[str]) -> dict[str, Any]:
    """A preset of loans as a map to start from, with the names of this header."""
    return maps.mapping_of(LOANS, preset, header)


def interactions_mapping_of(preset: str, header: Sequence[str]) -> dict[str, Any]:
    """A preset of interactions as a map to start from, with the names of this header."""
    return maps.mapping_of(INTERACTIONS, preset, header)
