"""How far a run is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from library.models import ImportRun, User
from library.querysets import ImportRunQuerySet
from relcrm.desk.services.importing.reasons import Reason, read_reasons
from relcrm.desk.services.importing.registry import KINDS, importer_of
from relcrm.desk.services.importing.states import is_under_way, is_undoing, may_queue, undo_until
from relcrm.desk.services.importing.uploads import file_of

PAGE = 30
COUNTS = {
    "created": ("new", "would be new"),
    "updated": ("changed", "would change"),
    "unchanged": ("as they were", "stay as they are"),
    "rejected": ("left out", "would be left out"),
    "gone": ("marked as gone", "would be marked as gone"),
    "kept_by_hand": ("kept as staff wrote them", "stay as staff wrote them"),
    "consents": ("consents written down", "consents would be written down"),
}
ALWAYS = ("created", "updated", "unchanged", "rejected")
UNSAID = ("seconds",)
# Of a whole run, in percent: where each phase begins and how much of it is the file read so far.
PHASES = {"reading": (0, 60), "planning": (60, 0), "writing": (75, 0)}
UNDONE = {
    "reversed": "put back as they were",
    "kept": "kept, because someone changed them since",
    "gone": "no longer here",
}


@dataclass(frozen=True)
class Progress:
    """`percent` None: nobody can say. `say` changes rarely: it is what a screen reader hears."""

    percent: int | None
    words: str
    say: str


@dataclass(frozen=True)
class Report:
    """One run as its page shows it."""

    run: ImportRun
    kind: str
    taken_for: str
    under_way: bool
    progress: Progress | None
    numbers: Sequence[tuple[str, int]]
    undone: Sequence[tuple[str, int]]
    reasons: Sequence[Reason]
    rejected: int
    undo_until: datetime | None
    may_start: bool
    has_file: bool


def read_report(*, run: ImportRun, now: datetime) -> Report:
    """Everything the page of a run that was started shows."""
    importer = importer_of(run.what)
    until = undo_until(run)
    has_file = file_of(run) is not None
    under_way = is_under_way(run)
    return Report(
        run=run,
        kind=KINDS[run.what].name,
        taken_for=importer.PRESETS.get(run.preset, "columns mapped by hand" if run.mapping else "as it was recognised"),
        under_way=under_way,
        progress=read_progress(run) if under_way else None,
        numbers=numbers_of(run),
        undone=[(words, run.undone_counts.get(name, 0)) for name, words in UNDONE.items()] if run.undone_at else [],
        reasons=read_reasons(run=run) if not under_way else (),
        rejected=int(run.counts.get("rejected") or 0),
        undo_until=until if until and now < until else None,
        may_start=may_queue(run) and has_file,
        has_file=has_file,
    )


def numbers_of(run: ImportRun) -> list[tuple[str, int]]:
    """The counts in words: the four that always matter, then every other that is not zero."""
    counts = {name: value for name, value in run.counts.items() if isinstance(value, int) and name not in UNSAID}
    if not counts:
        return []
    names = [*ALWAYS, *(name for name in counts if name not in ALWAYS and counts[name])]
    return [(_words(name, run.dry_run), counts.get(name, 0)) for name in names]


def _words(name: str, dry_run: bool) -> str:
    return COUNTS[name][dry_run] if name in COUNTS else name.replace("_", " ")


def read_progress(run: ImportRun) -> Progress:
    """How far the run is; reading is told by bytes, the rest by its phase."""
    if run.state == ImportRun.State.QUEUED:
        return Progress(0, "Waiting for its turn; it starts within half a minute.", "Waiting for its turn.")
    if is_undoing(run):
        return Progress(None, "Putting everything back as it was.", "Undoing.")
    if run.cancel_asked:
        return Progress(None, "Stopping; nothing will be kept.", "Stopping.")
    begins, share = PHASES.get(run.phase, (0, 60))
    percent = begins + (min(share, share * run.bytes_read // run.size) if share and run.size else 0)
    phase = run.get_phase_display() or "Starting"
    rows = f", {run.rows_read:,} rows read" if run.rows_read else ""
    return Progress(percent, f"{phase}: {percent} %{rows}", f"{phase}, {percent // 25 * 25} percent.")


@dataclass(frozen=True)
class Line:
    """One run in the list."""

    run: ImportRun
    kind: str
    numbers: Sequence[tuple[str, int]]
    under_way: bool


@dataclass(frozen=True)
class RunList:
    """`next_place` begins the next page; empty: this is the last."""

    lines: Sequence[Line]
    next_place: str


def list_runs(*, user: User, place: str) -> RunList:
    """Newest first; `place` is the `next_place` of the page before."""
    mine: ImportRunQuerySet = ImportRun.objects.visible_to(user).select_related("by")
    runs = list(mine.newest(after=read_place(place))[: PAGE + 1])
    lines = [Line(run, KINDS[run.what].name, numbers_of(run), is_under_way(run)) for run in runs[:PAGE]]
    last = runs[PAGE - 1] if len(runs) > PAGE else None
    return RunList(lines, f"{last.started_at.isoformat()}_{last.pk}" if last else "")


def read_place(place: str) -> tuple[datetime, int] | None:
    """(started_at, number) out of the address of a page; None for the beginning and for anything not understood."""
    when, _separator, number = place.rpartition("_")
    if not (number.isascii() and number.isdigit()):
        return None
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return None
    return (at, int(number)) if at.tzinfo and int(number) < 2**63 else None
