"""Which ten of the ranked titles are listed: the best, but not all by one author, and with something unexpected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from outreach.services.candidates.shapes import Chosen, Scored
from outreach.services.candidates.weights import (
    FAMOUS,
    LITTLE_KNOWN,
    MOST_LISTED,
    MOST_LOOKED_AT,
    MOST_OF_ONE_AUTHOR,
    MOST_STRETCHES,
)


def choose_ten(ranked: Iterable[Scored]) -> list[Chosen]:
    """The list, best first, with a stretch and a little-known title among them where there is one."""
    spread = _spread(ranked)
    ten, rest = spread[:MOST_LISTED], spread[MOST_LISTED:]
    little = _little_beside(ten)
    far_one = None if any(one.is_far for one in ten) else next((one for one in rest if one.is_far), None)
    rest = [one for one in rest if one is not far_one]
    little_one = None if any(map(little, ten)) else next(filter(little, rest), None)
    added = [one for one in (far_one, little_one) if one is not None]
    ten = [*ten[: MOST_LISTED - len(added)], *added]
    stretches = _stretches(ten)
    unknown = next(filter(little, ten), None)
    return [Chosen(one, one.row.title in stretches, one is unknown) for one in ten]


def _spread(ranked: Iterable[Scored]) -> list[Scored]:
    """The first of them, without the fourth title of an author."""
    met: Counter[str] = Counter()
    kept = []
    for one in ranked:
        if all(met[author] < MOST_OF_ONE_AUTHOR for author in one.row.authors):
            met.update(one.row.authors)
            kept.append(one)
        if len(kept) == MOST_LOOKED_AT:
            break
    return kept


def _stretches(ten: Sequence[Scored]) -> set[int]:
    """Of those away from what was praised, the two that come last; none where nothing was praised by name."""
    if all(one.is_far for one in ten):
        return set()
    return {one.row.title for one in [one for one in ten if one.is_far][-MOST_STRETCHES:]}


def _little_beside(ten: Sequence[Scored]) -> Callable[[Scored], bool]:
    """Whether a title is seldom lent beside the most lent of the list, which must be lent often enough to tell."""
    most = max((one.row.lent for one in ten), default=0)
    return lambda one: most >= FAMOUS and one.row.lent * LITTLE_KNOWN <= most
