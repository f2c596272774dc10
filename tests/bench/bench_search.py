"""How long the desk waits for a search among 100,000 titles."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate, batched

from django.db import connection, transaction

from catalog.models import Title
from catalog.services.search import find_titles
from catalog.services.titles import search_text_of

TITLES = 100_000
GOAL_MS = 300.0
SYLLABLES = [
    consonant + vowel for consonant in "bdfglmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "er", "il")
]
SMALL = ["the", "of", "a", "and", "in", "to", "for", "on", "with", "from"]


def make_titles(count: int = TITLES, seed: int = 7) -> None:
    """Titles of invented words, a few words in very many titles and most words in few, as in real catalogues."""
    dice = random.Random(seed)  # noqa: S311  (invented words, no secret)
    words = ["".join(dice.choices(SYLLABLES, k=dice.choice((1, 2, 2, 3, 3, 4)))) for _ in range(20_000)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    names = dice.choices(words, k=12_000)

    def rows() -> Iterator[Title]:
        for number in range(count):
            chosen = dice.choices(words, cum_weights=weights, k=dice.choice((1, 2, 2, 3, 4, 6, 8)))
            small = dice.choices(SMALL, k=len(chosen))
            name = " ".join(word for pair in zip(small, chosen, strict=True) for word in pair).title()
            authors = [f"{dice.choice(names)} {dice.choice(names)}".title()]
            isbns = [f"978{number:010d}"]
            text = search_text_of(name=name, authors=authors, isbns=isbns)
            yield Title(
                name=name, authors=authors, isbns=isbns, source="bench", source_key=str(number), search_text=text
            )

    with without_indexes():
        for batch in batched(rows(), 5000):
            Title.objects.bulk_create(batch)


@contextmanager
def without_indexes() -> Iterator[None]:
    """Fill the table first and index it after: the same rows and indexes, much sooner."""
    names = ["title_search", "title_isbns"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(name::regclass) FROM unnest(%s::text[]) AS name", [names])
        definitions = [definition for (definition,) in cursor.fetchall()]
        cursor.execute("DROP INDEX title_search, title_isbns")
        yield
        for definition in definitions:
            cursor.execute(definition)
        cursor.execute("ANALYZE catalog_title")


def queries(count: int = 60, seed: int = 11) -> list[str]:
    """What people type: whole titles, two words of one, an author, the beginning of words, and slips of the pen."""
    dice = random.Random(seed)  # noqa: S311  (invented words, no secret)
    keys = dice.sample(range(TITLES), count)
    asked = ["the", "a", "the of", "in the"]
    for title in Title.objects.filter(source="bench", source_key__in=[str(key) for key in keys]):
        words = [word for word in title.name.split() if word.lower() not in SMALL]
        slip = "".join(word[:2] + word[3:] + " " for word in words[:3])
        stranger = f"{words[0]} Quxphlorb {title.authors[0]}"
        asked += [title.name, " ".join(words[:2]), title.authors[0], words[0][:3], slip, title.authors[0][1:], stranger]
    return asked


def measure(act: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of the quickest of several runs."""
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - begun)
    return best * 1000


def bench_search() -> dict[str, object]:
    """The 95th percentile over all kinds of queries, beside a plain reading of every row. Leaves no row behind."""
    with transaction.atomic():
        make_titles()
        taken = sorted(measure(lambda words=words: find_titles(words)) for words in queries())  # type: ignore[misc]
        plain = measure(lambda: list(Title.objects.filter(name__icontains="zzz")), times=3)
        transaction.set_rollback(True)
    value = taken[int(len(taken) * 0.95)]
    return {
        "bench": "page-search-titles",
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(plain, 1),
        "ratio": round(value / plain, 3),
        "goal": GOAL_MS,
        "ok": value <= GOAL_MS,
    }


def main() -> None:
    """Print the result as one line of JSON."""
    sys.stdout.write(json.dumps(bench_search()) + "\n")
