"""Effort and value: what relationships cost in staff time, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import (
    LEFT_OUT,
    MINUTES_PER_HOUR,
    Both,
    Read,
    divided,
    leads_to,
    number,
    scaled,
    share,
    shown,
)
from engagement.services.reports.sentences import many_at_least
from engagement.services.reports.shapes import COUNT, HOURS, MONEY, PERCENT, TEXT, Column, Drawing, Figure, Part, Table
from engagement.services.reports.small_numbers import Shown

LETTER = "letter"
SIDES = ("effort:relational", "effort:transactional")
TIMED = (("work with its minutes", "minutes"),)
CLOSED = (("loops closed", "loops"),)
# What makes up a loop: writing, coming back, hearing and answering.
LOOP = ("letter", "letter_on_paper", "reply_answered", "desk_talk", "phone_call")
CLOSED_BY = {
    "check_in_answer": "an answer to a check-in",
    "desk_talk": "a talk at the desk",
    "phone_call": "a call",
}
EMPTY = (
    "No staff minutes are written down for these two periods. Whoever writes a letter, an answer or a note can say how "
    "long it took; then this page says what a relationship costs."
)
MINUTES = (
    "Staff time written down with a letter, an answer, a note or an import. Work without minutes is not in it, so this "
    f"is the least it was. {LEFT_OUT}"
)
SIDE = (
    "Minutes go where the points of their line go: all to the relational side with four or five yes to the five "
    "questions, half with two or three, none with fewer. The rest went to transactional work."
)
LOOPS = (
    "A loop is closed when we come back after a letter or a talk and hear how the books were: a check-in answered with "
    "more than 'not read yet', or a talk or call where staff ticked 'I heard how the books were'. "
    f"{LEFT_OUT}"
)
PER_LOOP = (
    f"{LOOPS} The time is that of letters, talks, calls and answers to readers' words in this period, divided by the "
    "loops closed in it. Work without minutes is not in it, so this is the least a loop took."
)
PER_OUTCOME = (
    "Minutes on the relational side for each donation, each time volunteered, each word spoken for the library and "
    "each person brought. Two numbers of the same period stand side by side; it does not say that one led to the other."
)
KNOWN = "Letters of this period with their minutes written down, of all letters sent."
KINDS = (
    "Each kind of work with minutes: how often it was done, the hours written down, and how long one took where its "
    "minutes are known. Money is hours times the hourly rate of the settings. Never by colleague."
)


def read_effort(
    *, counts: Counts, before: Counts, labels: Mapping[str, str], hourly_rate: Decimal, currency: str
) -> Part:
    """Hours, what they cost, and what one closed loop and one gift took."""
    if not any(each.shown("minutes") for each in (counts, before)):
        return Part("effort", "Effort and value", EMPTY)
    both = Both(counts, before)
    rate = float(hourly_rate) / MINUTES_PER_HOUR
    return Part(
        "effort",
        "Effort and value",
        _sum_up(both, rate, currency),
        figures=_figures(both, rate, currency),
        tables=(_kinds(counts, labels, rate, currency), _loops(both)),
        notes=(_known(counts), f"An hour counts as {hourly_rate:,.2f} {currency}, as the settings say."),
    )


def _figures(both: Both, rate: float, currency: str) -> tuple[Figure, ...]:
    return (
        both.total("hours", "of staff time written down", HOURS, _hours, MINUTES, measure="minutes", leads=TIMED),
        both.total("cost", f"{currency} for that time", MONEY, _cost(rate), MINUTES, measure="minutes", leads=TIMED),
        both.figure(
            "relational_minutes", "of that time went to relationships", PERCENT, share(*SIDES), SIDE,
            leads=tuple(zip(("relational time", "transactional time"), SIDES, strict=True)),
        ),
        both.total("loops", "loops closed", COUNT, shown("loops"), LOOPS, *CLOSED_BY, measure="loops"),
        both.figure("minutes_per_loop", "minutes for each closed loop", COUNT, _per_loop(), PER_LOOP, leads=CLOSED),
        both.figure(
            "cost_per_loop", f"{currency} for each closed loop", MONEY, _per_loop(rate), PER_LOOP, leads=CLOSED
        ),
        both.figure(
            "cost_per_outcome", f"{currency} of relational time for each gift", MONEY, _per_gift(rate), PER_OUTCOME,
            leads=(("gifts", "outcome"), ("relational time", "effort:relational")),
        ),
        both.figure(
            "minutes_known", "of letters have their minutes", PERCENT, share("timed:letter", "untimed:letter"), KNOWN,
            LETTER, leads=(("without minutes", "untimed:letter"), ("with minutes", "timed:letter")),
        ),
    )  # fmt: skip


def _hours(counts: Counts) -> Shown:
    return scaled(counts.shown("minutes"), 1 / MINUTES_PER_HOUR)


def _cost(rate: float) -> Read:
    return lambda counts: scaled(counts.shown("minutes"), rate, 2)


def _per_loop(rate: float | None = None) -> Read:
    """Minutes for each closed loop, or with a rate the money; None where no minutes are written down."""
    times, digits = (1.0, 1) if rate is None else (rate, 2)

    def read(counts: Counts) -> Shown:
        minutes = sum(number(counts.shown(f"minutes:{kind}")) or 0 for kind in LOOP)
        return divided(minutes or None, counts.shown("loops"), times=times, digits=digits)

    return read


def _per_gift(rate: float) -> Read:
    """Made of the minutes and their share as they are shown, so that it tells nothing beyond these."""

    def read(counts: Counts) -> Shown:
        percent = counts.share(*SIDES)
        if not isinstance(percent, int):
            return percent
        return divided(scaled(counts.shown("minutes"), percent / 100), counts.shown("outcome"), times=rate, digits=2)

    return read


def _kinds(counts: Counts, labels: Mapping[str, str], rate: float, currency: str) -> Table:
    """The most time first; kinds that may not be shown follow by name, so that their place tells nothing."""
    kinds = sorted(
        counts.keys("minutes"),
        key=lambda kind: (-(number(counts.shown(f"minutes:{kind}")) or 0), labels.get(kind, kind)),
    )
    return Table(
        "effort_kinds",
        "Time by kind of work",
        _known(counts),
        (
            Column("kind", "Work", TEXT),
            Column("times", "Times"),
            Column("hours", "Hours", HOURS),
            Column("minutes", "Minutes for one"),
            Column("known", "Minutes known", PERCENT),
            Column("cost", currency, MONEY),
        ),
        tuple(_kind_row(counts, kind, labels.get(kind, kind), rate) for kind in kinds),
        KINDS,
        Drawing("bars", "kind", ("hours",)),
        tuple(kinds),
        leads_to([(labels.get(kind, kind), f"minutes:{kind}") for kind in kinds]),
    )


def _kind_row(counts: Counts, kind: str, label: str, rate: float) -> tuple[Shown, ...]:
    minutes, timed = counts.shown(f"minutes:{kind}"), counts.shown(f"timed:{kind}")
    return (
        label,
        counts.shown(f"lines:{kind}"),
        scaled(minutes, 1 / MINUTES_PER_HOUR),
        divided(minutes, timed),
        counts.share(f"timed:{kind}", f"untimed:{kind}") if timed else None,
        scaled(minutes, rate, 2),
    )


def _loops(both: Both) -> Table:
    closed = many_at_least(both.now, "loops", "loop was", "loops were")
    return both.table(
        ("loops_closed", "How loops were closed", f"{closed} closed."),
        ("by", "Closed by"),
        [(label, f"loops:{kind}") for kind, label in CLOSED_BY.items()],
        LOOPS,
        kinds=tuple(CLOSED_BY),
    )


def _known(counts: Counts) -> str:
    """How much of the letters' time is known at all."""
    timed, untimed = counts.shown("timed:letter"), counts.shown("untimed:letter")
    known = counts.share("timed:letter", "untimed:letter")
    if untimed == 0 and timed:
        return "Minutes are known for every letter."
    if isinstance(known, int):
        return f"Minutes are known for {known} % of letters."
    return "Minutes are known for no letter." if timed == 0 else "Minutes are known for some of the letters."


def _sum_up(both: Both, rate: float, currency: str) -> str:
    loop, minutes = _per_loop(rate)(both.now), _per_loop()(both.now)
    known = _known(both.now)
    if number(loop) is None or number(minutes) is None:
        return f"Too few loops or minutes to say what one takes. {known}"
    return f"A closed loop took {minutes:,} minutes of staff time, {loop:,.2f} {currency}. {known}"
