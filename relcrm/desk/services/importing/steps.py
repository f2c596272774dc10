"""What a person does to a run: say what the file is, try it out, bring it in, stop it, undo it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from library.models import ImportRun, User
from library.services.audit import write_line
from library.services.column_maps import remember_map
from library.services.imports import ask_to_cancel
from relcrm.desk.services.importing.draft import Draft, read_draft
from relcrm.desk.services.importing.states import FileGone, NotNow, may_queue, undo_until
from relcrm.desk.services.importing.uploads import file_of

State = ImportRun.State


def choose_preset(*, run: ImportRun, preset: str, now: datetime) -> Draft:
    """Say which system the file comes from. Kept only when the file can be read so; the draft says why not."""
    run.preset, run.mapping = preset, {}
    return _keep_if_read(run, now)


def map_columns(*, run: ImportRun, mapping: Mapping[str, Any], by: User, now: datetime) -> Draft:
    """Say which column means what; remembered for the next file with this header."""
    run.preset, run.mapping = "", dict(mapping)
    draft = _keep_if_read(run, now)
    if not draft.error:
        remember_map(what=run.what, header=draft.header, mapping=mapping, by=by, now=now)
    return draft


def _keep_if_read(run: ImportRun, now: datetime) -> Draft:
    draft = read_draft(run=run, now=now)
    if not draft.error:
        drafts = ImportRun.objects.filter(pk=run.pk, state=State.DRAFT)
        if not drafts.update(preset=run.preset, mapping=run.mapping):
            raise NotNow
    return draft


@transaction.atomic
def queue_run(
    *, run: ImportRun, dry_run: bool, options: Mapping[str, Any] | None = None, by: User, now: datetime
) -> ImportRun:
    """Put the run in line, to try it out or to bring it in; a failed or cancelled one begins anew.

    `options` None: as they were. Raises NotNow, FileGone.
    """
    held = ImportRun.objects.select_for_update().get(pk=run.pk)
    if not may_queue(held):
        raise NotNow
    if file_of(held) is None:
        raise FileGone
    held.issues.all().delete()
    held.options = dict(held.options if options is None else options)
    held.dry_run, held.state, held.phase, held.by, held.started_at = dry_run, State.QUEUED, "", by, now
    held.counts, held.error, held.cancel_asked, held.finished_at, held.beat_at = {}, "", False, None, None
    held.rows_read = held.bytes_read = 0
    held.save()
    what = "import.tried" if dry_run else "import.started"
    write_line(what=what, thing="import", reference=str(held.pk), fields=sorted(held.options), by=by, now=now)
    return held


@transaction.atomic
def back_to_draft(*, run: ImportRun) -> None:
    """Change columns or options after all. Raises NotNow when it runs, waits or is written."""
    held = ImportRun.objects.select_for_update().get(pk=run.pk)
    if not may_queue(held):
        raise NotNow
    held.issues.all().delete()
    held.state, held.counts, held.error, held.finished_at = State.DRAFT, {}, "", None
    held.save(update_fields=["state", "counts", "error", "finished_at"])


@transaction.atomic
def cancel_run(*, run: ImportRun, by: User, now: datetime) -> None:
    """Stop a run: at once while it waits, else at its next beat; nothing of it is kept. Raises NotNow."""
    waiting = ImportRun.objects.filter(pk=run.pk, state=State.QUEUED)
    if not waiting.update(state=State.CANCELLED, finished_at=now) and not ask_to_cancel(run=run):
        raise NotNow
    write_line(what="import.cancelled", thing="import", reference=str(run.pk), by=by, now=now)


@transaction.atomic
def ask_undo(*, run: ImportRun, by: User, now: datetime) -> None:
    """Put the undoing in line. Until a worker has done it, the run is done and its phase is undoing. Raises NotNow."""
    held = ImportRun.objects.select_for_update().get(pk=run.pk)
    until = undo_until(held)
    if until is None or now >= until or held.phase == ImportRun.Phase.UNDOING:
        raise NotNow
    held.phase, held.error = ImportRun.Phase.UNDOING, ""
    held.save(update_fields=["phase", "error"])
    write_line(what="import.undo_asked", thing="import", reference=str(held.pk), by=by, now=now)
