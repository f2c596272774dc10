"""From a file of likes, shares and sign-ups to clean numbers. A row holds one measure, or one column for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import timezone

from engagement.models import MarketingNumber
from engagement.services.decay import EARLIEST
from library.services.importing import Field
from library.services.imports import Issue
from library.services.reading import maps
from library.services.reading.dates import Dates, NoDate
from library.services.reading.opening import open_table
from library.services.reading.picking import Picking
from library.services.reading.table import Problem, Table
from library.services.reading.words import cut

MEASURES: tuple[str, ...] = tuple(MarketingNumber.Measure.values)
LONGEST_CHANNEL, LONGEST_CAMPAIGN = 60, 120
MOST = 2_147_483_647
WHOLE = re.compile(r"[0-9]{1,10}(?:\.0+)?")
LETTERS = re.compile(r"[^a-z]+")
FIELDS = (
    Field("channel", "Channel", required=True, help="Facebook, Instagram, flyer, newsletter ..."),
    Field("campaign", "Campaign"),
    Field("day", "Day", required=True),
    Field("measure", "Measure", help="likes, shares, comments, direct messages, sign-ups, database use."),
    Field("value", "Value"),
    Field("branch", "Branch"),
    *(Field(name, label.capitalize()) for name, label in MarketingNumber.Measure.choices),
)
OURS = maps.Preset(
    label="Our own columns (CSV)",
    format="csv",
    marks=[("channel", when) for when in ("day", "date")],
    fields={
        "channel": "channel",
        "campaign": "campaign",
        "day": ["day", "date"],
        "measure": "measure",
        "value": ["value", "count", "number"],
        "branch": "branch",
        **{name: [name, name.replace("_", " "), name.replace("_", "-")] for name in MEASURES},
    },
)
KIND = maps.Kind("marketing", FIELDS, ("day",), (("channel", "day"),), {"relcrm": OURS})
NO_CHANNEL = "The row does not say where it was counted."
NO_DAY = "The row does not say for which day."
TOO_EARLY, TOO_LATE = "This day is before 1890.", "This day is still to come."
NO_MEASURE = "There is no measure '{said}'. Known: " + ", ".join(MEASURES) + "."
NO_VALUE = "A whole number from 0 to 2,147,483,647 is needed."
NOTHING = "The row has no number."


class CleanNumber(NamedTuple):
    """One number of a file."""

    line: int
    channel: str
    campaign: str
    day: date
    measure: str
    branch: str
    value: int


def recognise(header: Sequence[str]) -> str:
    """Whether these are our own columns of marketing numbers, or ''."""
    return maps.recognise(KIND, header)


def read_numbers(
    source: Table | Path, *, preset: str, mapping: Mapping[str, Any] | None, now: datetime
) -> Iterator[CleanNumber | Issue]:
    """The numbers of a file in its order, with what is wrong. Raises UnreadableFile before anything is handed on."""
    table = open_table(source) if isinstance(source, Path) else source
    plan = maps.plan_for(KIND, table, preset=preset, mapping=mapping)
    picking = Picking(table, plan, fields=[field.name for field in FIELDS], dates=["day"])
    dates = Dates(order=picking.orders.get("day", ""), zone=timezone.get_default_timezone())
    for row in picking.rows():
        if isinstance(row, Problem):
            yield Issue(row.line, "", "", row.reason)
        else:
            yield from _numbers_of(*row, dates, now)


def _numbers_of(line: int, values: Sequence[str], dates: Dates, now: datetime) -> Iterator[CleanNumber | Issue]:
    channel, campaign, when, measure, value, branch, *wide = values
    if not channel:
        yield Issue(line, "channel", "", NO_CHANNEL)
        return
    try:
        day = _day(when, dates, now)
    except NoDate as error:
        yield Issue(line, "day", when, str(error))
        return
    found = dict(zip(MEASURES, wide, strict=True))
    if measure or value:
        found[LETTERS.sub("_", measure.lower()).strip("_")] = value
    said = {name: number for name, number in found.items() if number}
    if not said:
        yield Issue(line, "value", "", NOTHING)
    for name, number in said.items():
        if name not in MEASURES:
            yield Issue(line, "measure", measure, NO_MEASURE.format(said=cut(measure, 40)))
        elif not WHOLE.fullmatch(number) or int(float(number)) > MOST:
            yield Issue(line, "value", number, NO_VALUE)
        else:
            place = cut(channel, LONGEST_CHANNEL), cut(campaign, LONGEST_CAMPAIGN)
            yield CleanNumber(line, *place, day, name, branch, int(float(number)))


def _day(when: str, dates: Dates, now: datetime) -> date:
    """The day of a row. Raises NoDate."""
    if not when:
        raise NoDate(NO_DAY)
    at = dates.moment(when)
    if at is None:
        raise NoDate(NO_DAY)
    day = at.astimezone(dates.zone).date()
    if day < EARLIEST.date():
        raise NoDate(TOO_EARLY)
    if day > now.astimezone(dates.zone).date():
        raise NoDate(TOO_LATE)
    return day
