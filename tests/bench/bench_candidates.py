"""Whether the titles we find for a letter are the ones readers take next, on a real lending library; and how soon.

Every loan of shared/data/shakespeare after a member's fifth, in the order of time, is one trial: was it among the ten
that the product's blend lists from what happened before that day? Beside it stand the ten most read titles, and the ten
nearest by the cosine of their readers, both also without what the member had, and only from titles with five readers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from django.db import transaction

from outreach.services.candidates.blend import rank_rows
from outreach.services.candidates.choosing import choose_ten
from outreach.services.candidates.finding import find_candidates
from outreach.services.candidates.weights import FEWEST_READERS, MOST_LISTED
from outreach.services.picking import past_of
from patrons.models import Patron
from tests.bench.bench_search import measure
from tests.bench.candidate_rows import READERS, reading_library
from tests.bench.reading_town import Lent, Town, by_day, read_town
from tests.builders import make_request

LOANS = Path(__file__).resolve().parents[3] / "shared" / "data" / "shakespeare" / "borrows.csv"
FIRST_TRIAL = 5  # loans before it
SAMPLES, SEED = 1000, 1919
GOAL_MS = 150.0
ASKED = 40  # readers for whom the time is taken
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNIT = "hit rate at 10"
WAYS = ("blend", "readers_alone", "cosine", "popularity")
Ten = set[str]


@dataclass
class Trials:
    """For each trial, whose it was, and whether each way would have listed the title."""

    whose: list[str] = field(default_factory=list)
    hits: dict[str, list[bool]] = field(default_factory=lambda: {way: [] for way in WAYS})

    def rate(self, way: str) -> float:
        return float(np.mean(self.hits[way]))

    def interval(self, way: str, other: str) -> list[float]:
        """95 % interval of the difference, members drawn anew, all trials of a member together."""
        members = {member: place for place, member in enumerate(dict.fromkeys(self.whose))}
        place = np.array([members[member] for member in self.whose])
        apart = np.array(self.hits[way], float) - np.array(self.hits[other], float)
        sums, sizes = np.bincount(place, apart), np.bincount(place)
        draw = np.random.default_rng(SEED)
        drawn = draw.integers(0, len(members), (SAMPLES, len(members)))
        low, high = np.quantile(sums[drawn].sum(1) / sizes[drawn].sum(1), [0.025, 0.975])
        return [round(float(low), 4), round(float(high), 4)]


def bench_contact_candidates() -> dict[str, object]:
    """Hit rate beside cosine item-kNN and popularity, and the 95th percentile of the time a list takes."""
    took = time_lists()
    if not LOANS.exists():
        missing = f"There is no {LOANS.name} under shared/data/shakespeare."
        return {"bench": "contact-candidates", "value": None, "unit": UNIT, "baseline": None, "ratio": None} | {
            "goal": None, "ok": False, "missing": missing, "ms": took,
        }  # fmt: skip
    trials = run_trials()
    value, cosine = trials.rate("blend"), trials.rate("cosine")
    above = {way: trials.interval("blend", way) for way in ("cosine", "popularity")}
    return {
        "bench": "contact-candidates",
        "value": round(value, 4),
        "unit": UNIT,
        "baseline": round(cosine, 4),
        "ratio": round(value / cosine, 2),
        "goal": round(cosine, 4),
        "ok": value >= cosine and above["popularity"][0] > 0 and took["p95"] <= GOAL_MS,
        "trials": len(trials.whose),
        "rates": {way: round(trials.rate(way), 4) for way in WAYS},
        "above": above,
        "readers_alone_above_cosine": trials.interval("readers_alone", "cosine"),
        "ms": took | {"goal": GOAL_MS},
    }


def run_trials() -> Trials:
    """Day by day; what happens on a day is known from the next one on."""
    books, loans = read_town(LOANS)
    town, trials, borrowed = Town(books), Trials(), Counter[str]()
    for _day, lent in by_day(loans):
        today: dict[str, list[str]] = defaultdict(list)
        for loan in lent:
            today[loan.member].append(loan.book)
        for member, taken in today.items():
            tried = taken[max(0, FIRST_TRIAL - borrowed[member]) :]
            if tried:
                _try(town, trials, member, tried)
        for loan in lent:
            _happened(town, borrowed, loan)
    return trials


def _happened(town: Town, borrowed: Counter[str], loan: Lent) -> None:
    town.lend(loan)
    borrowed[loan.member] += 1


def _try(town: Town, trials: Trials, member: str, taken: list[str]) -> None:
    lists = {
        **_ours(town, member),
        "cosine": _best(town, member, _cosine(town, member)),
        "popularity": _best(town, member, {book: len(them) for book, them in town.readers.items()}),
    }
    for book in taken:
        trials.whose.append(member)
        for way, ten in lists.items():
            trials.hits[way].append(book in ten)


def _ours(town: Town, member: str) -> dict[str, Ten]:
    """What the letter page would list; and the ten that come first by the other readers alone."""
    reader = town.reader(member)
    ranked = rank_rows(reader, town.rows(member, reader))
    keys = {town.books[book].number: book for book in town.loans}
    alone = sorted((one for one in ranked if one.parts["readers"]), key=lambda one: -one.parts["readers"])
    return {
        "blend": {keys[one.scored.row.title] for one in choose_ten(ranked)},
        "readers_alone": {keys[one.row.title] for one in alone[:MOST_LISTED]},
    }


def _cosine(town: Town, member: str) -> Mapping[str, float]:
    """The sum of the cosines to everything the member read."""
    sums: dict[str, float] = defaultdict(float)
    for book in town.read.get(member, {}):
        readers = town.readers[book]
        if len(readers) < FEWEST_READERS:
            continue
        together = Counter(other for reader in readers for other in town.read[reader])
        for other, count in together.items():
            sums[other] += count / math.sqrt(len(readers) * len(town.readers[other]))
    return sums


def _best(town: Town, member: str, scores: Mapping[str, float]) -> Ten:
    """The ten first with five readers that the member did not have."""
    read = town.read.get(member, {})
    fit = [book for book in scores if book not in read and len(town.readers[book]) >= FEWEST_READERS]
    return set(sorted(fit, key=lambda book: (-scores[book], book))[:MOST_LISTED])


def time_lists() -> dict[str, float]:
    """Milliseconds of the list for readers with many loans, among 100,000 titles and 1,000,000 loans."""
    with reading_library(NOW), transaction.atomic():
        taken = sorted(measure(_list_for(number), times=3) for number in _readers())
        transaction.set_rollback(True)
    return {"median": round(taken[len(taken) // 2], 1), "p95": round(taken[int(len(taken) * 0.95)], 1)}


def _readers() -> list[int]:
    """With profile consent, from those who read most to the middle of them."""
    return [number for number in range(1, READERS // 2) if number % 10 < 7][:: READERS // 3 // ASKED][:ASKED]  # noqa: PLR2004


def _list_for(number: int) -> Callable[[], object]:
    patron = Patron.objects.get(pk=number)
    request = make_request(patron, likes=(), formats=["print"], limits=["violence"], mood=["funny"])
    return lambda: find_candidates(request=request, past=past_of(request))
