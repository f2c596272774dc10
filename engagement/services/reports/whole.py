"""A whole report: its parts in their order, all from the same counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from engagement.models import Pulse
from engagement.services.reports.counts import Counts, read_in_branches
from engagement.services.reports.names import Names, read_names
from engagement.services.reports.parts.contact_mix import read_contact_mix
from engagement.services.reports.parts.effort import read_effort
from engagement.services.reports.parts.experiments import read_experiments
from engagement.services.reports.parts.load import read_load
from engagement.services.reports.parts.needs import read_needs
from engagement.services.reports.parts.outcomes import read_outcomes
from engagement.services.reports.parts.overview import read_overview
from engagement.services.reports.parts.people import read_people
from engagement.services.reports.periods import DAY, Period, month_of, quarter_of
from engagement.services.reports.shapes import Part, Report, Slice
from engagement.services.working_days import zone_of

PARTS: tuple[str, ...] = ("overview", "people", "effort", "outcomes", "contact_mix", "needs", "experiments", "load")
# A trend is told by as many quarters, or by as many months.
QUARTERS, MONTHS = 8, 12
QUOTES = 3
InBranch = Callable[[str], Mapping[str, Part]]
WITH_TREND = frozenset({"overview", "outcomes"})


@dataclass(frozen=True)
class Material:
    """What parts are made of: counts of this period, the one before and those of the trend; names; what now is."""

    period: Period
    now: datetime
    is_running: bool
    names: Names
    counts: Counts
    before: Counts
    trend: tuple[tuple[str, Counts], ...]


def read_report(
    *, period: Period, slice_: Slice, parts: Sequence[str] = PARTS, now: datetime, most_lines: int | None = None
) -> Report:
    """The parts asked for, of one period and slice: at most 8 queries, however much there is to count.

    `most_lines`: how many lines of a quarter nobody counted yet are counted now (None: however many); NotCounted.
    """
    return _read(period, slice_, parts, now, with_branches=False, most_lines=most_lines)[0]


def read_with_branches(
    *, period: Period, slice_: Slice, parts: Sequence[str], now: datetime, most_lines: int | None = None
) -> tuple[Report, InBranch]:
    """The same, and any part of it in every branch by its number, in no more queries."""
    return _read(period, slice_, parts, now, with_branches=True, most_lines=most_lines)


def _read(
    period: Period, slice_: Slice, parts: Sequence[str], now: datetime, *, with_branches: bool, most_lines: int | None
) -> tuple[Report, InBranch]:
    before = [period.before] if period.before else []
    back = _back(period) if WITH_TREND & set(parts) else []
    names = read_names(since=back[0].first if back else period.first)
    trend = [one for one in back if (one.grain, one.first) in names.kept or _days(one) in map(_days, before)]
    trend = [*(trend if period.grain else before), period]
    asked = [*trend, *(one for one in before if _days(one) not in map(_days, trend))]
    branches_of = next(one for one in asked if _days(one) == _days(period)) if with_branches else None
    found, branches = read_in_branches(
        periods=asked, slice_=slice_, branches_of=branches_of, now=now, most_lines=most_lines
    )
    counted = dict(zip(map(_days, asked), found, strict=True))
    counts = counted[_days(period)]
    material = Material(
        period=period,
        now=now,
        is_running=period.last >= now.astimezone(zone_of(None)).date(),
        names=names,
        counts=counts,
        before=counted[_days(before[0])] if before else Counts({}, now, ""),
        trend=tuple((_short(one), counted[_days(one)]) for one in trend),
    )
    report = Report(
        period=period,
        slice=slice_,
        as_of=counts.as_of,
        counted=counts.counted,
        rules_version=names.rules,
        is_running=material.is_running,
        parts=tuple(READ[key](material) for key in parts),
        quotes=_quotes(period) if set(parts) == set(PARTS) and not with_branches else (),
    )
    return report, lambda key: _in_branches(key, material, branches)


def _in_branches(key: str, material: Material, branches: Mapping[str, Counts]) -> dict[str, Part]:
    """One part in every branch, of this period alone. Experiments are about all branches."""
    alone = replace(material, before=Counts({}, material.now, ""))
    return {
        branch: READ[key](replace(alone, counts=counts, trend=((_short(material.period), counts),)))
        for branch, counts in branches.items()
        if key != "experiments"
    }


def _quotes(period: Period) -> tuple[str, ...]:
    """The newest words of this period whose writers allowed them to be quoted (1 query), each once; by nobody."""
    start, end = period.moments(zone_of(None))
    allowed = Pulse.objects.filter(may_quote=True, answered_at__gte=start, answered_at__lt=end).exclude(words="")
    newest = allowed.order_by("-answered_at", "-pk").values_list("words", flat=True)[: QUOTES * QUOTES]
    return tuple(dict.fromkeys(newest))[:QUOTES]


def _back(period: Period) -> list[Period]:
    """The quarters or months before it, oldest first; none before other days."""
    step, most = {"quarter": (quarter_of, QUARTERS), "month": (month_of, MONTHS)}.get(period.grain, (quarter_of, 1))
    back = [step(period.first)]
    while len(back) < most:
        back.append(step(back[-1].first - DAY))
    return back[:0:-1]


def _days(period: Period) -> tuple[date, date]:
    """What tells periods apart, whatever they are called."""
    return period.first, period.last


def _short(period: Period) -> str:
    """'Q3 2026' for a quarter, in a picture of many; other periods as they are called."""
    if period.grain != "quarter":
        return period.label
    return f"Q{(period.first.month + 2) // 3} {period.first.year}"


def _effort(material: Material) -> Part:
    return read_effort(
        counts=material.counts,
        before=material.before,
        labels=material.names.kinds,
        hourly_rate=material.names.hourly_rate,
        currency=material.names.currency,
    )


READ: Mapping[str, Callable[[Material], Part]] = {
    "overview": lambda one: read_overview(
        counts=one.counts, before=one.before, trend=one.trend, is_running=one.is_running
    ),
    "people": lambda one: read_people(counts=one.counts, before=one.before),
    "effort": _effort,
    "outcomes": lambda one: read_outcomes(
        counts=one.counts, before=one.before, trend=one.trend, is_running=one.is_running
    ),
    "contact_mix": lambda one: read_contact_mix(counts=one.counts, before=one.before, labels=one.names.kinds),
    "needs": lambda one: read_needs(counts=one.counts, before=one.before, names=one.names.needs),
    "experiments": lambda one: read_experiments(period=one.period, now=one.now),
    "load": lambda one: read_load(
        counts=one.counts, before=one.before, branches=one.names.branches, is_running=one.is_running
    ),
}
