"""Small numbers (DESIGN section 5; docs/decisions/0007-small-numbers.md): nothing on 1 to 7 people is shown. Pure.

Lines without a patron cannot be told apart by person. `Crowd` says how many people at least stand behind them: the
fewest addresses that could have caused so many letters, given how many letters each address was promised.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

HIDDEN = "*"
FEWEST = 8
NEAREST = 5

Shown = int | float | str | None


@dataclass(frozen=True)
class Crowd:
    """How many letters each address was promised in about a year, the most first."""

    letters: tuple[int, ...] = ()

    @classmethod
    def of(cls, histogram: Iterable[tuple[int, int]]) -> Crowd:
        """From (letters, number of addresses with so many)."""
        counts = [letters for letters, addresses in histogram for _ in range(addresses)]
        return cls(tuple(sorted(counts, reverse=True)))

    def at_least(self, lines: int, *, lines_per_letter: int = 1) -> int:
        """The fewest people who can have caused so many lines; never 0 for a line."""
        people, left = 0, lines
        for letters in self.letters:
            if left <= 0:
                break
            people, left = people + 1, left - letters * lines_per_letter
        return max(people, 1 if lines else 0)


def show_count(count: float, people: int) -> Shown:
    """A count of things, or a sum: as it is when it rests on nobody or on 8 people and more."""
    return HIDDEN if count and people < FEWEST else count


def show_people(people: int) -> Shown:
    """A count of people, rounded to 5."""
    return HIDDEN if 0 < people < FEWEST else NEAREST * round(people / NEAREST)


def show_share(part: int, rest: int, *, part_people: int, rest_people: int) -> Shown:
    """Whole percent, only where both sides rest on 8 people and more; None when there is nothing to share."""
    if not part + rest:
        return None
    if min(part_people, rest_people) < FEWEST:
        return HIDDEN
    return round(100 * part / (part + rest))


def hidden_groups[Group: Hashable](people: Mapping[Group, int]) -> frozenset[Group]:
    """The parts of a published total that may not be shown.

    Parts on 1 to 7 people, and, where these together rest on fewer than 8, the smallest of the others too: else the
    hidden part would be the total less what is shown.
    """
    hidden = {group for group, count in people.items() if 0 < count < FEWEST}
    others = sorted((count, str(group), group) for group, count in people.items() if count >= FEWEST)
    while hidden and others and sum(people[group] for group in hidden) < FEWEST:
        hidden.add(others.pop(0)[2])
    return frozenset(hidden)
