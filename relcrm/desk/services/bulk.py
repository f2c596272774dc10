"""Many patrons at once: chosen by ticking or by a filter, changed piece by piece, put back the same way.

BulkAction and its BulkChange rows are the truth. A change whose `before` is empty is still to be done; undoing empties
it again. Whoever does the work claims the action by its beat, so that a dead worker's action is taken up by the tick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from library.models import User
from library.services.audit import write_line
from patrons.models import BulkAction, BulkChange, Patron
from relcrm.desk.services.exporting import EXPORT, write_export
from relcrm.desk.services.patron_list import filters_of, fitting

PIECE = 500
DEAD_AFTER = timedelta(seconds=90)
# What can be changed: the column, and its name in `by_hand` (none: the library system goes on saying it).
COLUMNS = {
    "branch": ("branch_id", "branch"),
    "language": ("language", "language"),
    "channel": ("preferred_channel", "preferred_channel"),
    "gone": ("gone_at", ""),
}
CHOOSE = "INSERT INTO patrons_bulkchange (bulk_id, patron_id) SELECT %s, chosen.pk FROM ({chosen}) AS chosen"
BROKE = "something broke ({kind}). What was done so far can be undone; tell whoever runs Relcrm."
Clock = Callable[[], datetime]
State = BulkAction.State

log = logging.getLogger(__name__)


class NothingChosen(Exception):
    """Nobody is ticked."""


@dataclass(frozen=True)
class Chosen:
    """Who is meant: public ids that were ticked, or everybody whom the query shows (None: ticked)."""

    ticked: Sequence[str] = ()
    query: str | None = None


@transaction.atomic
def start_bulk(*, action: str, value: str, chosen: Chosen, by: User, now: datetime) -> BulkAction:
    """Queue the action; nobody is changed yet. Raises NothingChosen."""
    bulk = BulkAction.objects.create(action=action, value=value, query=chosen.query or "", by=by, started_at=now)
    if chosen.query is None:
        ids = Patron.objects.visible_to(by).filter(public_id__in=chosen.ticked).values_list("pk", flat=True)
        made = BulkChange.objects.bulk_create([BulkChange(bulk=bulk, patron_id=pk) for pk in ids])
        if not made:
            raise NothingChosen
        bulk.total = len(made)
        bulk.save(update_fields=["total"])
    fields = value.split(",") if action == EXPORT and value else [action]
    what = "patrons.exported" if action == EXPORT else "patrons.changed"
    write_line(what=what, thing="bulk", reference=str(bulk.pk), fields=fields, by=by, now=now)
    return bulk


@transaction.atomic
def undo_bulk(*, bulk: BulkAction, by: User, now: datetime) -> bool:
    """Ask for every row to be put back, unless it was changed since; False: undone already, or nothing to undo."""
    bulk = BulkAction.objects.select_for_update().get(pk=bulk.pk)
    if bulk.action == EXPORT or bulk.undone_at:
        return False
    bulk.state, bulk.undone_at, bulk.beat_at, bulk.finished_at = State.RUNNING, now, None, None
    bulk.save(update_fields=["state", "undone_at", "beat_at", "finished_at"])
    write_line(what="patrons.put_back", thing="bulk", reference=str(bulk.pk), fields=[bulk.action], by=by, now=now)
    return True


def run_bulk(*, pk: int, clock: Clock) -> bool:
    """Do what is left of an action, or put back what it did; False: it is done, or somebody else is at it."""
    if not _claim(pk, clock()):
        return False
    bulk = BulkAction.objects.select_related("by").get(pk=pk)
    try:
        _choose(bulk)
        if bulk.action == EXPORT:
            write_export(bulk=bulk, clock=clock)
        else:
            while _do_piece(pk, clock()):
                pass
    except Exception as error:
        log.exception("bulk action %s broke", pk)
        words = BROKE.format(kind=type(error).__name__)
        BulkAction.objects.filter(pk=pk).update(state=State.FAILED, error=words, finished_at=clock())
    return True


def left_actions(*, now: datetime) -> list[int]:
    """Actions that nobody is working on."""
    waiting = BulkAction.objects.filter(_unattended(now), state__in=[State.QUEUED, State.RUNNING])
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def run_left(*, now: datetime) -> int:
    """Take them up, in this process; how many."""
    return sum(run_bulk(pk=pk, clock=lambda: now) for pk in left_actions(now=now))


def _unattended(now: datetime) -> Q:
    return Q(beat_at=None) | Q(beat_at__lt=now - DEAD_AFTER)


def _claim(pk: int, now: datetime) -> bool:
    open_ = BulkAction.objects.filter(_unattended(now), pk=pk, state__in=[State.QUEUED, State.RUNNING])
    return open_.update(beat_at=now, state=State.RUNNING) > 0


@transaction.atomic
def _choose(bulk: BulkAction) -> None:
    """Everybody whom the list shows, written down once, as whoever asked may see them."""
    if bulk.total or bulk.by is None or bulk.undone_at or BulkChange.objects.filter(bulk=bulk).exists():
        return
    chosen = fitting(Patron.objects.visible_to(bulk.by), filters_of(bulk.query)).order_by().values("pk")
    statement, parameters = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        # The inner statement is Django's own; its values stay parameters.
        cursor.execute(CHOOSE.format(chosen=statement), [bulk.pk, *parameters])
        bulk.total = cursor.rowcount
    bulk.save(update_fields=["total"])


@transaction.atomic
def _do_piece(pk: int, now: datetime) -> bool:
    """The next few patrons; False when none is left, and the action is closed."""
    bulk = BulkAction.objects.select_for_update(of=("self",)).select_related("by").get(pk=pk)
    if bulk.state != State.RUNNING:
        return False
    back = bulk.undone_at is not None
    todo = BulkChange.objects.filter(bulk=bulk, before__isnull=not back).order_by("pk")
    piece = list(todo.select_for_update()[:PIECE])
    if piece:
        put = _put_back if back else _change
        put(bulk, piece)
        BulkChange.objects.bulk_update(piece, ["before"])
        bulk.done += -len(piece) if back else len(piece)
    else:
        bulk.state, bulk.finished_at = (State.UNDONE if back else State.DONE), now
    bulk.beat_at = now
    bulk.save(update_fields=["state", "done", "beat_at", "finished_at"])
    return bool(piece)


def _change(bulk: BulkAction, piece: list[BulkChange]) -> None:
    column, by_hand = COLUMNS[bulk.action]
    value = _value(bulk)
    held = _held(bulk, piece)
    for change in piece:
        patron = held.get(change.patron_id)
        if patron is None or _is_so(getattr(patron, column), value):
            change.before = {}
            continue
        change.before = {"value": _plain(getattr(patron, column)), "by_hand": by_hand in patron.by_hand}
        setattr(patron, column, value)
        if by_hand:
            patron.by_hand = sorted({*patron.by_hand, by_hand})
    Patron.objects.bulk_update(held.values(), [column.removesuffix("_id"), "by_hand"])


def _put_back(bulk: BulkAction, piece: list[BulkChange]) -> None:
    column, by_hand = COLUMNS[bulk.action]
    value = _value(bulk)
    held = _held(bulk, piece)
    for change in piece:
        patron, before = held.get(change.patron_id), change.before
        change.before = None
        if patron is None or not before or getattr(patron, column) != value:
            continue
        old = before["value"]
        setattr(patron, column, datetime.fromisoformat(old) if old and column == "gone_at" else old)
        if by_hand and not before["by_hand"]:
            patron.by_hand = [name for name in patron.by_hand if name != by_hand]
    Patron.objects.bulk_update(held.values(), [column.removesuffix("_id"), "by_hand"])


def _held(bulk: BulkAction, piece: list[BulkChange]) -> dict[int, Patron]:
    """Those whom the one who asked may see at this moment; the way back too, as a colleague may be moved meanwhile."""
    visible = Patron.objects.visible_to(bulk.by) if bulk.by else Patron.objects.none()
    ids = [change.patron_id for change in piece]
    rows = visible.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")
    return {patron.pk: patron for patron in rows}


def _value(bulk: BulkAction) -> Any:
    if bulk.action == "gone":
        return bulk.started_at if bulk.value == "yes" else None
    return int(bulk.value) if bulk.action == "branch" else bulk.value


def _is_so(present: Any, value: Any) -> bool:
    """Nothing to change. Whoever is gone stays gone since the first time."""
    return present == value or (isinstance(present, datetime) and isinstance(value, datetime))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
