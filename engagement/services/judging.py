"""The five tests (DESIGN section 5): what one interaction counts for. Pure; the rule table and the event are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TESTS = ("named_people", "patron_took_part", "used_knowledge", "continued", "gave_something")
YES, NO, EVENT = "yes", "no", "event"
TRANSACTIONAL_UP_TO, RELATIONAL_FROM = 1, 4


class UnknownTest(ValueError):
    """The event answers a question that is not one of the five."""


class PointsAboveCeiling(ValueError):
    """The event would bring more points than the ceiling of its kind allows."""


@dataclass(frozen=True)
class Judgement:
    """What the tests said ('yynyn', in the order of TESTS) and the points that follow."""

    tests: str
    transactional: float
    relational: float

    @property
    def yes(self) -> int:
        return self.tests.count("y")


def answer_tests(verdicts: Mapping[str, str], answers: Mapping[str, bool]) -> str:
    """Five letters y or n. The table decides; the event answers only what the table leaves to it, and silence is no.

    Raises UnknownTest for an answer to a question that is not asked.
    """
    if strange := sorted(set(answers) - set(TESTS)):
        raise UnknownTest(f"Not one of the five tests: {', '.join(strange)}")
    said = {YES: True, NO: False}
    return "".join("y" if said.get(verdicts[test], answers.get(test, False)) else "n" for test in TESTS)


def letters_of(answers: Mapping[str, bool]) -> str:
    """What an event answered, kept with its line: y or n, and - where it said nothing."""
    return "".join({True: "y", False: "n", None: "-"}[answers.get(test)] for test in TESTS)


def answers_of(letters: str) -> dict[str, bool]:
    """The way back: only what the event answered."""
    return {test: letter == "y" for test, letter in zip(TESTS, letters, strict=True) if letter != "-"}


def weigh(tests: str, *, weight: float, ceiling: float) -> Judgement:
    """Points for the answered tests: 0-1 yes transactional, 2-3 mixed (half to each), 4-5 relational.

    Raises PointsAboveCeiling when both parts together are above the ceiling.
    """
    yes = tests.count("y")
    total = weight if yes <= TRANSACTIONAL_UP_TO else yes * weight
    if total > ceiling:
        raise PointsAboveCeiling(f"{total:g} points are more than the {ceiling:g} this kind may bring")
    if yes <= TRANSACTIONAL_UP_TO:
        return Judgement(tests, total, 0.0)
    if yes >= RELATIONAL_FROM:
        return Judgement(tests, 0.0, total)
    return Judgement(tests, total / 2, total / 2)


def most_points(verdicts: Mapping[str, str], weight: float) -> float:
    """The most one event can bring under these verdicts: every question left to the event answered with yes."""
    yes = sum(verdicts[test] != NO for test in TESTS)
    return weight if yes <= TRANSACTIONAL_UP_TO else yes * weight
