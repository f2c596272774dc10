"""The periods reports speak of: quarters on screen, any days for the command. Pure."""

from __future__ import annotations

from calendar import monthrange
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

    @property
    def grain(self) -> str:
        """'quarter' or 'month' where it is a whole one, else ''."""
        if (self.first, self.last) == _quarter_days(self.first):
            return "quarter"
        return "month" if (self.first, self.last) == _month_days(self.first) else ""


def quarter_of(day: date) -> Period:
    """The quarter a day lies in, beside the quarter before."""
    quarter = _quarter(day)
    before = _quarter(quarter.first - DAY)
    return Period(quarter.first, quarter.last, quarter.key, quarter.label, before)


def month_of(day: date) -> Period:
    """The month a day lies in, beside the month before."""
    first, last = _month_days(day)
    before_first, before_last = _month_days(first - DAY)
    before = Period(before_first, before_last, f"{before_first:%Y-%m}", month_label(before_first))
    return Period(first, last, f"{first:%Y-%m}", month_label(first), before)


def months_of(period: Period) -> list[Period]:
    """The months a period begins, runs through or ends in, oldest first."""
    months = [month_of(period.first)]
    while months[-1].last < period.last:
        months.append(month_of(months[-1].last + DAY))
    return months


def quarters_until(day: date) -> list[Period]:
    """The quarter of that day and those before it, newest first: what a reader of reports can choose."""
    quarters = [quarter_of(day)]
    while len(quarters) < QUARTERS_OFFERED:
        quarters.append(quarter_of(quarters[-1].first - DAY))
    return quarters


def period_between(first: date, last: date) -> Period:
    """Any days, beside as many days just before; the days of a whole quarter or month are that quarter or month.

    Raises ValueError when it ends before it starts.
    """
    if last < first:
        raise ValueError(f"{last} is before {first}")
    for whole in _whole_periods(first):
        if (whole.first, whole.last) == (first, last):
            return whole
    length = last - first + DAY
    try:
        before = Period(first - length, first - DAY, "", _span(first - length, first - DAY))
        return Period(first, last, f"{first}/{last}", _span(first, last), before)
    except OverflowError as error:
        raise ValueError(f"No period as long as this lies before {first}") from error


def _whole_periods(first: date) -> list[Period]:
    """The quarter and the month of a day, where there are any: no calendar goes on before its first."""
    try:
        return [quarter_of(first), month_of(first)]
    except (OverflowError, ValueError):
        return []


def month_label(first: date) -> str:
    """A month as on the page: 'Nov 2026'."""
    return f"{MONTHS[first.month - 1][:3]} {first.year}"


def _quarter(day: date) -> Period:
    number = (day.month - 1) // 3
    first, last = _quarter_days(day)
    label = f"{MONTHS[3 * number]} to {MONTHS[3 * number + 2]} {day.year}"
    return Period(first, last, f"{day.year}-Q{number + 1}", label)


def _quarter_days(day: date) -> tuple[date, date]:
    start = 3 * ((day.month - 1) // 3) + 1
    return date(day.year, start, 1), _month_days(date(day.year, start + 2, 1))[1]


def _month_days(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _span(first: date, last: date) -> str:
    return f"{first.day} {MONTHS[first.month - 1]} {first.year} to {last.day} {MONTHS[last.month - 1]} {last.year}"
