"""A run over a file of patrons: read and clean, compare, write; each phase shows how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from library.models import ImportRun
from library.services.audit import write_line
from library.services.importing import Clock, UnreadableFile
from library.services.imports import (
    Issue,
    beat,
    end_run,
    ended_by_errors,
    hold_run,
    one_at_a_time,
    start_run,
    stop_if_asked,
)
from library.services.reading.maps import system_of
from patrons.models import Consent
from patrons.services.imports.applying import write_issues, write_plan
from patrons.services.imports.journal import RULES
from patrons.services.imports.planning import Plan, plan_rows
from patrons.services.imports.rows import CleanPatron
from patrons.services.imports.staging import stage_rows, staging_tables

Phase = ImportRun.Phase
VERSION_LENGTH = 20
NOBODY = "Nobody could be read from this file, so nobody was marked as gone. Check the preset or the columns."


def run_rows(*, run: ImportRun, found: Iterable[CleanPatron | Issue], clock: Clock, place: Any = None) -> ImportRun:
    """Import what a reader finds. `place()` tells how many bytes of the file were read. All rows or none."""

    def show(rows: int) -> None:
        beat(run=run, phase=Phase.READING, rows=rows, bytes_read=place() if place else None, now=clock())

    with ended_by_errors(run, clock), one_at_a_time("patrons"), staging_tables():
        start_run(run=run, phase=Phase.READING, now=clock())
        consents, ils_wins = asked_consents(run.options), winning_fields(run.options)
        stage_rows(found=found, beat=show)
        plan = _plan(run, ils_wins, clock)
        beat(run=run, phase=Phase.WRITING, now=clock())
        _write(run, plan, consents, clock)
    return run


def winning_fields(options: Mapping[str, Any]) -> list[str]:
    """The fields in which the library system wins over what was changed by hand. Raises UnreadableFile."""
    rules: Mapping[str, str] = options.get("rules") or {}
    for name, rule in rules.items():
        if name not in RULES or rule not in ("ils", "ours"):
            raise UnreadableFile(f"{name}={rule} is not a rule; a rule is FIELD=ils or FIELD=ours, for {_listed()}.")
    return sorted(name for name, rule in rules.items() if rule == "ils")


def asked_consents(options: Mapping[str, Any]) -> dict[str, str]:
    """Purpose and wording version of the consents to record. Raises UnreadableFile."""
    consents: Mapping[str, str] = options.get("consents") or {}
    for purpose, version in consents.items():
        if purpose not in Consent.Purpose.values or not 0 < len(version) <= VERSION_LENGTH:
            known = ", ".join(Consent.Purpose.values)
            raise UnreadableFile(f"{purpose}={version} is not a consent; it is PURPOSE=WORDING_VERSION, for {known}.")
    return dict(consents)


def _listed() -> str:
    return ", ".join(sorted(RULES))


def _plan(run: ImportRun, ils_wins: list[str], clock: Clock) -> Plan:
    def show() -> None:
        beat(run=run, phase=Phase.PLANNING, now=clock())

    show()
    full = bool(run.options.get("full"))
    system = system_of(run.preset, run.mapping)
    plan = plan_rows(ils_wins=ils_wins, full=full, now=run.started_at, beat=show, system=system)
    if full and not plan.created + plan.updated + plan.unchanged:
        raise UnreadableFile(NOBODY)
    return plan


@transaction.atomic
def _write(run: ImportRun, plan: Plan, consents: dict[str, str], clock: Clock) -> None:
    """One transaction: the patrons, the journal, the issues and the end of the run."""
    hold_run(run=run)
    if not run.dry_run:
        plan = write_plan(
            run=run,
            plan=plan,
            consents=consents,
            beat=lambda: stop_if_asked(run=run),
        )
    write_issues(run=run)
    end_run(run=run, state=ImportRun.State.DONE, counts=plan.as_counts(), now=clock())
    if not run.dry_run:
        write_line(what="import.run", thing="import", reference=str(run.pk), by=run.by, now=run.started_at)
