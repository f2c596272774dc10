"""Where embedded servers live: private files, short socket paths, counting who uses a server."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from relcrm.serve.places import LONGEST_SOCKET, Users, socket_directory, write_private
from relcrm.serve.secret_values import NAMES, write_missing_secrets

HOLD = """
import sys
from pathlib import Path
from relcrm.serve.places import Users
users = Users(Path(sys.argv[1]))
users.join()
print('in', flush=True)
sys.stdin.read()
"""


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    assert write_missing_secrets(path) == list(NAMES)
    first = path.read_text()
    assert write_missing_secrets(path) == []
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in first.splitlines())
    assert len(set(values.values())) == len(NAMES)
    assert min(map(len, values.values())) >= 50


def test_a_secret_somebody_wrote_is_kept_and_the_others_are_added(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    path.write_text("NOTES_KEY=mine")
    path.chmod(0o644)
    assert write_missing_secrets(path) == ["SECRET_KEY", "WEBHOOK_SECRET"]
    assert path.read_text().startswith("NOTES_KEY=mine\nSECRET_KEY=")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_file_is_never_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "note"
    write_private(path, "words")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("words", 0o600)


def test_a_short_path_holds_its_own_socket(tmp_path: Path) -> None:
    short = Path("/tmp/x")  # noqa: S108  (a name, never created)
    assert socket_directory(short, "s", owner=os.geteuid()) == short


def test_a_path_too_long_for_a_socket_gets_a_private_short_one_and_keeps_it(tmp_path: Path) -> None:
    long = tmp_path / ("l" * LONGEST_SOCKET) / "pg"
    long.mkdir(parents=True)
    short = socket_directory(long, "sock", owner=os.geteuid())
    assert len(str(short / "sock")) <= LONGEST_SOCKET
    assert stat.S_IMODE(short.stat().st_mode) == 0o700
    assert socket_directory(long, "sock", owner=os.geteuid()) == short
    short.chmod(0o755)
    other = socket_directory(long, "sock", owner=os.geteuid())
    assert other != short, "a directory others may enter is not trusted"
    short.rmdir()
    other.rmdir()


def test_only_the_last_user_may_stop_a_server(tmp_path: Path) -> None:
    first, second = Users(tmp_path / "users"), Users(tmp_path / "users")
    first.join()
    second.join()
    with first.leave() as last:
        assert not last
    with second.leave() as last:
        assert last


def test_whoever_must_stop_it_may_though_others_use_it(tmp_path: Path) -> None:
    first, second = Users(tmp_path / "users"), Users(tmp_path / "users")
    first.join()
    second.join()
    with first.leave(force=True) as may_stop:
        assert may_stop
    with second.leave() as last:
        assert last


@pytest.mark.faults
def test_a_user_that_was_killed_no_longer_counts(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "users")]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  (our own words)
    assert other.stdout is not None
    assert other.stdin is not None
    other.stdout.readline()
    mine = Users(tmp_path / "users")
    mine.join()
    other.kill()
    other.wait()
    with mine.leave() as last:
        assert last
    other.stdin.close()
    other.stdout.close()
