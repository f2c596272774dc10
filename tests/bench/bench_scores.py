"""What scores cost in the large library, each beside the bare work of the database."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import batched

from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.models import Interaction, Score
from engagement.services.ledger import record_interaction
from engagement.services.scores import explain_score, rebuild_scores
from patrons.models import Consent, Patron
from relcrm.desk.services.ended_profiles import end_those, some_left
from tests.bench.big_library import big_library, taken_back

ROUND, ROUNDS, TURNS = 50, 12, 3
EVENT_MS, EVENT_QUERIES, REBUILD_RATIO, RANK_MS, EXPLAIN_MS, SIZE_RATIO = 1.0, 3, 1.5, 20.0, 50.0, 2.0
BATCH_MS = 2000.0

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
SORTED = "SELECT patron_id, relational FROM engagement_score ORDER BY relational + 0 DESC LIMIT 100"
SIZES = """
SELECT 'table', pg_table_size('engagement_interaction')
UNION ALL SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
WHERE indrelid = 'engagement_interaction'::regclass
"""


def bench_score_event(patrons: int = 0) -> dict[str, object]:
    """One interaction with its score and stage, beside a bare INSERT of the same line; three queries at most.

    Patrons have some twenty lines and a score already. All of it is done once before, so that their rows are in memory:
    what that took goes to standard error. Then both by turns in rounds, and the quickest round counts: what else the
    machine does hits both alike.
    """
    with big_library(patrons) as now:
        chosen = usual_readers(ROUND * ROUNDS)
        record, insert = partial(_record, now=now), partial(_insert, now=now)
        with taken_back(), CaptureQueriesContext(connection) as asked:
            record(chosen[0])
        with taken_back():
            first = _median(record, chosen[1:])
        sys.stderr.write(f"  for the first time, from wherever the rows lie: {first * 1000:.2f} ms\n")
        with taken_back():
            pairs = [(_median(record, batch), _median(insert, batch)) for batch in batched(chosen, ROUND)]
    ours, bare = (min(times) for times in zip(*pairs, strict=True))
    said = result("score-event", ours, bare, ms=EVENT_MS)
    return said | {"ok": said["ok"] and len(asked) <= EVENT_QUERIES}


def bench_score_rebuild(patrons: int = 0) -> dict[str, object]:
    """Every score and stage counted anew, beside a bare GROUP BY over the same rows, by turns."""
    with big_library(patrons) as now:
        bare, ours = [], []
        for _ in range(TURNS):
            bare.append(seconds(lambda: _all(BARE_SUM)))
            with taken_back():
                ours.append(seconds(lambda: rebuild_scores(now=now)))
    return result("score-rebuild", min(ours), min(bare), ratio=REBUILD_RATIO)


def bench_score_rank(patrons: int = 0) -> dict[str, object]:
    """The first hundred readers by score, with their names, from the index; beside sorting all of them."""
    with big_library(patrons):
        ours = [seconds(_rank) for _ in range(20)]
        bare = [seconds(lambda: _all(SORTED)) for _ in range(3)]
    return result("score-rank", sorted(ours)[-2], min(bare), ms=RANK_MS)


def bench_score_explain(patrons: int = 0) -> dict[str, object]:
    """A score with all its reasons, of readers with some twenty lines and of those with the most, whichever is slower.

    Beside it the rows alone. The 95th percentile of both, once the rows are in memory; the first time, from wherever
    they lie, goes to standard error.
    """
    with big_library(patrons) as now:
        taken, bare = [], []
        for group in (usual_readers(100), busy_readers(20)):
            first = sorted(seconds(partial(_rows_of, patron)) for patron in group)
            sys.stderr.write(
                f"  the rows of one reader, for the first time: {first[int(len(first) * 0.95)] * 1000:.0f} ms\n"
            )
            times = sorted(seconds(partial(explain_score, patron=patron, now=now)) for patron in group)
            rows = sorted(seconds(partial(_rows_of, patron)) for patron in group)
            taken.append(times[int(len(times) * 0.95)])
            bare.append(rows[int(len(rows) * 0.95)])
    return result("score-explain", max(taken), max(bare), ms=EXPLAIN_MS)


def bench_ledger_size(patrons: int = 0) -> dict[str, object]:
    """Megabytes of table and indexes for a million lines, beside the table alone; the goal is that the ratio holds.

    What each index takes goes to standard error.
    """
    with big_library(patrons), connection.cursor() as cursor:
        cursor.execute(SIZES)
        sizes = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM engagement_interaction")
        (lines,) = cursor.fetchone()
    for name, size in sizes:
        sys.stderr.write(f"  {name}: {size / 1e6:.0f} MB, {size / lines:.0f} bytes a line\n")
    table, whole = sizes[0][1], sum(size for _, size in sizes)
    ratio = whole / table
    return {
        "bench": "ledger-size",
        "value": round(whole / lines, 1),
        "unit": "MB per million lines",
        "baseline": round(table / lines, 1),
        "ratio": round(ratio, 3),
        "goal": SIZE_RATIO,
        "ok": ratio <= SIZE_RATIO,
    }


def bench_ledger_forget(patrons: int = 0) -> dict[str, object]:
    """One reader in twenty has ended the profile: their lines let go in batches. The longest a batch holds its locks.

    Beside it the middle one. How many lines it was in all goes to standard error.
    """
    with big_library(patrons) as now, taken_back():
        ended = Patron.objects.filter(score__isnull=False, pk__gt=Patron.objects.count() * 13 // 14)
        Consent.objects.filter(patron__in=ended, purpose="profile").update(withdrawn_at=now)
        named = Interaction.objects.exclude(patron=None)
        before, batches, last, began = named.count(), [], 0, time.perf_counter()
        while batch := some_left(after=last):
            batches.append(seconds(partial(end_those, batch, now=now)))
            last = batch[-1]
        lines, took = before - named.count(), time.perf_counter() - began
    sys.stderr.write(f"  {lines} lines let go in {took:.0f} s, {len(batches)} batches\n")
    return result("ledger-forget", max(batches), statistics.median(batches), ms=BATCH_MS)


def usual_readers(count: int) -> list[Patron]:
    """Readers with a profile from the quieter half, some fifteen lines each, whose stage a letter would not move."""
    return list(Patron.objects.filter(score__isnull=False).exclude(score__stage="basic").order_by("-pk")[:count])


def busy_readers(count: int) -> list[Patron]:
    """Readers with the most lines: some two thousand in a library of a million."""
    return list(Patron.objects.filter(score__isnull=False).order_by("pk")[:count])


def result(
    bench: str, value: float, baseline: float, *, ratio: float | None = None, ms: float | None = None
) -> dict[str, object]:
    """One object of `make bench`, in milliseconds; the goal is the highest `ratio`, or the most `ms`."""
    times = value / baseline
    return {
        "bench": bench,
        "value": round(value * 1000, 3),
        "unit": "ms",
        "baseline": round(baseline * 1000, 3),
        "ratio": round(times, 3),
        "goal": ms if ratio is None else ratio,
        "ok": times <= ratio if ratio is not None else value * 1000 <= (ms or 0),
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _record(patron: Patron, *, now: datetime) -> Interaction:
    return record_interaction(
        kind="letter", source=f"bench:{patron.pk}", at=now, patron=patron, started_by="library", now=now
    )


def _median(act: Callable[[Patron], object], patrons: Sequence[Patron]) -> float:
    return statistics.median(seconds(partial(act, patron)) for patron in patrons)


def _insert(patron: Patron, *, now: datetime) -> None:
    run(BARE_LINE, {"key": f"bare{patron.pk}", "now": now, "patron": patron.pk})


def _rank() -> None:
    for score in Score.objects.select_related("patron").order_by("-relational")[:100]:
        str(score.patron)


def _rows_of(patron: Patron) -> None:
    run("SELECT * FROM engagement_interaction WHERE patron_id = %(patron)s ORDER BY at DESC", {"patron": patron.pk})


def run(statement: str, facts: dict[str, object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)  # type: ignore[arg-type]  # plain values


def _all(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()
