"""The embedded PostgreSQL and Valkey start, survive a crash of theirs, and leave no process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from relcrm.serve import valkey
from relcrm.serve.embedded import LocalPostgres
from relcrm.serve.places import LONGEST_SOCKET
from relcrm.serve.processes import is_alive, wait_until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[LocalPostgres]:
    server = LocalPostgres(tmp_path / "pg", durable=False)
    yield server
    server.stop(force=True)


def test_it_starts_takes_a_database_and_stops(postgres: LocalPostgres) -> None:
    postgres.start()
    assert postgres.ensure_database("relcrm")
    assert not postgres.ensure_database("relcrm")
    psycopg2.connect(postgres.url("relcrm")).close()
    pid = postgres.pid()
    assert pid
    postgres.stop()
    assert not is_alive(pid)
    assert not postgres.answers()


def test_it_listens_on_no_port_and_its_socket_is_private(postgres: LocalPostgres) -> None:
    postgres.start()
    with psycopg2.connect(postgres.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("select current_setting('listen_addresses'), current_setting('unix_socket_permissions')")
        assert cursor.fetchone() == ("", "0700")
        with pytest.raises(psycopg2.Error):
            cursor.execute("select 'words of a reader' from nowhere")
        connection.rollback()
        assert "words of a reader" not in (postgres.data.parent / "log" / "pg.log").read_text()
        cursor.execute("select lower('ÀÉÑ'), 'é' ~ '[[:alpha:]]'")
        assert cursor.fetchone() == ("àéñ", True)
    connection.close()


def test_a_second_user_joins_and_the_first_leaves_it_running(postgres: LocalPostgres) -> None:
    postgres.start()
    second = LocalPostgres(postgres.data, durable=False)
    second.start()
    postgres.stop()
    assert second.answers()
    second.stop()
    assert not second.answers()


@pytest.mark.faults
def test_it_starts_again_after_it_was_killed(postgres: LocalPostgres) -> None:
    postgres.start()
    pid = postgres.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not postgres.answers(), 5)
    postgres.start()
    assert postgres.answers()


@pytest.mark.faults
def test_a_pid_file_that_names_another_program_does_not_stop_it(postgres: LocalPostgres) -> None:
    postgres.start()
    words = (postgres.data / "postmaster.pid").read_text().split("\n")
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *words[1:]]))
    assert postgres.pid() is None
    postgres.start()
    assert postgres.answers()


def test_a_path_too_long_for_a_socket_does_not_stop_it(tmp_path: Path) -> None:
    server = LocalPostgres(tmp_path / ("l" * LONGEST_SOCKET) / "pg", durable=False)
    server.start()
    try:
        psycopg2.connect(server.url("postgres")).close()
        assert server.sockets != server.data
    finally:
        server.stop(force=True)
        server.sockets.rmdir()


def test_valkey_keeps_its_work_and_evicts_nothing(tmp_path: Path) -> None:
    data = tmp_path / "valkey"
    server = valkey.start_valkey(data)
    try:
        assert valkey.answers(data)
        assert not (data / "dump.rdb").exists()
        assert (data / "appendonlydir").is_dir()
    finally:
        server.terminate()
        server.wait()
    assert not valkey.answers(data)


@pytest.mark.faults
def test_a_valkey_left_over_by_a_crash_is_ended_first(tmp_path: Path) -> None:
    data = tmp_path / "valkey"
    first = valkey.start_valkey(data)
    second = valkey.start_valkey(data)
    assert first.wait(5) == 0
    assert valkey.answers(data)
    second.terminate()
    second.wait()
