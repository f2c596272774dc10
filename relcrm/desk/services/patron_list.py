"""The list of patrons: found by words, narrowed by filters, page after page by name.

A page never sorts or counts more than a thousand rows. Up to a thousand that fit are read and put in order; when there
are more, those whose names begin with the words come straight from the index, and of the others as many as were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_date
from django.utils.http import urlencode

from outreach.models import Request
from patrons.models import Patron
from patrons.querysets import PatronQuerySet
from patrons.services import finding
from relcrm.desk.services.measured import narrow_measured

PAGE = 25
MOST = 1000
NONE = "none"
Row = tuple[str, int]


@dataclass(frozen=True)
class Filters:
    """What narrows the list; empty means all. Every value is one that the form knows (forms.patrons.read_filters)."""

    words: str = ""
    branch: str = ""
    stage: str = ""
    type: str = ""
    audience: str = ""
    language: str = ""
    standing: str = ""
    consent: str = ""
    source: str = ""
    channel: str = ""
    household: str = ""
    open: str = ""
    since: date | None = None

    @property
    def said(self) -> dict[str, str]:
        """What was chosen, as the address names it."""
        return {"q" if name == "words" else name: str(value) for name, value in vars(self).items() if value}

    @property
    def query(self) -> str:
        """These filters as the list's address has them."""
        return urlencode(self.said)

    @property
    def chosen(self) -> int:
        """How many there are besides the words."""
        return sum(bool(value) for name, value in vars(self).items() if name != "words")


def narrow(patrons: PatronQuerySet, filters: Filters) -> PatronQuerySet:
    """Those that fit the filters; the words are for `find_page`."""
    plain = {"audience": filters.audience, "language": filters.language, "standing": filters.standing}
    plain["preferred_channel"] = filters.channel
    patrons = patrons.filter(**{name: value for name, value in plain.items() if value})
    if filters.branch:
        patrons = patrons.filter(branch=None if filters.branch == NONE else int(filters.branch))
    patrons = narrow_measured(patrons, stage=filters.stage, kind=filters.type)
    if filters.consent:
        patrons = patrons.consenting(filters.consent.removeprefix("no_"), held=not filters.consent.startswith("no_"))
    if filters.source:
        patrons = patrons.filter(SOURCES[filters.source])
    if filters.household:
        patrons = patrons.filter(household__isnull=filters.household == "no")
    if filters.since:
        patrons = patrons.filter(joined_on__gte=filters.since)
    if filters.open:
        waits = Exists(Request.objects.filter(patron=OuterRef("pk"), state__in=["waiting", "held"]))
        patrons = patrons.filter(waits if filters.open == "yes" else ~waits)
    return patrons


def fitting(patrons: PatronQuerySet, filters: Filters) -> PatronQuerySet:
    """Everybody whom the list with these filters shows, on all its pages."""
    patrons = narrow(patrons, filters)
    if not filters.words:
        return patrons
    keyed = [pk for _text, pk in finding.by_key(patrons, filters.words)]
    named = finding.by_name(patrons, filters.words) if finding.typed(filters.words) else patrons.none()
    return patrons.filter(Q(pk__in=keyed) | Q(pk__in=named.values("pk")))


def filters_of(query: str) -> Filters:
    """Filters from the words of `Filters.query`."""
    said: dict[str, Any] = dict(parse_qsl(query))
    since = said.pop("since", "")
    return Filters(words=said.pop("q", ""), since=parse_date(since) if since else None, **said)


SOURCES = {
    "ils": ~Q(ils_id="") & Q(gone_at=None),
    "gone": Q(gone_at__isnull=False),
    "here": Q(ils_id=""),
}


@dataclass(frozen=True)
class PatronList:
    """One page of patrons. `after` names the last one, for the next page; empty: this is the last page.

    `count` is exact up to a thousand; `many`: there are more than that.
    """

    patrons: list[Patron]
    after: str
    count: int
    many: bool


@dataclass(frozen=True)
class Place:
    """Where the page before ended."""

    row: Row
    begins: bool


def find_page(patrons: PatronQuerySet, *, words: str, after: str, places: Sequence[int] = ()) -> PatronList:
    """A page of `patrons` (those that may be seen, narrowed) that fit the words; six queries at most.

    `places` are the branches `patrons` is limited to, those without a branch besides; empty: all.
    """
    start = finding.beginning(words)
    place = _place(after, start)
    keyed = finding.by_key(patrons, words) if place is None else []
    if words and not start:  # nothing but signs
        return PatronList(_read(keyed), "", len(keyed), False)
    begins = patrons.filter(search_text__startswith=start) if start else patrons
    if places:
        # What visible_to says already, in words that let the index of names by branch be used.
        begins = begins.filter(Q(branch__in=places) | Q(branch=None))
    begun = _some(begins)
    further = _from_index(begins, place, places) if len(begun) > MOST else []
    some = begun
    if len(further) <= PAGE and start:
        some = _some(finding.by_name(patrons, words))
    if len(begun) <= MOST:
        further = _in_order({*begun, *some}, start, place)
    elif len(further) <= PAGE:
        others = {row for row in some if not row[0].startswith(start)}
        further += _in_order(others, start, place)
    rows = list(dict.fromkeys([*keyed, *further]))
    page, more = _read(rows[:PAGE]), len(rows) > PAGE
    count = {*keyed, *begun, *some}
    return PatronList(page, page[-1].public_id if more and page else "", len(count), len(count) > MOST)


def _some(patrons: PatronQuerySet) -> list[Row]:
    """As many as are ever put in order, and one more."""
    return list(patrons.order_by().values_list("search_text", "pk")[: MOST + 1])


def _place(after: str, start: str) -> Place | None:
    row = Patron.objects.filter(public_id=after).values_list("search_text", "pk").first() if after else None
    return Place(row, row[0].startswith(start)) if row else None


def _in_order(some: set[Row], start: str, place: Place | None) -> list[Row]:
    """Of the rows read, a page: names that begin with the words, then the others, each by name."""

    def key(row: Row) -> tuple[bool, Row]:
        return not row[0].startswith(start), row

    rows = sorted(some, key=key)
    if place:
        rows = [row for row in rows if key(row) > (not place.begins, place.row)]
    return rows[: PAGE + 1]


def _from_index(rows: PatronQuerySet, place: Place | None, places: Sequence[int]) -> list[Row]:
    """The next names that begin with the words, straight from the index of names, or from that of each branch."""
    if place and not place.begins:
        return []
    if place:
        text, pk = place.row
        rows = rows.filter(Q(search_text__gt=text) | Q(search_text=text, pk__gt=pk), search_text__gte=text)
    ordered = rows.order_by("search_text", "pk").values_list("search_text", "pk")
    if not places:
        return list(ordered[: PAGE + 1])
    parts = [ordered.filter(branch=place)[: PAGE + 1] for place in (*places, None)]
    return list(parts[0].union(*parts[1:], all=True).order_by("search_text", "pk")[: PAGE + 1])


def _read(rows: Sequence[Row]) -> list[Patron]:
    """The patrons of these rows, in their order."""
    found = Patron.objects.select_related("branch", "score").in_bulk([pk for _text, pk in rows])
    return [found[pk] for _text, pk in rows if pk in found]
