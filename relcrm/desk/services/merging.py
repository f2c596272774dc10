"""Two records of one person made one by staff, and taken apart again exactly (patrons.Merge keeps what that needs)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction

from engagement.models import Score
from engagement.services.scores import recount_patron
from library.models import User
from library.services.audit import write_line
from library.services.settings import current_settings
from outreach.models import CheckIn
from outreach.services.merging import forget_without_consent, merge_records
from patrons.models import BulkAction, BulkChange, Consent, Merge, Patron
from patrons.services.consents import withdraw_consent
from patrons.services.references import reference_of
from relcrm.kit.rowdiff import Rows, Table, put_back_changes, put_back_deleted, read_rows, what_changed

PATRONS = Table(Patron._meta.db_table, "id", "id")
# A reader may have a hundred thousand lines; a merge touches only these columns of them.
SOME_COLUMNS = {"engagement_interaction": ("id", "patron_id", "at", "title_id", "thread")}


class NotTheSame(Exception):
    """These may not be one: a child and a grown-up, one record twice, or a record that is gone."""


class UndoTooLate(Exception):
    """What the merge did is no longer on record, it was undone, or a later merge has to be undone first."""


@transaction.atomic
def merge_patrons(*, gone: Patron, kept: Patron, from_gone: Collection[str] = (), by: User, now: datetime) -> Merge:
    """Make `gone` part of `kept`, with the fields named taken from `gone`; the journal takes it back.

    Links, numbers and addresses of `gone` go on working. Raises NotTheSame.
    """
    gone, kept = _lock(gone, kept)
    both = [gone.pk, kept.pk]
    references = [reference_of(patron) for patron in (kept, gone)]
    before = {table: read_rows(table, both) for table in tables()}
    merge_records(gone=gone, kept=kept, from_gone=from_gone, now=now)
    gone_public_id = gone.public_id
    gone.delete()
    journal = {
        f"{table.name}.{table.owner}": what_changed(rows, read_rows(table, both, list(rows)))
        for table, rows in before.items()
    }
    journal = {name: part for name, part in journal.items() if any(part.values())}
    merge = Merge.objects.create(
        into=kept, gone_public_id=gone_public_id, journal={"rows": journal, "score": _score(kept.pk)}, by=by, at=now
    )
    for reference in references:
        write_line(what="patron.merged", thing="patron", reference=reference, fields=sorted(from_gone), by=by, now=now)
    return merge


@transaction.atomic
def undo_merge(*, merge: Merge, by: User, now: datetime) -> Patron:
    """Two records again, every row as it was; what was made or changed since stays with the one kept.

    Whoever withdrew a consent meanwhile withdrew it for both. Returns the record that is back. Raises UndoTooLate.
    """
    list(Patron.objects.select_for_update().filter(pk=merge.into_id))
    merge = Merge.objects.select_for_update(of=("self",)).select_related("into").get(pk=merge.pk)
    if not may_undo(merge, now=now):
        raise UndoTooLate
    score = _score(merge.into_id)
    withdrawn = set(
        Consent.objects.filter(patron=merge.into_id, withdrawn_at__gt=merge.at).values_list("purpose", flat=True)
    )
    _restore(merge.journal["rows"])
    back = Patron.objects.get(public_id=merge.gone_public_id)
    _settle(back, merge.into, withdrawn, recount=score != merge.journal["score"], now=now)
    merge.journal, merge.undone_at = {}, now
    merge.save(update_fields=["journal", "undone_at"])
    for patron in (merge.into, back):
        write_line(what="patron.unmerged", thing="patron", reference=reference_of(patron), by=by, now=now)
    return back


def may_undo(merge: Merge, *, now: datetime) -> bool:
    """Not undone, still on record, in time, and the last one into this record."""
    if merge.undone_at or not merge.journal or merge.at < now - timedelta(days=current_settings().keep_undo_days):
        return False
    return not Merge.objects.filter(into=merge.into_id, undone_at=None, pk__gt=merge.pk).exists()


def tables() -> Iterator[Table]:
    """Every table with rows of a patron, the patrons themselves first."""
    yield PATRONS
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Patron:
                name = model._meta.db_table
                key = str(model._meta.pk.column)
                yield Table(name, key, str(field.column), SOME_COLUMNS.get(name, ()))


def _lock(gone: Patron, kept: Patron) -> tuple[Patron, Patron]:
    """Both rows as they are now, locked in one order; check-ins first, as those who answer them do."""
    list(CheckIn.objects.select_for_update(of=("self",)).filter(letter__request__patron=gone).order_by("pk"))
    rows = Patron.objects.select_for_update().filter(pk__in=[gone.pk, kept.pk]).order_by("pk")
    held = {row.pk: row for row in rows}
    if len(held) != len({gone.pk, kept.pk}) or gone.pk == kept.pk:
        raise NotTheSame
    gone, kept = held[gone.pk], held[kept.pk]
    if gone.is_child != kept.is_child:
        raise NotTheSame
    return gone, kept


def _restore(journal: dict[str, Any]) -> None:
    """First what changed, so that every number that must be unique is free; then the rows that went."""
    parts = [(table, journal[key]) for table in tables() if (key := f"{table.name}.{table.owner}") in journal]
    for table, part in parts:
        put_back_changes(table, part)
    try:
        for table, part in parts:
            if table.name == BulkChange._meta.db_table:
                part["deleted"] = _of_bulks_still_there(part["deleted"])
            put_back_deleted(table, part)
    except IntegrityError as error:
        raise UndoTooLate from error


def _of_bulks_still_there(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    there = set(BulkAction.objects.filter(pk__in=[row["bulk_id"] for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row["bulk_id"] in there]


def _settle(back: Patron, kept: Patron, withdrawn: Collection[str], *, recount: bool, now: datetime) -> None:
    """A word given meanwhile holds for the record that is back; scores that moved since are counted anew."""
    for purpose in withdrawn:
        withdraw_consent(patron=back, purpose=purpose, now=now)
    for patron in (back, kept):
        if withdrawn:
            forget_without_consent(patron=patron, now=now)
        if recount and Consent.objects.holds(patron, Consent.Purpose.PROFILE):
            recount_patron(patron=patron, now=now)


def _score(pk: int) -> Rows | None:
    return read_rows(Table(Score._meta.db_table, "patron_id", "patron_id"), [pk]) or None
