"""Many patrons at once: changed piece by piece, put back unless changed since, and tables that go after a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from library.models import AuditLine, User
from patrons.models import BulkAction, BulkChange, Card, Patron
from relcrm.desk.services import bulk as service
from relcrm.desk.services.bulk import Chosen, left_actions, run_bulk, start_bulk, undo_bulk
from relcrm.desk.services.exporting import drop_old_exports, exports_folder
from relcrm.desk.services.privacy import erase_patron
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def do(action: str, value: str, by: User, query: str | None = "", ticked: tuple[str, ...] = ()) -> BulkAction:
    bulk = start_bulk(action=action, value=value, chosen=Chosen(ticked, query), by=by, now=NOON)
    run_bulk(pk=bulk.pk, clock=lambda: NOON)
    bulk.refresh_from_db()
    return bulk


def undo(bulk: BulkAction, by: User) -> BulkAction:
    assert undo_bulk(bulk=bulk, by=by, now=NOON)
    run_bulk(pk=bulk.pk, clock=lambda: NOON)
    bulk.refresh_from_db()
    return bulk


def facts() -> list[tuple[object, ...]]:
    fields = ("pk", "branch", "language", "preferred_channel", "gone_at", "by_hand")
    return list(Patron.objects.order_by("pk").values_list(*fields))


@pytest.mark.parametrize("action", ["branch", "language", "channel", "gone"])
def test_every_action_changes_all_of_the_list_and_undoing_puts_every_row_back(
    monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(service, "PIECE", 2)
    branch, librarian = make_branch(), make_staff()
    value = {"branch": str(branch.pk), "language": "fr", "channel": "phone", "gone": "yes"}[action]
    for number in range(5):
        make_patron(audience="teen", branch=branch if number == 1 else None, by_hand=["name"] if number == 2 else [])
    adult = make_patron()
    before = facts()
    bulk = do(action, value, librarian, query="audience=teen")
    assert (bulk.state, bulk.total, bulk.done) == ("done", 5, 5)
    column, by_hand = service.COLUMNS[action]
    for patron in Patron.objects.filter(audience="teen"):
        assert getattr(patron, column) == {"branch": branch.pk, "gone": NOON}.get(action, value)
    changed = Patron.objects.filter(by_hand__contains=[by_hand]).count() if by_hand else 0
    assert changed == {"branch": 4, "gone": 0}.get(action, 5)
    adult.refresh_from_db()
    assert adult.by_hand == []
    bulk = undo(bulk, librarian)
    assert (bulk.state, bulk.done) == ("undone", 0)
    assert facts() == before


def test_what_was_changed_since_stays() -> None:
    librarian = make_staff()
    kept, other = make_patron(), make_patron()
    bulk = do("language", "fr", librarian)
    Patron.objects.filter(pk=kept.pk).update(language="es")
    undo(bulk, librarian)
    assert [Patron.objects.get(pk=one.pk).language for one in (kept, other)] == ["es", "en"]


def test_only_patrons_one_may_see_are_touched() -> None:
    here, elsewhere = make_branch(), make_branch()
    librarian = make_staff()
    librarian.branches.add(here)
    mine, foreign = make_patron(branch=here), make_patron(branch=elsewhere)
    do("language", "fr", librarian)
    do("language", "fr", librarian, query=None, ticked=(mine.public_id, foreign.public_id))
    assert [Patron.objects.get(pk=one.pk).language for one in (mine, foreign)] == ["fr", "en"]
    assert not BulkChange.objects.filter(patron=foreign).exists()


def test_a_dead_workers_action_is_taken_up_and_one_at_work_is_left_alone() -> None:
    make_patron()
    bulk = start_bulk(action="language", value="fr", chosen=Chosen(query=""), by=make_staff(), now=NOON)
    BulkAction.objects.filter(pk=bulk.pk).update(state="running", beat_at=NOON)
    assert left_actions(now=NOON + timedelta(seconds=30)) == []
    assert not run_bulk(pk=bulk.pk, clock=lambda: NOON + timedelta(seconds=30))
    later = NOON + timedelta(minutes=5)
    assert left_actions(now=later) == [bulk.pk]
    assert run_bulk(pk=bulk.pk, clock=lambda: later)
    assert Patron.objects.get().language == "fr"
    assert left_actions(now=later + timedelta(hours=1)) == []


def test_from_the_page_to_the_progress_and_back(
    client: Client, amara: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    patron, other = make_patron(name="Iris"), make_patron(name="Other")
    sent = {"action": "language:fr", "who": "ticked", "patrons": [patron.public_id], "do": "change"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/desk/patrons/bulk/", sent)
    bulk = BulkAction.objects.get()
    assert answer.headers["Location"] == f"/desk/patrons/bulk/{bulk.pk}/"
    assert "Done: 1 reader." in client.get(f"/desk/patrons/bulk/{bulk.pk}/").content.decode()
    assert "<html" not in client.get(f"/desk/patrons/bulk/{bulk.pk}/progress/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/desk/patrons/bulk/{bulk.pk}/undo/")
    assert "Put back" in client.get(f"/desk/patrons/bulk/{bulk.pk}/").content.decode()
    assert set(Patron.objects.values_list("language", flat=True)) == {"en"}
    assert other.name == "Other"


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "language:fr", "who": "ticked"},
        {"action": "branch:999", "who": "all"},
        {"action": "reading_history:never", "who": "all"},
        {"action": "", "who": "all"},
        {},
    ],
)
def test_what_is_not_offered_changes_nobody(client: Client, amara: User, sent: dict[str, str]) -> None:
    make_patron()
    assert client.post("/desk/patrons/bulk/", sent).status_code == 302
    assert not BulkAction.objects.exists()


def export(client: Client, callbacks: DjangoCaptureOnCommitCallbacks, columns: list[str]) -> tuple[BulkAction, str]:
    with callbacks(execute=True):
        client.post("/desk/patrons/bulk/", {"who": "all", "do": "export", "columns": columns})
    bulk = BulkAction.objects.latest("pk")
    answer = client.get(f"/desk/patrons/bulk/{bulk.pk}/file/")
    return bulk, answer.getvalue().decode("utf-8-sig") if answer.status_code == 200 else ""


def test_a_table_names_nobody_unless_asked_to_and_runs_no_formula(
    client: Client, amara: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    patron = make_patron(name="=HYPERLINK(1)", email="iris@example.org", phone="+27215550147")
    Card.objects.create(patron=patron, number="29000")
    _bulk, text = export(client, django_capture_on_commit_callbacks, [])
    assert text.splitlines() == ["number,branch,age,language,stage,joined", f"{patron.public_id},,adult,en,,"]
    _bulk, text = export(client, django_capture_on_commit_callbacks, ["name", "phone", "card_numbers", "by_hand"])
    assert text.splitlines()[1] == f"{patron.public_id},,adult,en,,,'=HYPERLINK(1),'+27215550147,29000"
    lines = AuditLine.objects.filter(what="patrons.exported").order_by("pk")
    assert [line.fields for line in lines] == [["export"], ["name", "phone", "card_numbers"]]


def test_a_table_is_for_whoever_made_it_and_for_a_day(
    client: Client, amara: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_patron()
    bulk, text = export(client, django_capture_on_commit_callbacks, [])
    assert text
    stranger = Client()
    stranger.force_login(make_staff())
    assert stranger.get(f"/desk/patrons/bulk/{bulk.pk}/file/").status_code == 404
    now: datetime = timezone.now()
    assert drop_old_exports(now=now + timedelta(hours=23)) == 0
    assert drop_old_exports(now=now + timedelta(hours=25)) == 1
    assert client.get(f"/desk/patrons/bulk/{bulk.pk}/file/").status_code == 404


def test_a_table_goes_with_whoever_is_erased(
    client: Client, amara: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    patron = make_patron(name="Canary")
    export(client, django_capture_on_commit_callbacks, ["name"])
    erase_patron(patron=patron, now=timezone.now())
    assert list(exports_folder().iterdir()) == []
