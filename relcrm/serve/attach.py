"""`manage.py` without a configured server: the embedded ones of `make run`, started for the command when needed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from relcrm.kit.env import ROOT, VAR, load_secrets
from relcrm.serve import valkey
from relcrm.serve.embedded import start_postgres
from relcrm.serve.secret_values import write_missing_secrets

DATABASE = "relcrm"
WITHOUT_DATABASE = {"help", "version", "check", "collectstatic", "findstatic", "diffsettings"}


def needs_servers(arguments: Sequence[str]) -> bool:
    """Whether this command line reads or writes data, and nobody said where the data are."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in WITHOUT_DATABASE or command.startswith("-") or {"--help", "-h"} & set(arguments):
        return False
    production = os.environ.get("PUBLIC_URL", "").startswith("https://")
    return not production and not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def attach_servers(arguments: Sequence[str], var: Path = VAR) -> None:
    """Point this process at the embedded servers: PostgreSQL runs at least as long as the command does, Valkey is
    used when `make run` has it up. The first time, the database gets its tables.
    """
    write_missing_secrets(var / "secrets")
    load_secrets(var / "secrets")
    recall_address(var)
    server, os.environ["DATABASE_URL"] = start_postgres(var / "pg", DATABASE)
    if not os.environ.get("REDIS_URL") and valkey.answers(var / "valkey"):
        os.environ["REDIS_URL"] = valkey.url_of(var / "valkey")
    if server.ensure_database(DATABASE) and arguments[1] != "migrate":
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(command, check=True)  # noqa: S603  (our own command)


def remember_address(port: int, var: Path = VAR) -> None:
    """Note the port `make run` serves at, so that links in mails made by a command lead there."""
    (var / "run").mkdir(parents=True, exist_ok=True)
    (var / "run" / "port").write_text(f"{port}\n")


def recall_address(var: Path = VAR) -> None:
    """The port of the last `make run`, unless one is set."""
    note = var / "run" / "port"
    if note.is_file():
        os.environ.setdefault("PORT", note.read_text().strip())
