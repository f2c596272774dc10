"""Tables of patrons for a spreadsheet: written by a worker, kept for some hours, for whoever asked for them alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import StringAgg, Value
from django.utils.crypto import salted_hmac

from library.services.settings import current_settings
from patrons.models import BulkAction, BulkChange, Patron
from relcrm.kit.csvio import csv_text

EXPORT = "export"
PIECE = 2000
ALWAYS = {
    "public_id": "number",
    "branch__name": "branch",
    "audience": "age",
    "language": "language",
    "score__stage": "stage",
    "joined_on": "joined",
}
PERSONAL = {
    "name": "name",
    "email": "e-mail",
    "phone": "telephone",
    "postal_address": "postal address",
    "card_numbers": "cards",
}


def exports_folder() -> Path:
    """Where the tables wait, for our eyes only."""
    folder = Path(settings.EXPORTS_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def file_of(bulk: BulkAction, *, now: datetime) -> Path | None:
    """The finished table; None while it is written, when its day is over, or when someone in it is out of sight now."""
    path = _path(bulk)
    ready = bulk.action == EXPORT and bulk.state == BulkAction.State.DONE and bulk.finished_at is not None
    if not ready or bulk.finished_at is None or bulk.finished_at <= now - _kept_for() or not path.is_file():
        return None
    return path if _still_sees_all(bulk) else None


def _still_sees_all(bulk: BulkAction) -> bool:
    """Whether whoever asked may see everyone in the table at this moment: they may have been moved meanwhile."""
    visible = Patron.objects.visible_to(bulk.by) if bulk.by else Patron.objects.none()
    return not BulkChange.objects.filter(bulk=bulk).exclude(patron__in=visible).exists()


def write_export(*, bulk: BulkAction, clock: Callable[[], datetime]) -> None:
    """Write the whole table beside its place, then move it there; a second worker would begin anew."""
    path = _path(bulk)
    draft = path.with_suffix(".part")
    columns = [*ALWAYS, *(name for name in PERSONAL if name in bulk.value.split(","))]
    header = [(ALWAYS | PERSONAL)[name] for name in columns]
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
        file.write(csv_text(header, []))
        done = 0
        for rows in _pieces(bulk, columns):
            file.write(csv_text([], rows).removeprefix("\ufeff\r\n"))
            done += len(rows)
            BulkAction.objects.filter(pk=bulk.pk).update(done=done, beat_at=clock())
    draft.replace(path)
    now = clock()
    BulkAction.objects.filter(pk=bulk.pk).update(state=BulkAction.State.DONE, done=done, finished_at=now, beat_at=now)


def drop_old_exports(*, now: datetime) -> int:
    """Delete tables whose time is over; how many."""
    there = list(exports_folder().iterdir())
    if not there:  # most ticks
        return 0
    before = (now - _kept_for()).timestamp()
    old = [path for path in there if path.stat().st_mtime <= before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def drop_exports_with(*, patron: Patron) -> int:
    """Delete every table in which this person stands: they are being erased."""
    bulks = BulkAction.objects.filter(action=EXPORT, changes__patron=patron)
    paths = [path for bulk in bulks for path in (_path(bulk), _path(bulk).with_suffix(".part")) if path.is_file()]
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _pieces(bulk: BulkAction, columns: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in the order of the patrons' numbers; only those whom the one who asked may still see."""
    visible = Patron.objects.visible_to(bulk.by) if bulk.by else Patron.objects.none()
    last = 0
    while True:
        changes = BulkChange.objects.filter(bulk=bulk, pk__gt=last).order_by("pk")
        piece = list(changes.values_list("pk", "patron_id")[:PIECE])
        if not piece:
            return
        last = piece[-1][0]
        rows = visible.filter(pk__in=[pk for _change, pk in piece]).order_by("pk")
        if "card_numbers" in columns:
            rows = rows.annotate(card_numbers=StringAgg("cards__number", delimiter=Value(" ")))
        yield list(rows.values_list(*columns))


def _path(bulk: BulkAction) -> Path:
    """A name nobody guesses, without anything of it in the database."""
    name = salted_hmac("relcrm.export", str(bulk.pk), algorithm="sha256").hexdigest()[:40]
    return exports_folder() / f"{name}.csv"


def _kept_for() -> timedelta:
    return timedelta(hours=current_settings().keep_exports_hours)
