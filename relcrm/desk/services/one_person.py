"""What the pages about doubles show: proposed pairs, merges that can be undone, two records side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf.locale import LANG_INFO
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery

from engagement.models import Interaction, Loan, NeedAsk, Note
from library.models import User
from library.services.settings import current_settings
from outreach.models import Letter, Message, Request
from patrons.models import Card, Consent, Duplicate, Merge, Patron
from patrons.querysets import PatronQuerySet
from patrons.services.merging import CHOSEN

PAGE = 25
MERGES = 10
MOVING: dict[str, tuple[type, str]] = {
    "cards": (Card, "patron"),
    "requests": (Request, "patron"),
    "letters": (Letter, "request__patron"),
    "messages": (Message, "patron"),
    "loans": (Loan, "patron"),
    "notes": (Note, "patron"),
    "needs": (NeedAsk, "patron"),
    "interactions": (Interaction, "patron"),
}
LABELS = {"postal_address": "Postal address", "email": "E-mail", "joined_on": "Joined", "card_expires_on": "Card ends"}


@dataclass(frozen=True)
class Pairs:
    """A page of pairs, newest first; `after`: where the next one begins (0: nowhere)."""

    rows: list[Duplicate]
    after: int
    merges: list[Merge]


@dataclass(frozen=True)
class FieldPair:
    """One field of two records. `from_gone`: the value that would stay comes from the record that goes."""

    name: str
    label: str
    kept: str
    gone: str
    from_gone: bool

    @property
    def differ(self) -> bool:
        """Whether there is something to choose."""
        return bool(self.kept and self.gone) and self.kept != self.gone


@dataclass(frozen=True)
class SideBySide:
    """Two records, what would move, and what would hold of the consents."""

    kept: Patron
    gone: Patron
    fields: list[FieldPair]
    moving: list[tuple[str, int, int]]
    consents: list[tuple[str, str]]


def proposed_pairs(*, user: User, after: int, now: datetime) -> Pairs:
    """Pairs this person may see, and the merges that can be undone."""
    visible = Patron.objects.visible_to(user)
    pairs = Duplicate.objects.filter(dismissed_at=None, first__in=visible, second__in=visible)
    if after:
        pairs = pairs.filter(pk__lt=after)
    rows = list(pairs.select_related("first__branch", "second__branch").order_by("-pk")[: PAGE + 1])
    since = now - timedelta(days=current_settings().keep_undo_days)
    merges = Merge.objects.filter(into__in=visible, undone_at=None, at__gte=since).exclude(journal={}).defer("journal")
    merges = merges.select_related("into", "by").order_by("-pk")[:MERGES]
    return Pairs(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else 0, list(merges))


def with_counts(patrons: PatronQuerySet) -> PatronQuerySet:
    """Patrons with how much of each kind hangs on them, in one query."""
    counts = {f"n_{name.replace(' ', '_')}": _count(model, path) for name, (model, path) in MOVING.items()}
    return patrons.select_related("branch", "household").annotate(**counts)


def _count(model: type, path: str) -> Subquery:
    rows: QuerySet[Patron] = model.objects.filter(**{path: OuterRef("pk")}).order_by()  # type: ignore[attr-defined]  # a model
    total = rows.annotate(n=Func(F("pk"), function="count")).values("n")
    return Subquery(total, output_field=IntegerField())


def side_by_side(*, kept: Patron, gone: Patron) -> SideBySide:
    """Everything the merge page shows of two patrons from `with_counts`."""
    fields = [_field(name, kept, gone) for name in CHOSEN]
    moving = [(name, _counted(kept, name), _counted(gone, name)) for name in MOVING]
    return SideBySide(kept, gone, fields, [row for row in moving if row[1] or row[2]], _consents(kept, gone))


def _counted(patron: Patron, name: str) -> int:
    return int(getattr(patron, f"n_{name.replace(' ', '_')}"))


def _field(name: str, kept: Patron, gone: Patron) -> FieldPair:
    ours, theirs = _words(kept, name), _words(gone, name)
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    return FieldPair(name, label, ours, theirs, from_gone=bool(theirs) and not ours)


def _words(patron: Patron, name: str) -> str:
    value = getattr(patron, name)
    if name == "language":
        return str(LANG_INFO[value]["name"])
    shown = getattr(patron, f"get_{name}_display", None)
    return str(shown() if shown else value) if value not in (None, "") else ""


def _consents(kept: Patron, gone: Patron) -> list[tuple[str, str]]:
    """Per purpose what holds afterwards: the newest word of either record."""
    rows = Consent.objects.filter(patron__in=[kept, gone]).order_by("given_at", "pk")
    told: dict[str, str] = {}
    for purpose, label in Consent.Purpose.choices:
        of_it = [row for row in rows if row.purpose == purpose]
        if of_it:
            told[str(label)] = _newest_word(of_it)
    return list(told.items())


def _newest_word(rows: Sequence[Consent]) -> str:
    active = [row for row in rows if row.withdrawn_at is None]
    ends = [row.withdrawn_at for row in rows if row.withdrawn_at]
    if active and not any(end > active[-1].given_at for end in ends):
        return f"agreed on {active[-1].given_at:%-d %B %Y}"
    return f"withdrawn on {max(ends):%-d %B %Y}" if ends else "not agreed"
