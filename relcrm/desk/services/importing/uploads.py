"""The files people bring in: kept under a random name while they are needed, and not longer than the library says."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from library.models import ImportRun, User
from library.services.audit import write_line
from library.services.column_maps import remembered_map
from library.services.importing import UnreadableFile
from library.services.settings import current_settings
from relcrm.desk.services.importing.columns import read_columns
from relcrm.desk.services.importing.registry import importer_of
from relcrm.desk.services.importing.states import NotNow, may_queue

FEWEST_COLUMNS = 2  # with one, a letter to a friend would pass for a table
LOST = "The file waited too long and is gone now. Bring it in again."


def imports_folder() -> Path:
    """Where the files wait, for our eyes only; the web and the workers share it."""
    folder = Path(settings.IMPORTS_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def file_of(run: ImportRun) -> Path | None:
    """The file of a run; None when it is gone."""
    path = imports_folder() / run.stored_as if run.stored_as else None
    return path if path and path.is_file() else None


def receive_upload(*, what: str, source: Path, file_name: str, by: User, now: datetime) -> ImportRun:
    """Take over a file and see what it is: a run that waits for its options. Raises UnreadableFile; then nothing stays.

    A mapping made by hand for this header goes before what the file was taken for: somebody knew better once.
    """
    path = imports_folder() / secrets.token_hex(20)
    try:
        shutil.move(source, path)
        path.chmod(0o600)
        os.utime(path, (now.timestamp(), now.timestamp()))
        preset, header = _recognise(what, path, now)
        return _open_draft(what=what, path=path, preset=preset, header=header, file_name=file_name, by=by, now=now)
    except UnreadableFile as error:
        path.unlink(missing_ok=True)
        raise UnreadableFile(without_place(error, path)) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def without_place(error: UnreadableFile, path: Path) -> str:
    """The sentence of a reader as a page says it: where the file lies on the server concerns nobody there."""
    return str(error).replace(str(path), "This file")


def _recognise(what: str, path: Path, now: datetime) -> tuple[str, Sequence[str]]:
    """The preset and the columns; no preset where only a person can say what they mean. Raises UnreadableFile."""
    columns = [column.name for column in read_columns(path=path)]
    try:
        preview = importer_of(what).preview_file(path=path, preset="", mapping={}, now=now)
    except UnreadableFile:
        if len(columns) < FEWEST_COLUMNS or not importer_of(what).FIELDS:
            raise
        return "", columns
    return preview.preset, columns or preview.header


@transaction.atomic
def _open_draft(
    *, what: str, path: Path, preset: str, header: Sequence[str], file_name: str, by: User, now: datetime
) -> ImportRun:
    mapping = remembered_map(what=what, header=header)
    run = ImportRun.objects.create(
        what=what,
        file_name=file_name[:255],
        stored_as=path.name,
        size=path.stat().st_size,
        preset="" if mapping else preset,
        mapping=mapping,
        state=ImportRun.State.DRAFT,
        by=by,
        started_at=now,
    )
    write_line(what="import.uploaded", thing="import", reference=str(run.pk), by=by, now=now)
    return run


@transaction.atomic
def discard_draft(*, run: ImportRun, by: User, now: datetime) -> None:
    """Forget a file nothing was done with, or that was only tried out. Raises NotNow."""
    if not may_queue(ImportRun.objects.select_for_update().get(pk=run.pk)):
        raise NotNow
    write_line(what="import.discarded", thing="import", reference=str(run.pk), by=by, now=now)
    path = file_of(run)
    run.delete()
    if path:
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def forget_file(*, run: ImportRun) -> None:
    """The file has done its work; the run and its report stay."""
    if path := file_of(run):
        path.unlink(missing_ok=True)
    run.stored_as = ""
    run.save(update_fields=["stored_as"])


def drop_old_uploads(*, now: datetime) -> int:
    """Delete files whose hours are over, with the drafts that were never run; what a worker holds stays until it is
    done.
    """
    there = list(imports_folder().iterdir())
    if not there:  # most ticks
        return 0
    kept_for = timedelta(hours=current_settings().keep_exports_hours)
    held = set(ImportRun.objects.under_way().exclude(stored_as="").values_list("stored_as", flat=True))
    old = [path for path in there if path.name not in held and _age(path, now) >= kept_for]
    names = [path.name for path in old]
    with transaction.atomic():
        ImportRun.objects.filter(state=ImportRun.State.DRAFT, stored_as__in=names).delete()
        ImportRun.objects.waiting().filter(stored_as__in=names).update(
            state=ImportRun.State.FAILED, error=LOST, finished_at=now
        )
        ImportRun.objects.filter(stored_as__in=names).update(stored_as="")
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _age(path: Path, now: datetime) -> timedelta:
    """By the time written on the file when it came; one that vanished meanwhile is young."""
    try:
        return timedelta(seconds=now.timestamp() - path.stat().st_mtime)
    except FileNotFoundError:
        return timedelta(0)
