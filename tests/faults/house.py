"""A house of its own for faults: a PostgreSQL that keeps its word, and senders that can be killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from redis import Redis

from library.models import LibrarySettings
from relcrm.serve.embedded import LocalPostgres
from relcrm.serve.valkey import answers, start_valkey, url_of
from tests.faults.rows import insert, write_messages

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
BASE, TRIAL = "faults_base", "faults"


@dataclass
class House:
    """One server for all trials, a fresh database for each: `begin()`, then `end()`."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="relcrm-faults-")))
    mail_url: str = ""
    _senders: Zygote | None = None
    _broker: subprocess.Popen[bytes] | None = None
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.postgres = LocalPostgres(self.folder / "pg", durable=True)
        self.postgres.start(tied=True)
        self.postgres.ensure_database(BASE)
        self.manage("migrate", "-v", "0", database=BASE)

    def close(self) -> None:
        """Nothing is left behind."""
        self.end()
        self.postgres.stop(force=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self, mail_url: str) -> None:
        """An empty database, and senders that hand their mail to that server."""
        self.end()
        self.mail_url = mail_url
        self._sql(f"create database {TRIAL} template {BASE}")
        self._senders = Zygote(self.env(mail_url))

    @property
    def senders(self) -> Zygote:
        """Where senders are started and killed."""
        assert self._senders is not None
        return self._senders

    def stop_senders(self) -> None:
        """No process sends any more."""
        if self._senders is not None:
            self._senders.close()
            self._senders = None

    def end(self) -> None:
        """Stop the senders and drop the trial's database."""
        self.stop_senders()
        for process in list(self._processes):
            self.kill_process(process)
        self.kill_broker()
        if not self.postgres.answers():
            self.postgres.start(tied=True)
        self._sql(f"drop database if exists {TRIAL} with (force)")

    def env(self, mail_url: str = "", *, database: str = TRIAL) -> dict[str, str]:
        """What every process of the trial is started with."""
        return os.environ | {
            "DATABASE_URL": self.postgres.url(database),
            "DJANGO_SETTINGS_MODULE": "relcrm.settings",
            "SECRET_KEY": "faults-" * 10,
            "NOTES_KEY": "faults-notes",
            "BESIDE": str(self.folder / "beside"),
            "PUBLIC_URL": "http://127.0.0.1:9",
            "EMAIL_URL": mail_url or f"file://{self.folder / 'mail'}",
            "MAIL_FROM": "letters@library.example",
            "TIME_ZONE": "UTC",
        }

    def manage(self, *words: str, database: str = TRIAL, mail_url: str = "") -> str:
        """Run a manage.py command; fails the test when it fails."""
        done = subprocess.run(  # noqa: S603  (our own command line)
            [PYTHON, str(ROOT / "manage.py"), *words],
            env=self.env(mail_url, database=database),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read, or write one statement, on a connection of its own."""
        there = psycopg2.connect(self.postgres.url(TRIAL))
        try:
            with there, there.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            there.close()

    def fill(self, number: int, *, now: datetime | None = None) -> None:
        """So many messages due, half of them asked for; every twentieth reader is suppressed or said no meanwhile."""
        now = now or datetime.now(UTC)
        there = psycopg2.connect(self.postgres.url(TRIAL))
        with there, there.cursor() as cursor:
            cursor.execute("select 1 from library_librarysettings")
            if not cursor.fetchone():  # high, not off
                insert(cursor, [LibrarySettings(pk=1, mails_per_minute=1_000_000, mails_per_day=1_000_000)])
            write_messages(cursor, number, now)
        there.close()

    def start_broker(self) -> None:
        """The queue, with what it had kept of its work."""
        self._broker = start_valkey(self.folder / "valkey")
        wait_for(lambda: answers(self.folder / "valkey"), seconds=20)

    def kill_broker(self) -> None:
        """SIGKILL; nobody answers until it is started again."""
        if self._broker is not None:
            self._broker.kill()
            self._broker.wait()
            self._broker = None

    def flush_broker(self) -> None:
        """It forgets every task it was given."""
        Redis.from_url(url_of(self.folder / "valkey")).flushall()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A Celery worker as in production."""
        return self._spawn("worker", "--concurrency", "2", "--loglevel", "error", "--without-mingle")

    def start_beat(self) -> subprocess.Popen[bytes]:
        """A beat of its own, in a hurry."""
        schedule = self.folder / f"beat-{len(self._processes)}-{os.urandom(4).hex()}"
        return self._spawn("beat", "--loglevel", "error", "--schedule", str(schedule), "--pidfile", "")

    def kill_process(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to it and to its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._processes.remove(process)

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        env = self.env(self.mail_url) | {"REDIS_URL": url_of(self.folder / "valkey")}
        with (self.folder / f"{words[0]}-{len(self._processes)}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own command line)
                [PYTHON, "-m", "celery", "-A", "tests.faults.fast_beat", *words],
                env=env,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def end_leases_of_the_dead(self) -> None:
        """Claims are at work for five seconds at most; whatever holds one for longer has died."""
        time.sleep(6)
        self.rows(
            "update outreach_message set lease_until = now() where state = 'sending'"
            " and lease_until < now() + interval '4 minutes' - interval '6 seconds'"
        )

    def end_leases(self) -> None:
        """What the dead hold is let go of now: leases end by themselves, but a trial has not four minutes."""
        self.rows("update outreach_message set lease_until = now() where state = 'sending'")

    def all_is_decided(self) -> bool:
        """Whether nothing waits and nothing is being sent; what was put off is pulled forward."""
        self.rows("update outreach_message set due_at = now() where state = 'queued' and due_at > now()")
        return not self.rows("select 1 from outreach_message where state in ('queued', 'sending') limit 1")

    def kill_a_backend(self) -> None:
        """SIGKILL to one connection's process; the server ends all others and recovers."""
        bystander = psycopg2.connect(self.postgres.url(TRIAL))
        with bystander.cursor() as cursor:
            cursor.execute(
                "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend' limit 1"
            )
            found = cursor.fetchone()
            bystander.rollback()
            if found:
                os.kill(found[0], signal.SIGKILL)
                # The server answers for a moment as if nothing had happened; then every connection is cut.
                wait_for(lambda: _is_cut(bystander), seconds=30)
        bystander.close()
        wait_for(self.postgres.answers, seconds=30)

    def kill_database(self) -> None:
        """An immediate shutdown, as after a power cut, and a start with crash recovery."""
        pid = self.postgres.pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        wait_for(lambda: self.postgres.pid() is None or not _alive(pid), seconds=20)
        self.postgres.start(tied=True)

    def _sql(self, sql: str) -> None:
        there = psycopg2.connect(self.postgres.url("postgres"))
        there.autocommit = True
        with there.cursor() as cursor:
            cursor.execute(sql)
        there.close()


class Zygote:
    """Makes senders out of one process that has everything loaded."""

    def __init__(self, env: dict[str, str]) -> None:
        self.children: list[int] = []
        self._process = subprocess.Popen(  # noqa: S603  (our own command line)
            [PYTHON, "-m", "tests.faults.sender"],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self) -> int:
        """One more sender; its process number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        self.children.append(child)
        return child

    def kill(self, child: int) -> None:
        """SIGKILL, in the middle of whatever it does."""
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        self.children.remove(child)

    def kill_all(self) -> None:
        """All of them, at once."""
        for child in list(self.children):
            self.kill(child)

    def close(self) -> None:
        """All of them, and the process that makes them."""
        self.kill_all()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def wait_for(true: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> None:
    """Raises AssertionError when it does not become true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return
        time.sleep(pause)
    raise AssertionError(f"not within {seconds} seconds")


def _is_cut(connection: Any) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except psycopg2.Error:
        return True
    connection.rollback()
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def chance(seed: int) -> random.Random:
    """Chance that can be repeated."""
    return random.Random(seed)  # noqa: S311  (nothing secret)
