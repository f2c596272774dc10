"""Needs not met: what readers asked for that the library could not give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import Both, added, leads_to, number, share, shown
from engagement.services.reports.sentences import many_at_least
from engagement.services.reports.shapes import COUNT, PERCENT, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

MOST = 15
FAMILIES = ("need_unmet", "need_met")
LEADS = (("not met", "need_unmet"), ("met", "need_met"))
EMPTY = (
    "Nobody asked for something the library has no service for, as far as it is written down. A need is noted on a "
    "reader's card, in one line; the page of needs then says what to offer next."
)
FEW = "Needs that fewer than 8 readers asked for are not in it."
ASKED = f"Times a reader asked for something beyond a letter, as staff noted it, met or not. {FEW}"
UNMET = f"Of these, the times the library could not help. {FEW}"
BY_NEED = (
    "Each need by how often it went unmet in this period. Needs that fewer than 8 readers asked for are left out here; "
    "the page of needs has their names, and which service would meet them."
)


def read_needs(*, counts: Counts, before: Counts, names: Mapping[str, str]) -> Part:
    """How often readers asked in vain, and for what. `names`: the needs by their number."""
    both = Both(counts, before)
    if not any(each.keys(family) for each in (counts, before) for family in FAMILIES):
        return Part("needs", "Needs not met", EMPTY)
    table = _by_need(both, names)
    return Part("needs", "Needs not met", _sum_up(both, table), figures=_figures(both), tables=(table,))


def _figures(both: Both) -> tuple[Figure, ...]:
    return (
        replace(
            both.figure("needs_asked", "needs readers named", COUNT, _asked, ASKED, leads=LEADS),
            at_least=any(both.now.is_partial(one) or both.now.shown(one) == HIDDEN for one in FAMILIES),
        ),
        both.total("needs_unmet", "not met", COUNT, shown("need_unmet"), UNMET, measure="need_unmet"),
        both.figure(
            "needs_unmet_share", "of needs not met", PERCENT, share("need_unmet", "need_met"), UNMET, leads=LEADS
        ),
    )


def _asked(counts: Counts) -> Shown:
    """Both sums leave out what is hidden; where one of them is hidden altogether, the other stands alone."""
    return added(value for value in map(counts.shown, FAMILIES) if value != HIDDEN)


def _by_need(both: Both, names: Mapping[str, str]) -> Table:
    """The most unmet first, only needs whose number may be shown."""
    unmet = {key: number(both.now.shown(f"need_unmet:{key}")) for key in both.now.keys("need_unmet")}
    told = sorted(
        (key for key, value in unmet.items() if value), key=lambda key: (-(unmet[key] or 0), names.get(key, ""))
    )
    rows = tuple(
        (
            names.get(key, "a need taken off the list"),
            both.now.shown(f"need_unmet:{key}"),
            both.now.shown(f"need_met:{key}"),
            both.before.shown(f"need_unmet:{key}"),
        )
        for key in told[:MOST]
    )
    return Table(
        "needs_by_name",
        "What readers asked for in vain",
        _say_most(rows[0] if rows else None),
        (
            Column("need", "Need", TEXT),
            Column("unmet", "Not met"),
            Column("met", "Met"),
            Column("before", "Not met the period before"),
        ),
        rows,
        BY_NEED,
        Drawing("bars", "need", ("unmet", "before")),
        leads=leads_to([(names[key], f"need_unmet:{key}") for key in told[:MOST] if key in names]),
    )


def _say_most(row: tuple[object, ...] | None) -> str:
    return f"Most asked for in vain: {row[0]}." if row else "No single need rests on enough readers to be shown."


def _sum_up(both: Both, table: Table) -> str:
    unmet = both.now.shown("need_unmet")
    if number(unmet) is None:
        return "Too few readers asked in vain to say how often."
    asked = many_at_least(both.now, "need_unmet", "time")
    return f"{asked} readers asked for something we could not give. {table.sentence}"
