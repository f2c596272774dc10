"""The demo library, loaded once in a test run; each process that drives a browser works in a copy of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from relcrm.serve.places import one_at_a_time

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
NAME = f"e2e_{RUN}"


@dataclass(frozen=True)
class Pattern:
    """On one server: the database, and what loading left beside it. Without that a copy's mails would be held back."""

    admin_url: str
    beside: Path = Path(tempfile.gettempdir()) / f"relcrm-{NAME}"

    def url_of(self, database: str) -> str:
        """The address of a database of this server."""
        return self.admin_url.rsplit("/", 1)[0] + f"/{database}"

    def copy(self, database: str, beside: Path, load: Callable[[str, Path], None]) -> None:
        """Make `database` and the folder `beside`; whoever comes first loads what is copied: load(url, beside)."""
        with one_at_a_time(Path(tempfile.gettempdir()) / f"relcrm-{NAME}.lock"):
            if not self._holds(NAME):
                self._run(f"create database {NAME}")
                self.beside.mkdir(exist_ok=True)
                load(self.url_of(NAME), self.beside)
            self._run(f"create database {database} template {NAME}")
        shutil.copytree(self.beside, beside)

    def let_go(self, database: str) -> None:
        """Drop a copy; with the last one, what was copied."""
        with suppress(psycopg2.Error):
            self._run(f"drop database {database} with (force)")
            if not self._holds(f"{NAME}_%"):
                self._run(f"drop database {NAME}")
                shutil.rmtree(self.beside, ignore_errors=True)
                self.beside.with_name(f"relcrm-{NAME}.lock").unlink(missing_ok=True)

    def _holds(self, name: str) -> bool:
        with closing(psycopg2.connect(self.admin_url)) as connection, connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname like %s", [name.replace("_", r"\_")])
            return cursor.fetchone() is not None

    def _run(self, sql: str) -> None:
        with closing(psycopg2.connect(self.admin_url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(sql)
