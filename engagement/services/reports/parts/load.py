"""Staff load: work waiting and work done, by week and by branch; never by colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import LEFT_OUT, MINUTES_PER_HOUR, Both, added, leads_to, number, scaled, shown
from engagement.services.reports.periods import DAY, MONTHS
from engagement.services.reports.sentences import about, capital, many
from engagement.services.reports.shapes import COUNT, HOURS, PEOPLE, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

WORK = (
    "letter", "letter_on_paper", "reply_answered", "desk_talk", "phone_call", "proactive_letter", "complaint_resolved"
)  # fmt: skip
WORKED = (("work done", *(f"lines:{kind}" for kind in WORK)),)
EMPTY = "No letter, answer or talk is written down for these two periods, and nothing is waiting."
DONE = (
    "Letters, answers to readers' words, talks and calls written down, letters nobody had asked for, and complaints "
    "put right."
)
WAITING = "Letters and answers promised and not yet given when the period ended, or now while it runs."
TIME = (
    "All staff time written down in this period. Work without minutes is not in it, so this is the least it was. "
    + LEFT_OUT
)
WEEKS = (
    "By week from Monday, for all branches together, in readers, each counted once a week. Served: readers for whom "
    f"any of this was done: {DONE[:1].lower()}{DONE[1:]} Waiting: readers with a promise open when the week ended."
)
BRANCHES = (
    "By branch, in the order of their names, in readers. Served: readers for whom something was done in this period. "
    f"Waiting: readers with a promise open when it ended, or now. {DONE} Never by colleague: no report ranks people."
)
NOTE = "Weeks and branches are told for all branches together; a part of the library has only its totals."
NO_RANKING = "This page never says who did how much: it is there to see where help is needed."


def read_load(*, counts: Counts, before: Counts, branches: Mapping[str, str], is_running: bool) -> Part:
    """What was done, what waits, and when it came. `branches`: their names by number."""
    both = Both(counts, before)
    if not any(read(each) for each in (counts, before) for read in (_done, shown("waiting"))):
        return Part("load", "Staff load", EMPTY, notes=(NO_RANKING,))
    tables = tuple(table for table in (_weeks(counts), _branches(counts, branches)) if table.rows)
    return Part(
        "load",
        "Staff load",
        _sum_up(counts, is_running=is_running),
        figures=_figures(both),
        tables=tables,
        notes=(NO_RANKING,) if tables else (NO_RANKING, NOTE),
    )


def _figures(both: Both) -> tuple[Figure, ...]:
    return (
        replace(
            both.figure("done", "letters, answers and talks done", COUNT, _done, f"{DONE} {LEFT_OUT}", leads=WORKED),
            at_least=_leaves_out(both.now),
        ),
        both.figure("waiting", "waiting at the end", COUNT, shown("waiting"), WAITING, leads=(("waiting", "waiting"),)),
        both.total(
            "hours_worked",
            "of staff time in all",
            HOURS,
            _hours,
            TIME,
            measure="minutes",
            leads=(("work with its minutes", "minutes"),),
        ),
    )


def _leaves_out(counts: Counts) -> bool:
    return HIDDEN in [counts.shown(f"lines:{kind}") for kind in WORK]


def _done(counts: Counts) -> Shown:
    """The sum of the kinds that may be shown; hidden where there is work and none of it may be shown."""
    values = [counts.shown(f"lines:{kind}") for kind in WORK]
    told = added(value for value in values if value != HIDDEN)
    return HIDDEN if HIDDEN in values and not told else told


def _hours(counts: Counts) -> Shown:
    return scaled(counts.shown("minutes"), 1 / MINUTES_PER_HOUR)


def _weeks(counts: Counts) -> Table:
    weeks = _mondays({week for family in ("served_week", "open_week") for week in counts.keys(family)})
    rows = tuple((_week(week), *_row(counts, "week", week)) for week in weeks)
    return Table(
        "load_weeks",
        "Week by week",
        _say_weeks(counts, weeks),
        (Column("week", "Week of", TEXT), *COLUMNS),
        rows,
        WEEKS,
        Drawing("lines", "week", ("served", "waiting")),
        leads=leads_to([(_week(week), f"served_week:{week}", f"open_week:{week}") for week in weeks]),
    )


def _branches(counts: Counts, branches: Mapping[str, str]) -> Table:
    keys = {key for family in ("served_branch", "open_branch") for key in counts.keys(family)}
    names = {key: branches.get(key, "no branch" if not key else "a branch that is gone") for key in keys}
    rows = tuple((names[key], *_row(counts, "branch", key)) for key in sorted(keys, key=lambda key: names[key].lower()))
    return Table(
        "load_branches",
        "Branch by branch",
        "In the order of their names.",
        (Column("branch", "Branch", TEXT), *COLUMNS),
        rows,
        BRANCHES,
        Drawing("bars", "branch", ("served", "waiting")),
        leads=leads_to([(names[key], f"served_branch:{key}", f"open_branch:{key}") for key in names]),
    )


COLUMNS = (Column("served", "Readers served", PEOPLE), Column("waiting", "Readers waiting", PEOPLE))


def _row(counts: Counts, by: str, key: str) -> tuple[Shown, Shown]:
    return counts.people(f"served_{by}:{key}"), counts.people(f"open_{by}:{key}")


def _mondays(weeks: set[str]) -> list[str]:
    """From the first week with anything in it to the last, those in between too."""
    if not weeks:
        return []
    first, last = date.fromisoformat(min(weeks)), date.fromisoformat(max(weeks))
    return [str(first + number * 7 * DAY) for number in range((last - first).days // 7 + 1)]


def _week(monday: str) -> str:
    day = date.fromisoformat(monday)
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def _say_weeks(counts: Counts, weeks: list[str]) -> str:
    served = {week: number(counts.people(f"served_week:{week}")) for week in weeks}
    known = {week: value for week, value in served.items() if value}
    if not known:
        return "Too few readers were served in any week to show it."
    most = max(known, key=lambda week: (known[week], week))
    return f"The fullest week was that of {_week(most)}: {about(round(known[most]))} served."


def _sum_up(counts: Counts, *, is_running: bool) -> str:
    done, waiting = _done(counts), counts.shown("waiting")
    if done == HIDDEN:
        return "Too few readers stand behind the work of this period to say how much it was."
    pieces = capital(f"{'at least ' if _leaves_out(counts) else ''}{many(done, 'piece')}")
    said = f"{pieces} of work done{' so far' if is_running else ''}."
    if number(waiting) is None:
        return said
    wait = "waits now" if is_running else "was open when the period ended"
    if waiting != 1:
        wait = "wait now" if is_running else "were open when the period ended"
    return f"{said} {capital(many(waiting, 'promise'))} {wait}."
