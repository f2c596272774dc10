"""What scores cost: one event, counting everything anew, and ranking; each beside the bare work of the database."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import batched

from django.db import connection, transaction

from engagement.models import Interaction
from engagement.services.ledger import record_interaction
from engagement.services.scores import rebuild_scores
from patrons.models import Consent, Patron

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LINES = 1_000_000
LINES_PER_PATRON = 20
ROUND, ROUNDS = 50, 12
EVENT_RATIO, REBUILD_RATIO, RANK_MS = 12.0, 12.0, 5.0

LEDGER = """
WITH person AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM patrons_patron WHERE public_id LIKE 'B-%%')
INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, audience, language, started_by, tests,
    transactional, relational, rules, value, recorded_at)
SELECT 'bench' || n, kind.name, (%(now)s - n %% 1500 * interval '1 day')::date, %(now)s - n %% 1500 * interval '1 day',
    person.id, 'adult', 'en', 'patron', kind.tests, kind.transactional, kind.relational, 1, kind.value, %(now)s::date
FROM generate_series(1, %(lines)s) AS n
JOIN person ON person.place = 1 + n %% %(patrons)s
JOIN (VALUES (0, 'loan', 'nynnn', 1, 0, ''), (1, 'letter', 'ynyyn', 6, 6, ''),
    (2, 'check_in_answer', 'yyyyn', 0, 12, 'closed')) AS kind (place, name, tests, transactional, relational, value)
    ON kind.place = n / 7 %% 3
"""
BARE_SUM = """
SELECT patron_id, sum(transactional), sum(relational) FROM engagement_interaction
WHERE patron_id IS NOT NULL GROUP BY patron_id
"""
BARE_LINE = """
INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, audience, language, started_by, tests,
    transactional, relational, rules, value, recorded_at)
VALUES (%(key)s, 'letter', %(now)s::date, %(now)s, %(patron)s, 'adult', 'en', 'library', 'ynyyn', 6, 6, 1, '',
    %(now)s::date)
"""
RANK = "SELECT patron_id, relational FROM engagement_score ORDER BY relational DESC LIMIT 50"
SORTED = "SELECT patron_id, relational FROM engagement_score ORDER BY relational + 0 DESC LIMIT 50"


def bench_score_event(size: int = 20_000) -> dict[str, object]:
    """One interaction with its score and stage, beside a bare INSERT of the same line.

    Patrons have twenty lines and a score already. Both by turns in rounds, and the quickest round counts: what else
    the machine does hits both alike.
    """
    with generated(size):
        rebuild_scores(now=NOW)
        patrons = list(Patron.objects.filter(public_id__startswith="B-")[: ROUND * ROUNDS])
        rounds = [list(batch) for batch in batched(patrons, ROUND)]
        pairs = [(_median(_record, batch), _median(_insert, batch)) for batch in rounds]
    return result("score-event", min(ours for ours, _ in pairs), min(bare for _, bare in pairs), EVENT_RATIO)


def bench_score_rebuild(size: int = LINES) -> dict[str, object]:
    """Every score and stage counted anew, beside a bare GROUP BY over the same rows."""
    with generated(size):
        bare = min(seconds(lambda: _all(BARE_SUM)) for _ in range(3))
        ours = min(seconds(lambda: rebuild_scores(now=NOW)) for _ in range(2))
    return result("score-rebuild", ours, bare, REBUILD_RATIO)


def bench_score_rank(size: int = LINES) -> dict[str, object]:
    """The first fifty patrons by score from the index, beside sorting all of them. The goal is milliseconds."""
    with generated(size):
        rebuild_scores(now=NOW)
        run("ANALYZE engagement_score")
        ours = min(seconds(lambda: _all(RANK)) for _ in range(10))
        bare = min(seconds(lambda: _all(SORTED)) for _ in range(3))
    return result("score-rank", ours, bare, None)


@contextmanager
def generated(lines: int) -> Iterator[None]:
    """A ledger of so many lines by a twentieth as many patrons; gone at the end."""
    patrons = max(1, lines // LINES_PER_PATRON)
    with transaction.atomic():
        _make_patrons(patrons)
        run(LEDGER, {"now": NOW, "lines": lines, "patrons": patrons})
        run("ANALYZE engagement_interaction")
        yield
        transaction.set_rollback(True)


def result(bench: str, value: float, baseline: float, goal: float | None) -> dict[str, object]:
    """One object of `make bench`; `goal` is the highest ratio, or RANK_MS where there is none."""
    ratio = value / baseline
    return {
        "bench": bench,
        "value": round(value * 1000, 3),
        "unit": "ms",
        "baseline": round(baseline * 1000, 3),
        "ratio": round(ratio, 3),
        "goal": RANK_MS if goal is None else goal,
        "ok": value * 1000 <= RANK_MS if goal is None else ratio <= goal,
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the results, one JSON object a line; a size may be named."""
    sizes = {"size": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    for bench in (bench_score_event, bench_score_rebuild, bench_score_rank):
        sys.stdout.write(json.dumps(bench(**sizes)) + "\n")


def _make_patrons(count: int) -> None:
    people = [Patron(public_id=f"B-{n}", email=f"bench{n}@example.org", created_at=NOW) for n in range(count)]
    agreed = {"purpose": "profile", "wording": "Yes.", "wording_version": "bench", "language": "en", "how": "form"}
    made = Patron.objects.bulk_create(people, batch_size=5000)
    consents = [Consent(patron=patron, given_at=NOW, **agreed) for patron in made]
    Consent.objects.bulk_create(consents, batch_size=5000)


def _record(patron: Patron) -> Interaction:
    return record_interaction(
        kind="letter", source=f"bench:{patron.pk}", at=NOW, patron=patron, started_by="library", now=NOW
    )


def _median(act: Callable[[Patron], object], patrons: Sequence[Patron]) -> float:
    return statistics.median(seconds(partial(act, patron)) for patron in patrons)


def _insert(patron: Patron) -> None:
    run(BARE_LINE, {"key": f"bare{patron.pk}", "now": NOW, "patron": patron.pk})


def run(statement: str, facts: dict[str, object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)  # type: ignore[arg-type]  # plain values


def _all(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()
