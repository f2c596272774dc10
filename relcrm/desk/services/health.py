"""Whether the house can work: what `/health/ready` and `manage.py doctor` look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.cache import cache as store
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from outreach.models import Message

OK, WARNING, FAILED = "ok", "warning", "failed"
HEARTBEAT = "beat"
OLDEST_BEAT = timedelta(minutes=2)
LONG_WAIT = timedelta(minutes=10)
LEAST_DISK, LOW_DISK = 0.03, 0.10
PATIENCE_SECONDS = 2


@dataclass(frozen=True)
class Finding:
    """What one look found: `state` is ok, warning or failed; the words say it plainly; `value` is the number behind."""

    name: str
    state: str
    words: str
    value: float | int | None = None


def record_beat(*, now: datetime) -> None:
    """The beat's tick has reached a worker."""
    store.set(HEARTBEAT, now, timeout=None)


def look_around(*, now: datetime, started: datetime) -> list[Finding]:
    """Every finding readiness rests on. A beat gets two minutes from `started`, when this process began to serve."""
    looks: list[Callable[[], Finding]] = [
        look_at_database,
        look_at_tables,
        look_at_broker,
        lambda: look_at_beat(now=now, started=started),
        lambda: look_at_backlog(now=now),
        look_at_disk,
    ]
    return [look() for look in looks]


def look_at_database() -> Finding:
    """Takes a transaction number, which only a server that can be written to gives."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = '3s'")
            cursor.execute("select pg_current_xact_id()")
    except DatabaseError as error:
        return Finding("database", FAILED, f"The database cannot be written to ({type(error).__name__}).")
    return Finding("database", OK, "The database takes writes.")


def look_at_tables() -> Finding:
    """Whether every migration of the code has been applied."""
    try:
        waiting = len(_migrations_of_the_code() - set(MigrationRecorder(connection).applied_migrations()))
    except DatabaseError as error:
        return Finding("tables", FAILED, f"The tables cannot be looked at ({type(error).__name__}).")
    if waiting:
        return Finding("tables", FAILED, f"{waiting} migrations are not applied; run manage.py migrate.", waiting)
    return Finding("tables", OK, "The tables fit the code.", 0)


@cache
def _migrations_of_the_code() -> frozenset[tuple[str, str]]:
    """Every migration in the code, which does not change while this process runs."""
    return frozenset(MigrationLoader(None, load=True).disk_migrations or {})


def look_at_broker() -> Finding:
    """Whether the queue answers, and keeps what it is given (append-only file on, nothing evicted)."""
    if not settings.REDIS_URL:
        return Finding("broker", WARNING, "No REDIS_URL is set; only manage.py tick does what is due.")
    try:
        with _queue() as client:
            client.ping()
            weak = _weak_settings(client)
    except RedisError as error:
        return Finding("broker", FAILED, f"The queue does not answer ({type(error).__name__}).")
    if weak:
        return Finding("broker", WARNING, f"The queue may lose work: {weak}.")
    return Finding("broker", OK, "The queue answers and keeps its work.")


def _queue() -> Redis:
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS, retry=retry
    )


def _weak_settings(client: Redis) -> str:
    """What is set so that work can be lost; empty when nothing is, or when the server does not let us ask."""
    wanted = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
    try:
        found = dict(client.config_get(*wanted))
    except RedisError:
        return ""
    return ", ".join(
        f"{name} is {found[name]}, not {want}" for name, want in wanted.items() if found.get(name, want) != want
    )


def look_at_beat(*, now: datetime, started: datetime) -> Finding:
    """When the beat last reached a worker."""
    if not settings.REDIS_URL:
        return Finding("beat", WARNING, "No beat is expected without a queue.")
    try:
        last: datetime | None = store.get(HEARTBEAT)
    except RedisError as error:
        return Finding("beat", FAILED, f"The beat's last tick cannot be read ({type(error).__name__}).")
    if last is not None and now - last <= OLDEST_BEAT:
        return Finding("beat", OK, "The beat ticks.", round((now - last).total_seconds()))
    if now - started <= OLDEST_BEAT:
        return Finding("beat", OK, "The beat has not ticked yet; this has only just started.")
    if last is None:
        return Finding("beat", FAILED, "The beat has never ticked; start worker and beat.")
    seconds = round((now - last).total_seconds())
    return Finding("beat", FAILED, f"The beat has not ticked for {seconds} seconds; look at worker and beat.", seconds)


def look_at_backlog(*, now: datetime) -> Finding:
    """How long the oldest message that may leave has waited, and how many are in doubt."""
    try:
        oldest = Message.objects.due(now).values_list("due_at", flat=True).first()
        in_doubt = Message.objects.in_doubt().count()
    except DatabaseError as error:
        return Finding("backlog", FAILED, f"The messages cannot be counted ({type(error).__name__}).")
    waited = max(timedelta(), now - oldest) if oldest else timedelta()
    seconds, doubt = round(waited.total_seconds()), f" {in_doubt} in doubt wait for a person." if in_doubt else ""
    if waited > LONG_WAIT:
        return Finding(
            "backlog", WARNING, f"The oldest due message has waited {round(seconds / 60)} minutes.{doubt}", seconds
        )
    return Finding("backlog", WARNING if in_doubt else OK, f"Messages leave in time.{doubt}", seconds)


def look_at_disk(folder: Path | None = None) -> Finding:
    """How much of the disk under var/ is free, in whole percent."""
    place = folder or settings.VAR
    usage = shutil.disk_usage(place if place.exists() else settings.BASE_DIR)
    free = usage.free / usage.total
    words, percent = f"{free:.0%} of the disk is free.", round(100 * free)
    return Finding("disk", FAILED if free < LEAST_DISK else WARNING if free < LOW_DISK else OK, words, percent)
