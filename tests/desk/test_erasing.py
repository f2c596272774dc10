"""After erasing, a word of that person is found in no table and in no file; and what was erased stays away."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from engagement.models import Draw, Drift, Experiment, Loan, Need, NeedAsk, Pulse, ReaderType
from engagement.services.notes import Talk, open_note, write_note
from engagement.services.overriding import set_stage
from library.models import ImportIssue, ImportRun, SavedFilter, User
from library.services.audit import write_line
from outreach.models import ContactReason, Reply, ReplyFile, Thread, ThreadTurn
from outreach.services.comments import Comment, enter_comment
from patrons.models import (
    AddressChange,
    AuditReference,
    BulkAction,
    BulkChange,
    Card,
    Duplicate,
    FormerNumber,
    Household,
    Merge,
    Patron,
    PatronChange,
    Tombstone,
)
from patrons.services.references import reference_of
from patrons.services.suppressions import suppress_address
from patrons.services.tombstones import buried
from relcrm.desk.services.bulk import Chosen, run_bulk, start_bulk
from relcrm.desk.services.exporting import EXPORT, exports_folder, file_of
from relcrm.desk.services.importing.uploads import imports_folder
from relcrm.desk.services.merging import merge_patrons
from relcrm.desk.services.privacy import erase_patron, export_patron
from relcrm.desk.services.take_along import pack
from tests.builders import NOON, make_patron, make_request, make_staff
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db
CANARY = "Zyxwcanary"
DAY = timedelta(days=1)


def dump() -> str:
    """Every table as text, bytes included."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        words = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608  (names from the database itself)
            words += [f"{table}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(words).casefold()


def found() -> list[str]:
    return [line[:200] for line in dump().splitlines() if CANARY.casefold() in line]


@pytest.fixture
def staff() -> User:
    return make_staff(name="Amara Nkosi")


@pytest.fixture
def canary(staff: User) -> Patron:
    """Somebody who left a word in every table that can hold one."""
    patron = whole_loop(staff, "check_in", "profile", email=f"{CANARY}@example.org")
    patron.name = f"Iris {CANARY}"
    patron.phone, patron.postal_address = f"+27 {CANARY}", f"1 {CANARY} Road"
    patron.ils_id, patron.household = f"ILS-{CANARY}", Household.objects.create(name=CANARY, created_at=NOON)
    patron.standing, patron.search_text = "own", f" iris {CANARY}"
    patron.save()
    Card.objects.create(patron=patron, number=f"C-{CANARY}")
    FormerNumber.objects.create(number=9000, public_id="P-FORMER01", ils_id=f"OLD-{CANARY}", patron=patron)
    make_request(patron, likes=(f"{CANARY} and the Sea",), about=CANARY, card_number=CANARY, state="held")
    talk = Talk("desk", "patron", f"Spoke with {CANARY}", NOON, 5)
    open_note(note=write_note(patron=patron, talk=talk, by=staff, now=NOON), by=staff, now=NOON)
    Loan.objects.create(source_key="loan", patron=patron, title_words="A book", returned_at=NOON)
    NeedAsk.objects.create(need=Need.objects.create(name="Large print", created_at=NOON), patron=patron, at=NOON)
    ContactReason.objects.create(patron=patron, kind="could_not_get", source_key="canary", opened_at=NOON)
    suppress_address(address=patron.email, reason="a bounce", now=NOON)
    _exchanged(patron, staff)
    _measured(patron, staff)
    _traces(patron, staff)
    return patron


def _measured(patron: Patron, staff: User) -> None:
    """What was counted, told and asked of them, with the words staff and they themselves put to it."""
    set_stage(patron=patron, stage="reactive", reason=f"Talks to {CANARY}", until=NOON + DAY, by=staff, now=NOON)
    day = NOON.date()
    Drift.objects.create(
        patron=patron, days=2, first_day=day, last_day=day, chance=0.5, fact="recency", model=1, counted_on=day
    )
    ReaderType.objects.create(patron=patron, told="expert", facts={"uses": 7}, told_on=day)
    asked = {"patron": patron, "wave": "weekly", "audience": "adult", "language": "en", "asked_at": NOON}
    Pulse.objects.create(**asked, answered_at=NOON, recommend=9, words=f"Ask {CANARY}", may_quote=True)
    trial = Experiment.objects.create(
        name="Reminders", subject="check_in_reminder", share=50, outcome="answered", days=30, salt="s", started_at=NOON
    )
    Draw.objects.create(experiment=trial, patron=patron, arm="held", drawn_at=NOON)


def _exchanged(patron: Patron, staff: User) -> None:
    """Words of theirs that came in, with a file, by mail and on a page of ours, and our answers to them."""
    thread = Thread.objects.filter(patron=patron).order_by("pk")[0]
    Thread.objects.filter(pk=thread.pk).update(draft=f"Dear {CANARY}")
    reply = Reply.objects.create(
        key="canary", kind="reply", thread=thread, patron=patron, text=CANARY, quoted=CANARY, received_at=NOON
    )
    ReplyFile.objects.create(reply=reply, name=CANARY, content_type="text/plain", size=5, content=CANARY.encode())
    Reply.objects.create(key="lost", kind="reply", from_address=patron.email, text=CANARY, received_at=NOON)
    ThreadTurn.objects.create(thread=thread, way="done", words=f"Dear {CANARY}", by=staff, at=NOON)
    said = Comment(page="Facebook", words=CANARY, said_at=NOON, author=CANARY)
    enter_comment(comment=said, branch=None, patron=patron, now=NOON)


def _traces(patron: Patron, staff: User) -> None:
    """What imports, searches, merges and changes to many say of somebody."""
    run = ImportRun.objects.create(
        what="patrons", file_name="koha.csv", started_at=NOON, state="done", finished_at=NOON
    )
    run.error = f"Something about {CANARY}@example.org broke"
    run.save()
    ImportIssue.objects.create(run=run, line=7, field="email", value=f"{CANARY}@@", reason="not an address")
    ImportIssue.objects.create(run=run, line=9, field="card", value=f"C-{CANARY}", reason=f"C-{CANARY} stands twice")
    PatronChange.objects.create(run=run, patron=patron, line=7, before={"name": CANARY}, after={"email": CANARY})
    for query in (f"q=iris+{CANARY.lower()}", f"q={CANARY}%40example.org", "q=iris"):
        SavedFilter.objects.create(page="patrons", name=query, query=query, owner=staff, saved_at=NOON)
    bulk = BulkAction.objects.create(action="branch", query=f"q={CANARY}%40example.org", by=staff, started_at=NOON)
    BulkChange.objects.create(bulk=bulk, patron=patron, before={"name": CANARY})
    Merge.objects.create(into=patron, gone_public_id="P-GONE", journal={"name": CANARY}, by=staff, at=NOON)
    first, second = sorted([patron.pk, make_patron(name="Another").pk])
    Duplicate.objects.create(first_id=first, second_id=second, reason="same name", found_at=NOON)
    AddressChange.objects.create(patron=patron, address=f"new-{CANARY}@example.org", asked_at=NOON)
    write_line(what="patron.changed", thing="patron", reference=reference_of(patron), by=staff, now=NOON)
    (imports_folder() / "waiting").write_text("x" * 2_000_000 + f'"{CANARY.upper()}@example.org"')
    (imports_folder() / "other").write_text("nothing of the kind")
    (exports_folder() / "table.csv").write_text(f"number,name\n{patron.public_id},Someone\n")


def test_the_file_holds_every_trace(canary: Patron) -> None:
    kept = export_patron(patron=canary, now=NOON)
    assert kept["notes"][0]["words"] == f"Spoke with {CANARY}"
    assert kept["who_opened_notes"][0]["who"] == "Amara Nkosi"
    assert kept["patron"]["phone"] == f"+27 {CANARY}"
    assert kept["patron"]["household"] == CANARY
    assert {line["what"] for line in kept["what_staff_did"]} >= {"note.written", "note.viewed", "patron.changed"}
    for part in ("imports", "merges", "changed_with_others", "may_be_the_same_person", "import_problems", "needs"):
        assert kept[part], part
    assert kept["address_change"]["address"] == f"new-{CANARY}@example.org"
    assert kept["loans"][0]["title_words"] == "A book"


def test_after_erasing_no_table_and_no_file_knows_a_word(
    canary: Patron, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert len({line.split(":")[0] for line in found()}) > 12, "the canary sits in every corner"
    pk, public_id = canary.pk, canary.public_id
    with django_capture_on_commit_callbacks(execute=True):
        erase_patron(patron=canary, now=NOON)
    assert found() == []
    assert public_id.casefold() not in dump()
    assert not AuditReference.objects.filter(patron_id=pk).exists()
    assert [path.name for path in imports_folder().iterdir()] == ["other"]
    assert not list(exports_folder().iterdir())
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or CANARY.casefold() not in file.read_text().casefold(), file
    assert SavedFilter.objects.get().query == "q=iris"
    assert Loan.objects.get().let_go
    assert NeedAsk.objects.count() == 1
    # Counted all the same, without a name and without words.
    assert (Pulse.objects.get().recommend, Pulse.objects.get().may_quote, Draw.objects.get().arm) == (9, False, "held")
    assert not Drift.objects.exists()
    assert not ReaderType.objects.exists()
    assert buried(cards=[f"C-{CANARY}"], address=f"{CANARY}@example.org", ils_id=f"OLD-{CANARY}")


def test_a_table_made_for_staff_goes_with_the_person(canary: Patron, staff: User) -> None:
    other = make_patron(name="Somebody else")
    bulks = [
        start_bulk(action=EXPORT, value="name,email", chosen=Chosen(ticked, None), by=staff, now=NOON)
        for ticked in ((canary.public_id, other.public_id), (other.public_id,))
    ]
    for bulk in bulks:
        assert run_bulk(pk=bulk.pk, clock=lambda: NOON)
        bulk.refresh_from_db()
    with_canary, without = (file_of(bulk, now=NOON) for bulk in bulks)
    assert with_canary
    assert CANARY in with_canary.read_text()
    erase_patron(patron=canary, now=NOON)
    assert file_of(bulks[0], now=NOON) is None
    assert not with_canary.exists()
    assert file_of(bulks[1], now=NOON) == without
    assert found() == []


def test_the_file_of_somebody_made_of_two_records_holds_both(staff: User, tmp_path: Path) -> None:
    kept = make_patron("profile", email="iris@example.org", name="Iris Oduya")
    gone = make_patron(email="old@example.org", name="Iris O.", ils_id="OLD-1")
    Card.objects.create(patron=gone, number="C-OLD")
    Loan.objects.create(source_key="of gone", patron=gone, title_words="Two boats")
    write_note(patron=gone, talk=Talk("phone", "patron", "Asked for boats", NOON, 5), by=staff, now=NOON)
    merge_patrons(gone=gone, kept=kept, by=staff, now=NOON)
    path = tmp_path / "iris.json"
    call_command("export_patron", "C-OLD", "-o", str(path), "--now", NOON.isoformat())
    said = json.loads(path.read_text())
    assert [note["words"] for note in said["notes"]] == ["Asked for boats"]
    assert [loan["title_words"] for loan in said["loans"]] == ["Two boats"]
    assert said["merges"][0]["gone_public_id"] == gone.public_id
    assert said["patron"]["cards"] == ["C-OLD"]
    assert said["patron"]["joined_records"][0]["public_id"] == gone.public_id
    assert b"".join(pack(kept=said, language="af", now=NOON))
    erase_patron(patron=Patron.objects.get(pk=kept.pk), now=NOON)
    for word in ("oduya", "old@example.org", "c-old", "asked for boats", gone.public_id.casefold()):
        assert word not in dump(), word


def test_nothing_in_the_log_names_the_person(canary: Patron, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        erase_patron(patron=canary, now=NOON)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert CANARY.casefold() not in "\n".join(ours).casefold()


def test_a_restored_dump_is_erased_again(now: datetime, settings: LazySettings) -> None:
    """The dump knows the patrons and none of the tombstones; the file beside it knows both."""
    kept = make_patron(email="kept@example.org", ils_id="1")
    erased = [make_patron(email="iris@example.org"), make_patron(email="", ils_id="77"), make_patron(email="")]
    Card.objects.create(patron=erased[2], number="A-9")
    rows = [Patron.objects.get(pk=patron.pk) for patron in erased]
    for patron in erased:
        erase_patron(patron=patron, now=now)
    call_command("replay_erasures", "--now", now.isoformat())
    Tombstone.objects.all().delete()
    for row in rows:
        row.save(force_insert=True)
    Card.objects.create(patron=rows[2], number="A-9")
    call_command("replay_erasures", "--now", (now + DAY).isoformat())
    assert list(Patron.objects.all()) == [kept]
    assert Tombstone.objects.count() == 3


def test_a_replay_says_what_it_did_and_spares_who_came_back(now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    erase_patron(patron=make_patron(email="iris@example.org", ils_id="5"), now=now)
    back = make_patron(email="iris@example.org", created_at=now + DAY, standing="provisional")
    brought = make_patron(email="iris@example.org", created_at=now + DAY, ils_id="5")
    call_command("replay_erasures", "--json", "--now", (now + 2 * DAY).isoformat())
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said == {"tombstones": 2, "restored": 0, "looked_at": 2, "erased": 1}
    assert list(Patron.objects.all()) == [back]
    assert brought.pk != back.pk
