"""What can be done with a run as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from library.models import ImportRun
from library.services.settings import current_settings

State = ImportRun.State


class NotNow(Exception):
    """The run is in a state in which this cannot be done (any more)."""


class FileGone(Exception):
    """The file was deleted after its day."""


def may_queue(run: ImportRun) -> bool:
    """Whether the run can begin (again): nothing of it was written so far."""
    return run.state in {State.DRAFT, State.FAILED, State.CANCELLED} or (run.state == State.DONE and run.dry_run)


def is_under_way(run: ImportRun) -> bool:
    """Whether the run waits, works, or is being undone."""
    return run.state in {State.QUEUED, State.RUNNING} or is_undoing(run)


def is_undoing(run: ImportRun) -> bool:
    """Until a worker has undone it, the run is done and its phase is undoing."""
    return run.state == State.DONE and run.phase == ImportRun.Phase.UNDOING


def undo_until(run: ImportRun) -> datetime | None:
    """How long the run can be undone; None: there is nothing to undo."""
    if run.state != State.DONE or run.dry_run or run.undone_at or run.finished_at is None:
        return None
    return run.finished_at + timedelta(days=current_settings().keep_undo_days)
