"""`make run`: everything Relcrm needs, on this machine, until Ctrl-C."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from relcrm.kit.env import VAR, load_secrets
from relcrm.serve import valkey
from relcrm.serve.attach import DATABASE, remember_address
from relcrm.serve.embedded import LocalPostgres
from relcrm.serve.probe import ask
from relcrm.serve.processes import StartError, say, tie
from relcrm.serve.secret_values import write_missing_secrets
from relcrm.serve.stamps import of_preparation
from relcrm.serve.supervisor import Crew, Stop, ignore_requests, listen

READY_SECONDS = 120.0
LARGEST_PORT = 65_535


def main() -> int:
    """Start everything, wait, stop everything. 0: asked to stop; 1: something could not start or has stopped."""
    began = float(os.environ.get("RELCRM_BEGAN", "").rstrip("N.") or time.time())
    if os.environ.get("RELCRM_TIED") and (end_with_parent := tie(signal.SIGTERM)):
        end_with_parent()
    listen()
    try:
        with only_one(VAR), ExitStack() as stack:
            serve(stack, began)
    except Stop:
        say("Stopped.")
        return 0
    except StartError as error:
        say(f"{error}")
        return 1
    return 0


def serve(stack: ExitStack, began: float) -> None:
    """Everything in the order it depends on; `stack` stops it in the reverse order."""
    crew = Crew(VAR)
    crew.end_left_over()
    port = free_port(os.environ.get("PORT") or "8000")
    write_missing_secrets()
    load_secrets()
    os.environ.update(PORT=str(port), PYTHONUNBUFFERED="1")
    remember_address(port)
    stack.callback(crew.stop)
    stack.callback(ignore_requests)
    embedded = start_servers(stack, crew)
    # Where the database is ours and no file has changed since, there is nothing to prepare.
    prepared = embedded and of_preparation().is_fresh()
    if not prepared:
        crew.run("prepare", "relcrm.serve.prepare")
    crew.start("web", "gunicorn", "--config", "python:relcrm.serve.gunicorn", "relcrm.wsgi")
    wait_for_page(crew, port)
    if not prepared:
        say(f"The first page is served after {time.time() - began:.1f} seconds.")
        crew.run("prepare", "relcrm.serve.furnish")
        if embedded:
            of_preparation().set()
    celery = ("celery", "-A", "relcrm.worker", "--quiet")
    crew.start("worker", *celery, "worker", "--concurrency", "4", "--without-gossip", "--without-mingle")
    crew.start("beat", *celery, "beat", "--schedule", str(VAR / "run" / "beat"), "--pidfile", "")
    greet(port, time.time() - began)
    crew.watch()


def start_servers(stack: ExitStack, crew: Crew) -> bool:
    """The embedded PostgreSQL and Valkey, where no other is configured; whether the database is the embedded one."""
    embedded = not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))
    if embedded:
        postgres = LocalPostgres(VAR / "pg")
        stack.callback(postgres.stop, force=True)
        postgres.start(tied=True)
        postgres.ensure_database(DATABASE)
        os.environ["DATABASE_URL"] = postgres.url(DATABASE)
    if not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")):
        crew.add("valkey", valkey.start_valkey(VAR / "valkey"))
        os.environ["REDIS_URL"] = valkey.url_of(VAR / "valkey")
    stack.callback(crew.stop, ("web", "worker", "beat", "prepare"))
    stack.callback(ignore_requests)
    return embedded


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """One `make run` for each folder; the lock goes with the process, however it ends."""
    (var / "run").mkdir(parents=True, exist_ok=True)
    with (var / "run" / "serve.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError("Relcrm already runs from this folder; stop that one first.") from None
        yield


def free_port(text: str) -> int:
    """The port as a number. Raises StartError when it is no port or somebody else has it."""
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        raise StartError(f"PORT={text} is not a port; choose a number from 1 to {LARGEST_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise StartError(
                f"Port {text} cannot be used ({error.strerror}); choose another: make run PORT=8001"
            ) from None
    return int(text)


def wait_for_page(crew: Crew, port: int) -> None:
    """Until the health page says ready. Raises StartError when a process stops or the time is over."""
    end, report = time.monotonic() + READY_SECONDS, dict[str, object]()
    while time.monotonic() < end:
        crew.check()
        status, report = ask(port)
        if status == http.client.OK:
            return
        time.sleep(0.05)
    raise StartError(f"Relcrm was not ready after {READY_SECONDS:.0f} seconds: {report}")


def greet(port: int, seconds: float) -> None:
    """Where to go, with which login."""
    say(
        f"\nRelcrm is ready at http://127.0.0.1:{port}/ after {seconds:.1f} seconds. The desk: http://127.0.0.1:{port}/desk/"
    )
    logins = VAR / "demo-logins"
    if logins.is_file():
        say(f"Demo logins, kept in {logins}:\n{logins.read_text().rstrip()}")
    else:
        say("No demo is loaded. The first account: .venv/bin/python manage.py createsuperuser")
    say(f"Mails are in {VAR / 'mail'}, logs in {VAR / 'log'}. Ctrl-C stops everything.\n")


if __name__ == "__main__":
    sys.exit(main())
