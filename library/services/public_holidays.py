"""The public holidays of a country or a region: looked up, added for the library or a branch, taken back.

The days come from the `holidays` package. What it does not know, it does not make up: a year without days stays empty.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from django.db import transaction
from django.db.models import Q

from library.models import Branch, Holiday, User
from library.services.branches import HolidayExists, add_holiday, remove_holiday

if TYPE_CHECKING:
    from holidays import HolidayBase

SATURDAY = 5
LONGEST_NAME = 120


@dataclass(frozen=True)
class Country:
    """What can be chosen of a country: its regions, and the languages its days are named in, each (code, name)."""

    code: str
    name: str
    regions: list[tuple[str, str]]
    languages: list[tuple[str, str]]


@dataclass(frozen=True)
class Wish:
    """Whose holidays of which year. No region: those of the whole country; no language: the country's own names."""

    country: str
    region: str
    year: int
    language: str
    branch: Branch | None


@dataclass(frozen=True)
class PublicDay:
    """A day as it would be added. `there`: it is closed there already, under this name. `weekend`: closed anyway."""

    day: date
    name: str
    there: str
    weekend: bool


@cache
def countries() -> list[tuple[str, str]]:
    """(code, English name) of every country whose days are known, by name."""
    from holidays import list_supported_countries  # noqa: PLC0415  (takes 0.2 s to load, and only this page needs it)

    names = Locale("en").territories
    known = [(code, names.get(code, code)) for code in list_supported_countries(include_aliases=False)]
    return sorted(known, key=lambda one: one[1])


@cache
def country_of(code: str) -> Country:
    """One of `countries` with what can be chosen of it."""
    entity = _entity(code)
    aliases = entity.get_subdivision_aliases()
    regions = [(region, max(aliases.get(region, []), key=len, default=region)) for region in entity.subdivisions]
    return Country(
        code=code,
        name=dict(countries())[code],
        regions=sorted(regions, key=lambda one: one[1]),
        languages=sorted(((one, _language(one)) for one in entity.supported_languages), key=lambda one: one[1]),
    )


def public_days(wish: Wish) -> list[PublicDay]:
    """The days in their order, each with what is there already."""
    entity = _entity(wish.country, wish.region, wish.year, wish.language)
    closed = Holiday.objects.filter(Q(branch=None) | Q(branch=wish.branch), day__year=wish.year)
    there = dict(closed.values_list("day", "name"))
    return [
        PublicDay(day, _short(name), there.get(day, ""), day.weekday() >= SATURDAY)
        for day, name in sorted(entity.items())
        if day.year == wish.year
    ]


@transaction.atomic
def add_public_days(*, wish: Wish, days: Collection[date], by: User, now: datetime) -> list[Holiday]:
    """Close the library, or the branch, on those of these days that are public holidays and not closed already."""
    added = []
    for one in public_days(wish):
        if one.day in days and not one.there:
            try:
                added.append(add_holiday(day=one.day, name=one.name, branch=wish.branch, by=by, now=now))
            except HolidayExists:
                continue  # a colleague was quicker
    return added


@transaction.atomic
def take_back_days(*, numbers: Sequence[int], by: User, now: datetime) -> int:
    """Remove what was just added; how many of them were still there."""
    holidays = list(Holiday.objects.select_for_update().filter(pk__in=numbers).order_by("day"))
    for holiday in holidays:
        remove_holiday(holiday=holiday, by=by, now=now)
    return len(holidays)


def _entity(country: str, region: str = "", year: int | None = None, language: str = "") -> HolidayBase:
    from holidays import country_holidays  # noqa: PLC0415  (as above)

    return country_holidays(country, subdiv=region or None, years=year, language=language or None)


def _language(code: str) -> str:
    try:
        name = Locale.parse(code).get_display_name("en")
    except UnknownLocaleError:
        name = Locale("en").languages.get(code.partition("_")[0])
    return name or code


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
