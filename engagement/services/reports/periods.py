"""The periods reports speak of: quarters on screen, any days for the command. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
QUARTERS_OFFERED = 8
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both counted, and the period before it to compare with."""

    first: date
    last: date
    key: str
    label: str
    before: Period | None = None

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end (not counted) as times in that zone."""
        start, end = (datetime.combine(day, time.min, zone) for day in (self.first, self.last + DAY))
        return start, end


def quarter_of(day: date) -> Period:
    """The quarter a day lies in, beside the quarter before."""
    quarter = _quarter(day)
    before = _quarter(quarter.first - DAY)
    return Period(quarter.first, quarter.last, quarter.key, quarter.label, before)


def quarters_until(day: date) -> list[Period]:
    """The quarter of that day and those before it, newest first: what a reader of reports can choose."""
    quarters = [quarter_of(day)]
    while len(quarters) < QUARTERS_OFFERED:
        quarters.append(quarter_of(quarters[-1].first - DAY))
    return quarters


def period_between(first: date, last: date) -> Period:
    """Any days, beside as many days just before. Raises ValueError when it ends before it starts."""
    if last < first:
        raise ValueError(f"{last} is before {first}")
    length = last - first + DAY
    try:
        before = Period(first - length, first - DAY, "", _span(first - length, first - DAY))
        return Period(first, last, f"{first}/{last}", _span(first, last), before)
    except OverflowError as error:
        raise ValueError(f"No period as long as this lies before {first}") from error


def month_label(first: date) -> str:
    """A month as on the page: 'Nov 2026'."""
    return f"{MONTHS[first.month - 1][:3]} {first.year}"


def _quarter(day: date) -> Period:
    number = (day.month - 1) // 3
    first = date(day.year, 3 * number + 1, 1)
    after = date(day.year + 1, 1, 1) if number == 3 else date(day.year, 3 * number + 4, 1)  # noqa: PLR2004  (the last of four)
    label = f"{MONTHS[3 * number]} to {MONTHS[3 * number + 2]} {day.year}"
    return Period(first, after - DAY, f"{day.year}-Q{number + 1}", label)


def _span(first: date, last: date) -> str:
    return f"{first.day} {MONTHS[first.month - 1]} {first.year} to {last.day} {MONTHS[last.month - 1]} {last.year}"
