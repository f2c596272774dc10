"""How a reader's type is told: published rules, the same in words, in Python and in SQL. Pure.

Six types come from the bookseller study (engagement.models.ReaderType.Type). Each is told from counts of what a reader
began or answered within the last year, by the first rule of the table that fits; under LEAST_LINES lines nobody has a
type. Better rules are a new number. A type helps staff to greet somebody well; nothing is ever held back because of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from engagement.models import ReaderType

NUMBER = 1
WITHIN = timedelta(days=365)
LEAST_LINES = 5
LINES, MOST = "lines", "most"
ANSWERS_OF_CHECK_INS = ("check_in_answer", "pick_answer", "check_in_comment")
Type = ReaderType.Type


@dataclass(frozen=True)
class Count:
    """How many lines of a year belong here: by group, outcome or kind of the rules in force. `words`: for staff."""

    name: str
    words: str
    groups: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


@dataclass(frozen=True)
class TypeRule:
    """These counts together are at least so many, and at least such a share of everything."""

    type: Type
    counts: tuple[str, ...]
    at_least: int
    percent: int
    why: str


COUNTS = (
    Count("spoke", "spoke up for the library or brought someone", outcomes=("advocacy", "referral")),
    Count("gave_time", "gave time as a volunteer", outcomes=("volunteering",)),
    Count(
        "together",
        "did something with or for other readers",
        kinds=("circle_joined", "circle_post", "circle_helped", "programme_led", "reader_panel", "memory_shared"),
    ),
    Count(
        "advised",
        "advised other readers: a review, a list, a word to a friend",
        groups=("advice_given",),
        but=(*ANSWERS_OF_CHECK_INS, "referral"),
    ),
    Count(
        "proposed",
        "proposed or corrected something",
        kinds=("library_suggestion", "purchase_suggestion", "catalogue_help"),
    ),
    Count("asked", "asked for advice or an answer", groups=("advice_asked",)),
    Count("looked_up", "used an online source", kinds=("database_use",)),
    Count(
        "took_part",
        "took up something we had announced",
        kinds=(
            "programme", "story_time", "course_finished", "challenge_joined", "challenge_finished", "event_ticket",
            "guided_visit", "newsletter_signup",
        ),
    ),
)  # fmt: skip
RULES = (
    TypeRule(Type.FAN, ("spoke",), 2, 0, "Whoever speaks up or brings others twice a year does it from the heart."),
    TypeRule(Type.SHARES, ("gave_time", "together"), 3, 0, "Time given and evenings shared, three times a year."),
    TypeRule(
        Type.EXPERT, ("advised", "proposed"), 4, 20, "Reviews, lists and proposals: a fifth of all they do, and four."
    ),
    TypeRule(Type.SEEKS_INFORMATION, ("asked", "looked_up"), 3, 25, "Every fourth time is a question, and three are."),
    TypeRule(Type.SEEKS_OFFERS, ("took_part",), 3, 40, "Mostly what we announce: events, courses, challenges."),
    TypeRule(Type.ONE_THING, (MOST,), LEAST_LINES, 90, "Nine times of ten for one and the same thing."),
)
WORDS = {count.name: count.words for count in COUNTS} | {MOST: "came for the same thing"}


def type_of(facts: Mapping[str, int]) -> str:
    """The type these counts tell; empty: none."""
    if facts.get(LINES, 0) < LEAST_LINES:
        return ""
    return next((str(rule.type) for rule in RULES if _fits(rule, facts)), "")


def behind(told: str) -> tuple[str, ...]:
    """The names of the counts a type is told from."""
    return next((rule.counts for rule in RULES if rule.type == told), ())


def say_rule(rule: TypeRule) -> str:
    """The rule in plain words, for the page of definitions."""
    things = " or ".join(WORDS[name] for name in rule.counts)
    share = f", and that is at least {rule.percent} % of what they did" if rule.percent else ""
    return f"{rule.type.label.capitalize()}: {things} at least {rule.at_least} times within a year{share}."


def _fits(rule: TypeRule, facts: Mapping[str, int]) -> bool:
    many = sum(facts.get(name, 0) for name in rule.counts)
    return many >= rule.at_least and 100 * many >= rule.percent * facts.get(LINES, 0)


# The same in SQL. Everything put in is a name or a number of the tables above.


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _count_sql(count: Count) -> str:
    fits = [
        f"{column} IN ({_listed(words)})"
        for column, words in (('"group"', count.groups), ("outcome", count.outcomes), ("kind", count.kinds))
        if words
    ]
    but = f" AND kind NOT IN ({_listed(count.but)})" if count.but else ""
    return f"coalesce(sum(n) FILTER (WHERE ({' OR '.join(fits)}){but}), 0) AS {count.name}"


def _rule_sql(rule: TypeRule) -> str:
    many = " + ".join(rule.counts)
    return f"WHEN {many} >= {rule.at_least} AND 100 * ({many}) >= {rule.percent} * lines THEN '{rule.type}'"


COUNTS_SQL = ",\n        ".join(_count_sql(count) for count in COUNTS)
TYPE_SQL = f"CASE WHEN lines < {LEAST_LINES} THEN ''\n        " + "\n        ".join(
    [*(_rule_sql(rule) for rule in RULES), "ELSE '' END"]
)
FACTS_SQL = (
    f"jsonb_strip_nulls(jsonb_build_object('rules', {NUMBER}, 'lines', lines, 'most', most, 'kind', kind, "
    + ", ".join(f"'{count.name}', nullif({count.name}, 0)" for count in COUNTS)
    + "))"
)
