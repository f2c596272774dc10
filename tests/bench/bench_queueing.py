"""What check-ins cost the database: a hundred thousand due on one morning, and a tick when a million are planned."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from django.test import override_settings

from engagement.services.ledger import record_interaction
from library.services.audit import write_line
from outreach.mail.checkin import ASKED, compose_check_in, message_key
from outreach.models import CheckIn, Message
from outreach.services.checkins import queue_due
from outreach.services.outbox import queue_message
from outreach.services.reply_addresses import reply_address
from patrons.services.duplicates import LOOKED
from relcrm.desk.services.retention import RAN
from relcrm.desk.services.tick import run_tick
from tests.bench.bench_scores import seconds
from tests.bench.planned import planned

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DUE, PLANNED = 100_000, 1_000_000
ONE_BY_ONE = 1000
TICKS = 100
QUEUE_SECONDS, IDLE_MS = 10.0, 5.0


def bench_dispatch_queue(size: int = DUE) -> dict[str, object]:
    """Seconds to queue them all, beside one at a time as long as a thousand take, counted up to the same number."""
    with planned(size, due=NOW - timedelta(hours=1)):
        some = list(CheckIn.objects.order_by("-pk")[:ONE_BY_ONE])
        one_by_one = seconds(lambda: [_queue_one(check_in) for check_in in some]) * size / len(some)
        CheckIn.objects.filter(pk__in=[check_in.pk for check_in in some]).update(next_step="done", next_at=None)
        ours = seconds(lambda: queue_due(now=NOW)) * size / (size - len(some))
        queued = Message.objects.filter(purpose=ASKED).count()
    return {
        "bench": "dispatch-queue",
        "value": round(ours, 2),
        "unit": "s",
        "baseline": round(one_by_one, 1),
        "ratio": round(ours / one_by_one, 4),
        "goal": QUEUE_SECONDS,
        "ok": ours <= QUEUE_SECONDS and queued == size,
    }


def bench_dispatch_idle(size: int = PLANNED) -> dict[str, object]:
    """Milliseconds in the database of a tick with nothing to do, beside the same where nothing is planned at all."""
    with planned(0, due=NOW, books=False), _house():
        empty = _idle_ms()
    with planned(size, due=NOW + timedelta(days=1), books=False), _house():
        value = _idle_ms()
    return {
        "bench": "dispatch-idle",
        "value": round(value, 3),
        "unit": "ms",
        "baseline": round(empty, 3),
        "ratio": round(value / empty, 3),
        "goal": IDLE_MS,
        "ok": value <= IDLE_MS,
    }


def main() -> None:
    """Print the results, one JSON object a line; a size may be named."""
    sizes = {"size": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    for bench in (bench_dispatch_queue, bench_dispatch_idle):
        sys.stdout.write(json.dumps(bench(**sizes)) + "\n")


def _idle_ms() -> float:
    """What the server spends on a tick, as it counts itself (pg_stat_database), after a first one that may have had
    something to do. What the counting itself takes is left out."""
    run_tick(now=NOW)
    before = _active_ms()
    counting = _active_ms() - before
    before = _active_ms()
    for number in range(1, TICKS + 1):
        counts = run_tick(now=NOW + number * timedelta(seconds=30))
        if any(counts.values()):
            raise RuntimeError(f"not idle: {counts}")
    return (_active_ms() - before - counting) / TICKS


def _active_ms() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT active_time FROM pg_stat_database WHERE datname = current_database()")
        return float(cursor.fetchone()[0])


@contextmanager
def _house() -> Iterator[None]:
    """Folders of its own, and a night whose work is done."""
    write_line(what=RAN, thing="library", reference=NOW.date().isoformat(), now=NOW - timedelta(hours=9))
    write_line(what=LOOKED, thing="duplicates", now=NOW - timedelta(hours=9))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        own = {"IMPORTS_FOLDER": place / "in", "EXPORTS_FOLDER": place / "out", "AUDIT_FOLDER": place / "audit"}
        with override_settings(**own, BESIDE=place, ERASURES_FILE=place / "erasures"):
            yield


@transaction.atomic
def _queue_one(check_in: CheckIn) -> None:
    """What queueing takes when each check-in is rendered, written and recorded by itself."""
    check_in = CheckIn.objects.select_for_update(of=("self",)).select_related(
        "letter__librarian", "letter__request__patron", "letter__request__branch"
    ).get(pk=check_in.pk)  # fmt: skip
    request, librarian = check_in.letter.request, check_in.letter.librarian
    picks = list(check_in.letter.picks.select_related("title").order_by("position", "pk"))
    about: dict[str, Any] = {"patron": request.patron, "branch": request.branch, "now": NOW}
    queue_message(
        purpose=ASKED,
        object_key=message_key(check_in),
        kind=Message.Kind.ASKED_FOR,
        rendered=compose_check_in(check_in, picks, CheckIn.Step.ASK),
        links={"checkin": str(check_in.pk), "unsubscribe": f"{request.patron.pk}-check_in"},
        consent="check_in",
        thread=request.thread,
        from_name=str(librarian),
        reply_to=reply_address(thread=request.thread_id),
        **about,
    )
    source = f"check_in:{check_in.pk}:{check_in.next_step}"
    record_interaction(kind=ASKED, source=source, at=NOW, started_by="library", staff=librarian, **about)
    check_in.asked_at, check_in.next_step, check_in.next_at = NOW, CheckIn.Step.REMIND, NOW + timedelta(days=7)
    check_in.save(update_fields=["asked_at", "next_step", "next_at"])


if __name__ == "__main__":
    main()
