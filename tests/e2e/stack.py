"""The whole product as processes: web, worker, beat, PostgreSQL, Valkey and an SMTP server that receives."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from relcrm.serve.embedded import start_postgres
from relcrm.serve.valkey import start_valkey, url_of
from tests.e2e.pattern import NAME, Pattern
from tests.smtp_sink import SmtpSink

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
PASSWORD = "a-demo-password-for-tests"  # noqa: S105  (of a database that lives as long as the test)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Stack:
    """Start with `start()`, stop with `stop()`; between them the product answers at `base`."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="relcrm-e2e-")))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Servers, database, demo library, processes; returns when /health/ready answers."""
        self.sink = SmtpSink()
        self.opened.enter_context(self.sink)
        self.valkey = start_valkey(self.folder / "valkey")
        self.pattern = Pattern(start_postgres(ROOT / "var" / "pg-test", durable=False)[1])
        self.database = f"{NAME}_{os.getpid()}"
        self.database_url = self.pattern.url_of(self.database)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | {
            "RELCRM_VAR": str(self.folder / "var"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": url_of(self.folder / "valkey"),
            "DJANGO_SETTINGS_MODULE": "relcrm.settings",
            "SECRET_KEY": "e2e-" * 16,
            "NOTES_KEY": "e2e-notes",
            "BESIDE": str(self.folder / "beside"),
            "PUBLIC_URL": self.base,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "MAIL_FROM": "letters@library.example",
            "LIBRARY_NAME": "Northside Library",
            "DEMO_PASSWORD": PASSWORD,
            "TIME_ZONE": "UTC",
        }
        self.manage("collectstatic", "--noinput", "-v", "0")
        self.pattern.copy(self.database, self.folder / "beside", self._load)
        self._spawn(
            "gunicorn", "relcrm.wsgi", "-b", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", "4"
        )
        self._spawn("celery", "-A", "relcrm.worker", "worker", "-c", "1", "--loglevel", "warning", "--without-mingle")
        self._spawn("celery", "-A", "relcrm.worker", "beat", "--loglevel", "warning", "-s", str(self.folder / "beat"))
        self._wait_until_ready()

    def stop(self) -> None:
        """Everything off, nothing left behind."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        self.opened.close()
        self.valkey.terminate()
        self.valkey.wait(15)
        self.pattern.let_go(self.database)
        shutil.rmtree(self.folder, ignore_errors=True)

    def manage(self, *words: str, typed: str = "") -> str:
        """Run a manage.py command against this stack, with `typed` on its standard input, and return what it printed.

        Fails the test when it fails.
        """
        done = subprocess.run(  # noqa: S603  (our own command line)
            [PYTHON, str(ROOT / "manage.py"), *words],
            env=self.env,
            cwd=ROOT,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read straight from the database."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def fingerprint(self, *, leave_out: tuple[str, ...] = ()) -> dict[str, tuple[Any, ...]]:
        """Count and content hash of every table, to prove that something changed nothing."""
        tables = self.rows("select tablename from pg_tables where schemaname = 'public' order by 1")
        digest = "select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t"
        return {table: self.rows(digest.format(table))[0] for (table,) in tables if table not in leave_out}

    def _load(self, url: str, beside: Path) -> None:
        own = self.env
        self.env = own | {"DATABASE_URL": url, "BESIDE": str(beside)}
        self.manage("migrate", "-v", "0")
        self.manage("demo")
        self.env = own

    def _spawn(self, *words: str) -> None:
        with (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(  # noqa: S603  (our own command line)
                    [PYTHON, "-m", *words],
                    env=self.env,
                    cwd=ROOT,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):  # not listening yet, or busy starting
                if urllib.request.urlopen(f"{self.base}/health/live", timeout=2).status == 200:  # noqa: S310  (http on loopback)
                    return
            time.sleep(0.2)
        logs = "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in self.folder.glob("*.log"))
        raise AssertionError(f"the stack did not get ready\n{logs}")
