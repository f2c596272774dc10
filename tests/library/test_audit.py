"""Audit lines: chained, checked, and impossible to change unseen."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from library.models import AuditLine, User
from library.services.audit import digest_of, keep_head, verify_chain, write_line
from tests.builders import NOON, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> list[AuditLine]:
    user = make_staff()
    return [
        write_line(
            what="patron.changed",
            thing="patron",
            reference=f"r{number}",
            fields=["name", "email"],
            by=user,
            now=NOON + timedelta(minutes=number),
        )
        for number in range(6)
    ]


@contextmanager
def as_the_owner_of_the_table() -> Iterator[None]:
    """What somebody with the keys of the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE library_auditline DISABLE TRIGGER audit_append_only")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE library_auditline ENABLE TRIGGER audit_append_only")


def test_a_chain_nobody_touched_is_whole(lines: list[AuditLine]) -> None:
    verdict = verify_chain()
    assert (verdict.whole, verdict.lines) == (True, 6)
    assert verify_chain().words == "Every line follows from the one before it."


@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_database_refuses_to_change_or_delete_a_line(lines: list[AuditLine], how: str) -> None:
    line = AuditLine.objects.filter(pk=lines[2].pk)
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        line.delete() if how == "delete" else line.update(actor="somebody else")
    assert verify_chain().whole


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "nobody of ours"},
        {"what": "patron.changeD"},
        {"reference": "r3"},
        {"fields": ["name"]},
        {"fields": ["name,email"]},
        {"at": NOON},
        {"previous": ""},
        {"digest": "0" * 64},
    ],
)
def test_one_changed_byte_shows(lines: list[AuditLine], change: dict[str, object]) -> None:
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[2].pk).update(**change)
    verdict = verify_chain()
    assert (verdict.number, verdict.fault) == (lines[2].pk, "changed")
    assert verdict.lines == 2


def test_a_line_taken_out_of_the_middle_shows(lines: list[AuditLine]) -> None:
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[3].pk).delete()
    verdict = verify_chain()
    assert (verdict.number, verdict.fault) == (lines[4].pk, "missing")


def test_the_first_line_taken_away_shows(lines: list[AuditLine]) -> None:
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[0].pk).delete()
    assert verify_chain().number == lines[1].pk


def test_two_lines_that_changed_places_show(lines: list[AuditLine]) -> None:
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[2].pk).update(id=-1)
        AuditLine.objects.filter(pk=lines[3].pk).update(id=lines[2].pk)
        AuditLine.objects.filter(pk=-1).update(id=lines[3].pk)
    verdict = verify_chain()
    assert (verdict.number, verdict.fault) == (lines[2].pk, "inserted")


def test_a_line_put_in_between_shows_though_its_own_digest_fits(lines: list[AuditLine]) -> None:
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[5].pk).update(id=lines[5].pk + 10)
    before = AuditLine.objects.get(pk=lines[4].pk)
    forged = AuditLine(pk=lines[5].pk, at=NOON, actor="x", what="y", thing="z", previous=before.digest)
    forged.digest = digest_of(forged)
    forged.save(force_insert=True)
    verdict = verify_chain()
    assert (verdict.number, verdict.fault) == (lines[5].pk + 10, "inserted")


def test_an_end_that_was_cut_off_shows(lines: list[AuditLine], tmp_path: Path) -> None:
    assert keep_head(folder=tmp_path)
    assert verify_chain(folder=tmp_path).whole
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk__gte=lines[4].pk).delete()
    assert verify_chain().whole  # by itself, the rest of the chain looks complete
    verdict = verify_chain(folder=tmp_path)
    assert (verdict.number, verdict.fault) == (lines[5].pk, "cut")


def test_the_end_noted_never_goes_back_by_itself(lines: list[AuditLine], tmp_path: Path) -> None:
    keep_head(folder=tmp_path)
    assert not keep_head(folder=tmp_path)
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk__gte=lines[4].pk).delete()
    assert not keep_head(folder=tmp_path)
    assert verify_chain(folder=tmp_path).fault == "cut"
    assert keep_head(folder=tmp_path, anyway=True)  # a restored database, said so by a person
    assert verify_chain(folder=tmp_path).whole


def test_a_damaged_note_of_the_end_shows_too(lines: list[AuditLine], tmp_path: Path) -> None:
    (tmp_path / "audit-head").write_text("{")
    assert verify_chain(folder=tmp_path).fault == "cut"


def test_the_command_names_the_first_line_and_ends_with_one(lines: list[AuditLine]) -> None:
    out = StringIO()
    call_command("verify_audit", json=True, stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["lines"] == 6
    with as_the_owner_of_the_table():
        AuditLine.objects.filter(pk=lines[1].pk).update(actor="x")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", json=True, stdout=out)
    assert ended.value.code == 1
    assert json.loads(out.getvalue().splitlines()[-1])["number"] == lines[1].pk
    assert f"Line {lines[1].pk} was changed" in out.getvalue()


def test_a_line_goes_with_its_act_when_that_is_rolled_back(lines: list[AuditLine]) -> None:
    class Stop(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            write_line(what="settings.changed", thing="settings", now=NOON)
            raise Stop

    with pytest.raises(Stop):
        act()
    write_line(what="settings.changed", thing="settings", now=NOON)
    assert (verify_chain().whole, AuditLine.objects.count()) == (True, 7)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain() -> None:
    user = make_staff()
    failures: list[BaseException] = []

    def write(who: User) -> None:
        try:
            for _ in range(20):
                write_line(what="note.viewed", thing="patron", reference="r", by=who, now=NOON)
        except BaseException as error:  # noqa: BLE001  (a thread's failure has to reach the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(user,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    verdict = verify_chain()
    assert (verdict.whole, verdict.lines) == (True, 120)
