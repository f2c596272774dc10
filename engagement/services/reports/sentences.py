"""Words for numbers: how many, and how they moved. Said only with numbers that may be shown. Pure."""

from __future__ import annotations

from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import number
from engagement.services.reports.small_numbers import HIDDEN, Shown

STEADY = 3
MANIFOLD = 200


def many(value: Shown, one: str, several: str = "") -> str:
    """'1 letter', '1,240 letters', 'too few letters to show'."""
    several = several or f"{one}s"
    if value == HIDDEN:
        return f"too few {several} to show"
    return f"1 {one}" if value == 1 else f"{value:,} {several}" if value else f"no {several}"


def many_at_least(counts: Counts, total: str, one: str, several: str = "") -> str:
    """The same of a total over kinds, as a sentence begins: 'At least 12 gifts' where some kinds may not be shown."""
    said = many(counts.shown(total), one, several)
    return capital(f"at least {said}" if counts.is_partial(total) else said)


def about(people: Shown) -> str:
    """People are rounded to 5: 'about 30 readers'."""
    return f"about {many(people, 'reader')}" if number(people) else many(people, "reader")


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def say_change(what: str, now: Shown, before: Shown, *, is_running: bool, same_kinds: bool = True) -> str:
    """How something moved; of a period that still runs only that it does. `what` is a plural: 'Relational points'.

    `same_kinds`: whether the totals add up the same kinds in both periods; others tell nothing beside each other.
    """
    if is_running:
        return f"This period still runs, so its {what[:1].lower()}{what[1:]} are not compared yet."
    if not same_kinds:
        return f"{what} are not compared: not the same kinds may be shown of the period before."
    change = _percent(number(now), number(before))
    if change is None:
        return f"{what}: too little to compare with the period before."
    if abs(change) < STEADY:
        return f"{what} stayed level with the period before."
    if change >= MANIFOLD:
        return f"{what} grew {round(1 + change / 100)}-fold against the period before."
    return f"{what} {'grew' if change > 0 else 'fell'} {abs(change)} % against the period before."


def say_against(now: Shown, before: Shown, unit: str = "") -> str:
    """', after 31 % in the period before'; empty where that may not be said."""
    if number(before) is None or number(now) is None:
        return ""
    return f", {'as' if now == before else f'after {before:,}{unit}'} in the period before"


def _percent(now: float | None, before: float | None) -> int | None:
    return None if now is None or not before else round(100 * (now - before) / before)
