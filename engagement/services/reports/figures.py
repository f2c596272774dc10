"""Figures out of counts, now and before; arithmetic on numbers that may be shown. What is hidden stays hidden. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from engagement.services.reports.counts import Counts
from engagement.services.reports.shapes import COUNT, TEXT, Column, Drawing, Figure, Lead, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

MINUTES_PER_DAY = 24 * 60
MINUTES_PER_HOUR = 60
BEFORE = "The period before"
LEFT_OUT = "Kinds that rest on too few readers to be shown are left out; then it says 'at least'."
Read = Callable[[Counts], Shown]
Leads = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Both:
    """The counts of a period and of the one before it."""

    now: Counts
    before: Counts

    def comparable(self, family: str) -> bool:
        """Whether totals of a family may be compared: they add up what is shown, so it has to be the same kinds."""
        kinds = {*self.now.keys(family), *self.before.keys(family)}
        values = [(self.now.shown(f"{family}:{kind}"), self.before.shown(f"{family}:{kind}")) for kind in kinds]
        return not any((HIDDEN in pair) and any(value for value in pair if value != HIDDEN) for pair in values)

    def total(
        self, key: str, label: str, unit: str, read: Read, *about: str, measure: str, of: str = "", leads: Leads = ()
    ) -> Figure:
        """A total `measure`, which is at least so much where a kind of it may not be shown.

        Before it stands a star where other kinds of the family `of` (its own) could be shown.
        """
        figure = self.figure(key, label, unit, read, *about, leads=leads or ((label, measure),))
        comparable = self.comparable(of or measure)
        before = figure.before if comparable else HIDDEN
        return replace(figure, before=before, at_least=self.now.is_partial(measure))

    def figure(self, key: str, label: str, unit: str, read: Read, *about: str, leads: Leads = ()) -> Figure:
        """`about`: its definition, and then the kinds of interaction it counts."""
        definition, *kinds = about
        return Figure(key, label, unit, read(self.now), read(self.before), definition, tuple(kinds), leads_to(leads))

    def lines(self, key: str, label: str, kind: str, definition: str) -> Figure:
        """How many lines of one kind there are."""
        measure = f"lines:{kind}"
        return self.figure(key, label, COUNT, shown(measure), definition, kind, leads=((label, measure),))

    def table(
        self,
        named: tuple[str, str, str],
        head: tuple[str, str],
        rows: Leads,
        definition: str,
        *,
        unit: str = COUNT,
        read: Callable[[str], Read] | None = None,
        kinds: Sequence[str] = (),
        drawn: bool = True,
    ) -> Table:
        """A row for each measure, with what it is now and what it was before.

        `named`: key, title and sentence of the table. `head`: key and label of the first column.
        """
        reader = read or shown
        said = [(label, reader(measure)(self.now), reader(measure)(self.before)) for label, measure, *_ in rows]
        columns = (Column(*head, TEXT), Column("now", "This period", unit), Column("before", BEFORE, unit))
        drawing = Drawing("bars", head[0], ("now", "before")) if drawn and said else None
        return Table(*named, columns, tuple(said), definition, drawing, tuple(kinds), leads_to(rows))


def leads_to(leads: Leads) -> tuple[Lead, ...]:
    """From (label, measure, ...) each."""
    return tuple(Lead(label, tuple(measures)) for label, *measures in leads)


def number(value: Shown) -> float | None:
    """The number, where it may be shown and there is one."""
    return value if isinstance(value, int | float) else None


def added(values: Iterable[Shown]) -> Shown:
    """The sum of what may be shown; hidden as soon as one of them is, None where there is nothing to add."""
    found = list(values)
    if any(isinstance(value, str) for value in found):
        return HIDDEN
    numbers = [value for value in found if isinstance(value, int | float)]
    return sum(numbers) if numbers else None


def divided(value: Shown, by: Shown, *, times: float = 1, digits: int = 1) -> Shown:
    """times * value / by, rounded; None where there is nothing to divide by, hidden where either is."""
    if HIDDEN in (value, by):
        return HIDDEN
    above, below = number(value), number(by)
    if above is None or not below:
        return None
    return round(times * above / below, digits)


def scaled(value: Shown, factor: float, digits: int = 1) -> Shown:
    """A number times a factor, rounded; whatever is no number stays as it is."""
    return value if isinstance(value, str | None) else round(value * factor, digits)


def share_of(value: Shown, others: Iterable[Shown]) -> Shown:
    """Whole percent that a shown part is of itself and the other parts.

    Both sides have to rest on 8 people: a part that is shown does, so the others do where one of them is shown.
    """
    rest = added(others)
    if HIDDEN in (value, rest):
        return HIDDEN
    part, left = number(value) or 0, number(rest) or 0
    if not part + left:
        return None
    return round(100 * part / (part + left)) if part and left else HIDDEN


def days(measure: str) -> Read:
    """A measure in minutes, read as days; None where nothing was counted."""

    def read(counts: Counts) -> Shown:
        value = counts.shown(measure)
        return scaled(value, 1 / MINUTES_PER_DAY) if value else None

    return read


def shown(measure: str) -> Read:
    return lambda counts: counts.shown(measure)


def share(part: str, rest: str) -> Read:
    return lambda counts: counts.share(part, rest)
