"""The health pages and `manage.py doctor` tell the truth about the house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from outreach.models import Message
from relcrm.desk.services import health
from relcrm.desk.services.doctor import examine
from relcrm.desk.services.health import FAILED, OK, WARNING, Finding, look_at_backlog, look_at_beat, look_at_disk
from relcrm.serve import valkey
from tests.builders import make_patron

LONG_AGO = timedelta(days=1)


@pytest.fixture
def queue(tmp_path: Path, settings: Settings) -> Iterator[None]:
    server = valkey.start_valkey(tmp_path / "valkey")
    settings.REDIS_URL = valkey.url_of(tmp_path / "valkey")
    yield
    server.terminate()
    server.wait()


@pytest.fixture
def no_queue(settings: Settings) -> None:
    settings.REDIS_URL = ""


def named(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def waiting_message(*, now: datetime, state: str = "queued") -> Message:
    patron = make_patron()
    return Message.objects.create(
        purpose="letter",
        object_key="letter:1",
        kind="answering",
        patron=patron,
        language="en",
        to_address=patron.email,
        subject="Books",
        body_text="Books",
        body_html="<p>Books</p>",
        message_id="<1@example.org>",
        state=state,
        queued_at=now,
        due_at=now,
        not_after=now + LONG_AGO,
    )


def test_live_asks_nobody(client: Client, django_assert_num_queries: DjangoAssertNumQueries, db: None) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"live": True})


def test_health_pages_take_no_post(client: Client, db: None) -> None:
    assert client.post("/health/live").status_code == 405
    assert client.post("/health/ready").status_code == 405


def test_ready_says_what_it_looked_at(client: Client, db: None, no_queue: None) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json()["checks"]) == {"database", "tables", "broker", "beat", "backlog", "disk"}
    assert answer.json()["checks"]["database"] == {"state": "ok", "words": "The database takes writes.", "value": None}


def test_ready_is_503_while_a_migration_is_missing(client: Client, db: None, no_queue: None) -> None:
    MigrationRecorder(connection).record_unapplied("library", "0001_initial")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["tables"]["words"] == "1 migrations are not applied; run manage.py migrate."


def test_a_queue_that_keeps_its_work_is_well(queue: None) -> None:
    assert health.look_at_broker().state == OK


def test_a_queue_that_does_not_answer_is_broken(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert health.look_at_broker().state == FAILED


def test_the_beat_is_given_two_minutes_and_then_has_to_tick(queue: None, now: datetime) -> None:
    cache.delete(health.HEARTBEAT)
    assert look_at_beat(now=now, started=now - timedelta(seconds=119)).state == OK
    assert look_at_beat(now=now, started=now - LONG_AGO).words == "The beat has never ticked; start worker and beat."
    health.record_beat(now=now)
    assert look_at_beat(now=now + timedelta(seconds=119), started=now - LONG_AGO) == Finding(
        "beat", OK, "The beat ticks.", 119
    )
    late = look_at_beat(now=now + timedelta(seconds=300), started=now - LONG_AGO)
    assert (late.state, late.value) == (FAILED, 300)
    cache.delete(health.HEARTBEAT)


def test_messages_that_wait_too_long_are_said(db: None, now: datetime) -> None:
    assert look_at_backlog(now=now) == Finding("backlog", OK, "Messages leave in time.", 0)
    waiting_message(now=now - timedelta(minutes=25))
    assert look_at_backlog(now=now).words == "The oldest due message has waited 25 minutes."
    assert look_at_backlog(now=now).state == WARNING


def test_messages_in_doubt_are_counted(db: None, now: datetime) -> None:
    waiting_message(now=now, state="unknown")
    assert look_at_backlog(now=now) == Finding(
        "backlog", WARNING, "Messages leave in time. 1 in doubt wait for a person.", 0
    )


@pytest.mark.parametrize(("free", "state"), [(50, OK), (9, WARNING), (2, FAILED)])
def test_a_full_disk_is_said_before_it_is_full(free: int, state: str, tmp_path: Path) -> None:
    with patch("shutil.disk_usage") as usage:  # the machine's disk cannot be filled in a test
        usage.return_value.free, usage.return_value.total = free, 100
        assert look_at_disk(tmp_path) == Finding("disk", state, f"{free}% of the disk is free.", free)


def test_the_doctor_speaks_plainly_and_in_json(db: None, no_queue: None) -> None:
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    lines = out.getvalue().splitlines()
    assert "well     database: The database takes writes." in lines
    report = json.loads(lines[-1])
    assert report["broken"] == 0
    names = {finding["name"] for finding in report["findings"]}
    assert names >= {"configuration", "secrets", "broker", "clock", "disk", "backlog", "mail", "mail_domain"}


def test_the_doctor_ends_with_1_when_something_is_broken(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", stdout=out)
    assert end.value.code == 1
    assert "broken   broker: The queue does not answer (ConnectionError)." in out.getvalue()


def test_a_wrong_clock_is_said(db: None, no_queue: None, now: datetime) -> None:
    clock = named(examine(now=now - LONG_AGO), "clock")
    assert clock.state == WARNING
    assert clock.words.endswith("set both clocks.")


def test_a_mail_folder_that_cannot_be_written_is_said(
    db: None, no_queue: None, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.MAILERS = {
        "default": {"BACKEND": "x.filebased.EmailBackend", "OPTIONS": {"file_path": tmp_path / "file" / "mail"}}
    }
    settings.EMAIL_URL_BULK = settings.EMAIL_URL
    assert named(list(examine(now=now)), "mail").state == FAILED


def test_a_mail_server_nobody_answers_at_is_said(db: None, no_queue: None, now: datetime, settings: Settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": "x.smtp.EmailBackend", "OPTIONS": {"host": "127.0.0.1", "port": 1}}}
    settings.EMAIL_URL_BULK = settings.EMAIL_URL
    mail = named(list(examine(now=now)), "mail")
    assert mail == Finding("mail", FAILED, "The mail server 127.0.0.1:1 cannot be used (ConnectionRefusedError).")
