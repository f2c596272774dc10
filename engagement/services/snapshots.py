"""Counting months and quarters once, and again when something in them changed; every count is a version.

A quarter is counted with its months in one transaction that sees one state of the ledger, and what may be shown of it
is decided there (reports/verdicts.py). While a quarter runs, version 0 says how it stood at night.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from engagement.models import ChangedMonth, Interaction, Snapshot, SnapshotCell
from engagement.services.counting.counters import COUNTERS, counting_facts
from engagement.services.counting.gathered import Read, gathered
from engagement.services.counting.statement import SET_UP, counters_for
from engagement.services.reports.periods import DAY, Period, months_of, quarter_of
from engagement.services.reports.raw import Place, gather
from engagement.services.reports.spot import kinds_by_measure
from engagement.services.reports.stored import SMALL
from engagement.services.reports.verdicts import settle
from engagement.services.rules import rules_in_force
from engagement.services.working_days import zone_of
from relcrm.kit.stopwatch import Deadline

VERSIONS_KEPT = 5
FIRST, STILL_RUNS = "first count", "the period still runs"
NIGHTLY = timedelta(hours=20)
SETTLING = timedelta(hours=1)
# A large library is not counted again for every late line.
REST = timedelta(hours=6)
LOCK = 7_016_312
COUNT = """
INSERT INTO engagement_snapshotcell (snapshot_id, measure, by, slice, value, known, unknown)
SELECT {number}, said.* FROM ({sql}) AS said (measure, by, slice, value, known, unknown)
"""
KEEP_TODAY = """
INSERT INTO engagement_snapshotcell (snapshot_id, measure, by, slice, value, known, unknown)
SELECT %(new)s, measure, by, slice, value, known, unknown FROM engagement_snapshotcell AS old
WHERE old.snapshot_id = %(old)s AND old.measure LIKE ANY(%(families)s) AND NOT EXISTS (
    SELECT 1 FROM engagement_snapshotcell AS new WHERE new.snapshot_id = %(new)s AND new.by = old.by
        AND new.slice = old.slice AND new.measure = old.measure)
"""
SETTLE = """
UPDATE engagement_snapshotcell AS cell SET shown = said.shown, people = said.people
FROM unnest(%s::bigint[], %s::float8[], %s::integer[]) AS said (id, shown, people) WHERE cell.id = said.id
"""


def take_snapshots(*, now: datetime, seconds: float | None = 10.0) -> int:
    """Count what is due, the newest quarter first, until `seconds` are over (None: all of it); how many quarters."""
    deadline = Deadline(seconds) if seconds is not None else None
    taken = 0
    while deadline is None or not taken or deadline.left > 0:
        quarter = next_quarter(now)
        if quarter is None or not count_quarter(quarter=quarter, now=now):
            break
        taken += 1
    return taken


def next_quarter(now: datetime) -> Period | None:
    """The quarter that is to be counted next: the running one, one that changed, one not counted yet.

    A month that is over is left alone for an hour: what began before its end noted no change, and may be on its way.
    """
    today, settled = (at.astimezone(zone_of(None)).date() for at in (now, now - SETTLING))
    running = quarter_of(settled)
    newest = {one.first: one for one in Snapshot.objects.filter(grain="quarter").order_by("version")}
    last = newest.get(running.first)
    is_due = settled.month == today.month and (last is None or last.taken_at + NIGHTLY <= now)
    if is_due and _has_lines(running.first, running.last):
        return running
    return _changed(newest, running, now) or _uncounted(newest, running)


def count_quarter(*, quarter: Period, now: datetime) -> bool:
    """Count a quarter and those of its months that need it. False: another process is counting."""
    with _one_state() as free:
        if not free:
            return False
        notes = list(ChangedMonth.objects.filter(month__range=(quarter.first, quarter.last)))
        changed = {note.month for note in notes}
        today = now.astimezone(zone_of(None)).date()
        because = "; ".join(dict.fromkeys(note.because for note in notes))
        months = [month for month in months_of(quarter) if month.first <= today]
        counted = {month.first: _newest(month) for month in months}
        with gathered(counting_facts(quarter, now)) as read:
            for month in months:
                last = counted[month.first]
                if last is None or not last.version or month.first in changed:
                    counted[month.first] = _count(month, last, because, read, now)
            whole = _count(quarter, _newest(quarter), because, read, now)
        _settle(whole, [last for last in counted.values() if last])
        ChangedMonth.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return True


@contextmanager
def _one_state() -> Iterator[bool]:
    """A transaction that sees one state of everything; False where another process holds the count."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        row = cursor.fetchone()
        cursor.execute(SET_UP)
        yield bool(row and row[0])


def _newest(period: Period) -> Snapshot | None:
    return Snapshot.objects.filter(grain=period.grain, first=period.first).order_by("-version").first()


def _count(period: Period, last: Snapshot | None, because: str, read: Read, now: datetime) -> Snapshot:
    """A new version of one period; a running one takes the place of its last. `read` as from `gathered`."""
    runs = period.last >= now.astimezone(zone_of(None)).date()
    version = 0 if runs else (last.version if last else 0) + 1
    if runs and last:
        last.delete()
    said = STILL_RUNS if runs else FIRST if version == 1 else because or "counted again"
    new = Snapshot.objects.create(
        grain=period.grain, first=period.first, last=period.last, version=version, taken_at=now, because=said[:120],
        rules=rules_in_force().number,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for counter in counters_for(period, now):
            sql = read(counter.sql_for(whole_only=period.grain == "month"))
            cursor.execute(COUNT.format(number=new.pk, sql=sql), counting_facts(period, now))
        if last and not runs:
            cursor.execute(KEEP_TODAY, {"new": new.pk, "old": last.pk, "families": _of_today()})
    stale = Snapshot.objects.filter(grain=period.grain, first=period.first, version__lte=version - VERSIONS_KEPT)
    (stale | Snapshot.objects.filter(grain=period.grain, first=period.first, version=0).exclude(pk=new.pk)).delete()
    return new


def _of_today() -> list[str]:
    return [f"{counter.name}:%" for counter in COUNTERS if counter.today]


def _settle(quarter: Snapshot, months: Sequence[Snapshot]) -> None:
    """Decide what may be shown of a quarter, over all its slices and months at once, and write it down."""
    names = {quarter.pk: "", **{month.pk: f"{month.first:%Y-%m}" for month in months}}
    cells = SnapshotCell.objects.filter(snapshot__in=names)
    rows = list(cells.values_list("pk", "snapshot", "by", "slice", "measure", "value", "known", "unknown"))
    places = [Place(by, key, names[of]) for _pk, of, by, key, *_ in rows]
    verdicts = settle(gather((place, *row[4:]) for place, row in zip(places, rows, strict=True)), kinds_by_measure())
    said = []
    for place, row in zip(places, rows, strict=True):
        kept = verdicts[place].get(row[4])
        if kept is not None:
            said.append((row[0], None if kept.hidden else kept.value, kept.people))
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(column) for column in zip(*said, strict=True)] if said else [[], [], []])


def _changed(newest: Mapping[date, Snapshot], running: Period, now: datetime) -> Period | None:
    """The newest quarter with changes that is counted already and has rested."""
    months = ChangedMonth.objects.filter(month__lt=running.first).values_list("month", flat=True).distinct()
    for first in sorted({quarter_of(month).first for month in months} & newest.keys(), reverse=True):
        last = newest[first]
        if last.version and _rested(last, now):
            return quarter_of(first)
    return None


def _rested(last: Snapshot, now: datetime) -> bool:
    """A small one is counted again at once, a large one a few times a day at most."""
    lines = SnapshotCell.objects.filter(snapshot=last, by="", slice="", measure="lines").values_list("value", flat=True)
    return last.taken_at + REST <= now or (lines.first() or 0) <= SMALL


def _uncounted(newest: Mapping[date, Snapshot], running: Period) -> Period | None:
    """The newest quarter that is over and not counted yet, as far back as there are lines."""
    over = quarter_of(running.first - DAY)
    counted = {first for first, snapshot in newest.items() if snapshot.version}
    while over.first in counted:
        over = quarter_of(over.first - DAY)
    return over if _has_lines(date.min, over.last) else None


def _has_lines(first: date, last: date) -> bool:
    return Interaction.objects.filter(day__range=(first, last)).exists()
