"""What the institution's own tables may say about a reader: traces of imports, saved searches, audit lines.

This floor knows no patrons: it is told the words a person is known by, or their random reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models import Q, QuerySet

from library.models import AuditLine, ImportIssue, ImportRun, LibrarySettings, SavedFilter
from library.services.settings import current_settings

# Shorter words count only as a whole: a reader called An is not meant by every value with 'an' in it.
LONG_ENOUGH = 5
TAKEN_OUT = "(taken out)"


@dataclass(frozen=True)
class Limits:
    """What is older than these times is let go, each by its own rule (PRIV-08)."""

    unanswered: datetime
    identity: datetime
    notes: datetime
    mail_bodies: datetime
    events: datetime
    undo: datetime
    exports: datetime


def limits_at(now: datetime, settings: LibrarySettings | None = None) -> Limits:
    """The limits of the retention table at `now`."""
    kept = settings or current_settings()
    return Limits(
        unanswered=months_before(now, kept.keep_unanswered_months),
        identity=months_before(now, kept.keep_identity_months),
        notes=months_before(now, kept.keep_notes_months),
        mail_bodies=now - timedelta(days=kept.keep_mail_bodies_days),
        events=now - timedelta(days=kept.keep_events_days),
        undo=now - timedelta(days=kept.keep_undo_days),
        exports=now - timedelta(hours=kept.keep_exports_hours),
    )


def months_before(now: datetime, months: int) -> datetime:
    """The same day and hour so many months ago, or the last day of a shorter month."""
    years, month = divmod(now.month - 1 - months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=now.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=now.year + years, month=month + 1, day=min(now.day, 28))


def export_for(*, words: Sequence[str], reference: str) -> dict[str, Any]:
    """Values of the person that an import could not take over, and every audit line about them."""
    issues = _issues_with(words).order_by("pk").values("run__started_at", "line", "field", "value", "reason")
    lines = AuditLine.objects.filter(thing="patron", reference=reference).exclude(reference="").order_by("pk")
    return {"import_problems": list(issues), "what_staff_did": list(lines.values("at", "actor", "what", "fields"))}


@transaction.atomic
def erase_for(*, words: Sequence[str], lines: Mapping[int, Iterable[int]]) -> None:
    """Take the words out of what imports and searches left behind.

    `lines` are the places of the person in files, by the number of the run: values noted there go as well.
    """
    named = _issues_with(words)
    for run, places in lines.items():
        ImportIssue.objects.filter(run=run, line__in=list(places)).update(value="")
    for issue in named.only("reason"):
        ImportIssue.objects.filter(pk=issue.pk).update(value="", reason=without_words(issue.reason, words))
    for run_row in ImportRun.objects.exclude(error=""):
        said = without_words(run_row.error, words)
        if said != run_row.error:
            ImportRun.objects.filter(pk=run_row.pk).update(error=said)
    for row in SavedFilter.objects.all():
        if names_one(row.name, words) or query_names(row.query, words):
            row.delete()


@transaction.atomic
def anonymise_before(*, before: Limits, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """Values of rejected fields go when the download of them has run out; line, field and reason stay."""
    old = ImportIssue.objects.exclude(value="").filter(run__finished_at__lt=before.exports)
    return {"import_values": old.count() if dry_run else old.update(value="")}


def query_names(query: str, words: Sequence[str]) -> bool:
    """Whether a list's filter, as in its address, looks for one of these words."""
    return any(names_one(value, words) for _name, value in parse_qsl(query))


def names_one(value: str, words: Sequence[str]) -> bool:
    """Whether a text is, or holds, one of these words."""
    said = value.strip().casefold()
    folded = [word.strip().casefold() for word in words]
    return any(said == word or (len(word) >= LONG_ENOUGH and word in said) for word in folded if word)


def without_words(text: str, words: Sequence[str]) -> str:
    """The text with these words taken out."""
    for word in sorted((word for word in words if len(word) >= LONG_ENOUGH), key=len, reverse=True):
        place = text.casefold().find(word.casefold())
        while place >= 0:
            text = text[:place] + TAKEN_OUT + text[place + len(word) :]
            place = text.casefold().find(word.casefold(), place + len(TAKEN_OUT))
    return text


def _issues_with(words: Sequence[str]) -> QuerySet[ImportIssue]:
    where = Q(pk=None)
    for word in filter(None, (word.strip() for word in words)):
        held = Q(value__icontains=word) | Q(reason__icontains=word)
        where |= held if len(word) >= LONG_ENOUGH else Q(value__iexact=word)
    return ImportIssue.objects.filter(where)
