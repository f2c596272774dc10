"""The pulse: what readers say when they are asked, never without how many of those asked answered."""

from __future__ import annotations

from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import Both, Read, added, number, scaled, share
from engagement.services.reports.shapes import COUNT, PERCENT, TEXT, Column, Figure, Table
from engagement.services.reports.small_numbers import HIDDEN, Shown

STATEMENTS = {
    "learned": "learned something new that helps them",
    "confident": "feel surer about what they learned",
    "will_do": "mean to do something with it",
    "aware": "know better what the library has for them",
}
SCALES = {"feeling": "feeling", "thinking": "thinking", "doing": "doing"}
RATE = (
    "Every week some readers, drawn by lot among those who agreed to it, are asked how the library does for them; "
    "nobody more than once in 180 days. This is the share of those asked in this period who answered by now."
)
RECOMMEND = (
    "How likely readers would recommend the library, 0 to 10: the percent who say 9 or 10 less the percent who say 0 "
    f"to 6, so it lies between -100 and 100. {RATE} Readers who feel close to a library answer more often than others."
)
SAID = (
    "Of those who answered a statement, the percent who agree or rather agree (Project Outcome's four questions: "
    f"learned, confident, will do, aware). {RATE} Readers who feel close to a library answer more often than others."
)
MEANS = (
    "Once a year readers are asked two questions each on feeling, thinking and doing (after Hollebeek, Glynn and "
    f"Brodie, 2014): means of 1 to 5, and 5 is most. {RATE}"
)


def is_asked(counts: Counts) -> bool:
    """Whether anybody was asked."""
    return bool(counts.keys("pulse"))


def pulse_figures(both: Both) -> tuple[Figure, ...]:
    return (
        both.figure("pulse_rate", "of readers asked answered", PERCENT, _rate, RATE),
        both.figure("pulse_recommend", "would recommend, less those who would not", COUNT, _recommend, RECOMMEND),
    )


def pulse_tables(both: Both) -> tuple[Table, ...]:
    """Statements and, where they were asked, scales."""
    said = tuple(
        (label, _agree(key)(both.now), _agree(key)(both.before), _answers(both.now, key), _rate(both.now))
        for key, label in STATEMENTS.items()
    )
    tables = [
        Table(
            "pulse",
            "What readers say",
            _say(both.now),
            (
                Column("statement", "Readers who", TEXT),
                Column("agree", "Agree", PERCENT),
                Column("before", "The period before", PERCENT),
                Column("answers", "Answers"),
                Column("rate", "Of those asked, answered", PERCENT),
            ),
            said,
            SAID,
        )
    ]
    if both.now.keys("pulse_mean"):
        tables.append(_means(both))
    return tuple(tables)


def _means(both: Both) -> Table:
    rows = tuple(
        (label, _mean(both.now, key), _mean(both.before, key), _rate(both.now)) for key, label in SCALES.items()
    )
    return Table(
        "pulse_means",
        "Feeling, thinking, doing",
        "Means of 1 to 5; 5 is most.",
        (
            Column("scale", "Scale", TEXT),
            Column("now", "This period"),
            Column("before", "The period before"),
            Column("rate", "Of those asked, answered", PERCENT),
        ),
        rows,
        MEANS,
    )


def _rate(counts: Counts) -> Shown:
    return counts.share("pulse:answered", "pulse:unanswered")


def _agree(key: str) -> Read:
    return share(f"pulse_{key}:agree", f"pulse_{key}:other")


def _answers(counts: Counts, key: str) -> Shown:
    return added(counts.shown(f"pulse_{key}:{side}") for side in ("agree", "other"))


def _recommend(counts: Counts) -> Shown:
    """Shown where each side is: the percent of one side alone would tell the others."""
    values = [counts.shown(f"pulse_recommend:{side}") for side in ("promoters", "passives", "detractors")]
    if HIDDEN in values:
        return HIDDEN
    promoters, passives, detractors = (number(value) or 0 for value in values)
    asked = promoters + passives + detractors
    return round(100 * (promoters - detractors) / asked) if asked else None


def _mean(counts: Counts, key: str) -> Shown:
    return scaled(counts.shown(f"pulse_mean:{key}") or None, 0.01)


def _say(counts: Counts) -> str:
    rate = _rate(counts)
    if not isinstance(rate, int):
        return "Too few readers answered, or did not, to say how many."
    return f"{rate} % of the readers asked answered; what follows is what these say."
