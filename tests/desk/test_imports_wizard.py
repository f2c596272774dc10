"""Bringing in a file, step by step: what it is, the first rows, the numbers, the run, the report, the undo."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from library.models import AuditLine, ColumnMap, ImportRun, User
from library.services.importing import Field, UndoTooLate
from library.services.imports import Issue, add_issues
from relcrm.desk.forms.imports import ColumnsForm
from relcrm.desk.services.importing import registry
from relcrm.desk.services.importing.arriving import BoundedUpload
from relcrm.desk.services.importing.columns import Column, guess_columns
from relcrm.desk.services.importing.reasons import read_reasons, without_value
from relcrm.desk.services.importing.running import run_next
from relcrm.desk.services.importing.uploads import drop_old_uploads
from relcrm.desk.services.tick import run_tick
from tests.builders import make_branch, make_staff
from tests.desk.fake_importer import KOHA, OTHER, FakeImporter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.IMPORTS_FOLDER = tmp_path / "imports"
    return tmp_path / "imports"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeImporter:
    importer = FakeImporter()
    for what in registry.KINDS:
        monkeypatch.setitem(registry.IMPORTERS, what, importer)
    return importer


@pytest.fixture
def user() -> User:
    return make_staff()


@pytest.fixture
def desk(client: Client, user: User, fake: FakeImporter) -> Client:
    client.force_login(user)
    return client


def upload(desk: Client, content: bytes = KOHA, *, what: str = "patrons", name: str = "members.csv") -> Any:
    return desk.post(reverse("import_new"), {"what": what, "file": SimpleUploadedFile(name, content)})


def act(desk: Client, page: str, run: ImportRun, **data: str) -> Any:
    return desk.post(reverse(page, args=[run.pk]), data)


def work() -> bool:
    return run_next(clock=timezone.now)


def show(desk: Client, run: ImportRun) -> str:
    return desk.get(reverse("import_run", args=[run.pk])).content.decode()


def fresh(desk: Client, content: bytes = KOHA, what: str = "patrons") -> ImportRun:
    assert upload(desk, content, what=what).status_code == 302
    return ImportRun.objects.latest("pk")


def brought_in(desk: Client) -> ImportRun:
    run = fresh(desk)
    for action in ("try", "run"):
        act(desk, "import_start", run, action=action)
        assert work()
    run.refresh_from_db()
    return run


def test_a_file_is_kept_under_a_random_name_for_us_alone(desk: Client, folder: Path) -> None:
    run = fresh(desk)
    assert [path.name for path in folder.iterdir()] == [run.stored_as]
    assert stat.S_IMODE((folder / run.stored_as).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / run.stored_as).read_bytes() == KOHA
    assert (run.state, run.preset, run.size, run.file_name) == ("draft", "koha", len(KOHA), "members.csv")


def test_the_preview_says_what_it_was_taken_for_and_what_is_wrong_where(desk: Client) -> None:
    page = show(desk, fresh(desk))
    assert "Taken for: Koha (CSV)" in page
    assert "1 of these would be left out" in page
    assert page.count("No address is written like this.") == 2
    assert "iris@example.org" in page


def test_a_file_nobody_can_read_is_answered_in_place_and_leaves_nothing(desk: Client, folder: Path) -> None:
    answer = upload(desk, b"Dear library")
    assert answer.status_code == 422
    assert "This is no table. Export it as CSV." in answer.content.decode()
    assert list(folder.iterdir()) == []
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(("content", "words"), [(b"", "This file is empty"), (b"a,b\n" * 400_000, "larger than 1 MB")])
def test_an_empty_and_a_too_large_file_are_refused(
    desk: Client, folder: Path, settings: Settings, content: bytes, words: str
) -> None:
    settings.IMPORT_UPLOAD_MB = 1
    answer = upload(desk, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert list(folder.iterdir()) == []


def test_a_file_that_grows_too_large_is_not_written_further(folder: Path, settings: Settings) -> None:
    settings.IMPORT_UPLOAD_MB = 1
    handler = BoundedUpload()
    handler.new_file("file", "big.csv", "text/csv", None, None)
    for start in range(0, 3_000_000, 100_000):
        handler.receive_data_chunk(b"x" * 100_000, start)
    file = handler.file_complete(3_000_000)
    assert isinstance(file, TemporaryUploadedFile)
    assert Path(file.temporary_file_path()).stat().st_size <= 1_000_000
    assert Path(file.temporary_file_path()).parent == folder
    file.close()


def test_columns_mapped_by_hand_are_remembered_for_the_next_file(desk: Client) -> None:
    run = fresh(desk, OTHER)
    assert run.preset == ""
    where = reverse("import_columns", args=[run.pk])
    assert desk.get(reverse("import_run", args=[run.pk])).headers["Location"] == where
    page = desk.get(where).content.decode()
    assert "iris@example.org · rosa@example.org" in page
    missing = desk.post(where, {"preset": "by_hand", "field-name": "who"})
    assert missing.status_code == 422
    assert "Card number: choose its column" in missing.content.decode()
    columns = {"field-card": "barcode", "field-name": "who", "field-email": "mail"}
    assert desk.post(where, {"preset": "by_hand", **columns}).status_code == 302
    assert ColumnMap.objects.get().mapping["fields"] == {"card": "barcode", "name": "who", "email": "mail"}
    assert fresh(desk, OTHER).mapping == ColumnMap.objects.get().mapping
    assert "Columns as a colleague mapped them" in show(desk, ImportRun.objects.latest("pk"))


def test_a_name_in_several_columns_and_dates_with_the_day_first_become_a_map() -> None:
    importer = FakeImporter()
    importer.FIELDS = (*importer.FIELDS, Field("joined_on", "Member since"))
    said = {
        "preset": "by_hand",
        "dates": "dmy",
        "field-card": "c",
        "field-name": "first",
        "field-name-1": "last",
        "field-joined_on": "since",
    }
    columns = [Column(name, "") for name in ("c", "first", "last", "since")]
    form = ColumnsForm(said, run=ImportRun(what="patrons"), importer=importer, columns=columns)
    assert form.is_valid(), form.errors
    assert form.chosen_mapping["fields"] == {
        "card": "c",
        "name": {"columns": ["first", "last"]},
        "joined_on": {"column": "since", "dates": "dmy"},
    }
    again = ColumnsForm(run=ImportRun(mapping=form.chosen_mapping), importer=importer, columns=columns)
    assert {name: again.initial[name] for name in said} == said


def test_a_preset_chosen_by_hand_must_be_able_to_read_the_file(desk: Client) -> None:
    run = fresh(desk, OTHER)
    answer = act(desk, "import_columns", run, preset="koha")
    assert answer.status_code == 422
    assert "These are not the patrons of a system we know." in answer.content.decode()
    run.refresh_from_db()
    assert run.preset == ""


def test_the_numbers_come_before_anything_is_written(desk: Client) -> None:
    run = fresh(desk)
    act(desk, "import_start", run, action="try", full="on", **{"rule-name": "ils", "consent-profile": "paper-2024"})
    run.refresh_from_db()
    assert (run.state, run.dry_run) == ("queued", True)
    assert run.options["full"] is True
    assert run.options["rules"] == {"name": "ils", "email": "ours"}
    assert run.options["consents"] == {"profile": "paper-2024"}
    assert work()
    page = show(desk, run)
    assert "What would happen" in page
    assert "Bring it in" in page
    act(desk, "import_start", run, action="run")
    assert work()
    run.refresh_from_db()
    assert (run.state, run.dry_run, run.stored_as) == ("done", False, "")
    assert run.options["full"] is True
    assert "What happened" in show(desk, run)


def test_the_file_goes_with_the_import_and_stays_after_a_trial(desk: Client, folder: Path) -> None:
    run = fresh(desk)
    act(desk, "import_start", run, action="try")
    work()
    assert len(list(folder.iterdir())) == 1
    act(desk, "import_start", run, action="run")
    work()
    assert list(folder.iterdir()) == []


def test_a_nudge_that_is_lost_costs_one_tick(desk: Client) -> None:
    run = fresh(desk)
    act(desk, "import_start", run, action="try")
    counts = run_tick(now=timezone.now(), seconds=None)
    assert (counts["imports"], counts["errors"]) == (1, 0)
    run.refresh_from_db()
    assert run.state == "done"


def test_the_nudge_runs_it_at_once(
    desk: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = fresh(desk)
    with django_capture_on_commit_callbacks(execute=True):
        act(desk, "import_start", run, action="try")
    run.refresh_from_db()
    assert run.state == "done"


def test_the_bar_survives_a_reload_and_ends_in_the_report(desk: Client, fake: FakeImporter) -> None:
    run = fresh(desk)
    act(desk, "import_start", run, action="try")
    assert "Waiting for its turn" in show(desk, run)
    seen: list[str] = []

    def look(running: ImportRun) -> None:
        seen.extend((show(desk, running), desk.get(reverse("import_progress", args=[running.pk])).content.decode()))

    fake.during = look
    work()
    for page in seen:
        assert '<progress class="import-bar" id="bar" max="100" value="60"' in page
        assert "Reading: 60 %, 3 rows read" in page
    assert 'hx-trigger="every 2s"' in seen[0]
    ended = desk.get(reverse("import_progress", args=[run.pk]), headers={"HX-Request": "true"})
    assert ended.headers["HX-Refresh"] == "true"


def test_cancelled_while_it_waits_it_never_starts(desk: Client) -> None:
    run = fresh(desk)
    act(desk, "import_start", run, action="try")
    act(desk, "import_cancel", run)
    assert not work()
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_cancelled_while_it_runs_it_stops_and_can_start_again(desk: Client, fake: FakeImporter) -> None:
    run = fresh(desk)
    fake.during = lambda running: act(desk, "import_cancel", running)
    act(desk, "import_start", run, action="try")
    work()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert "Nothing of this file was kept" in show(desk, run)
    fake.during = lambda running: None
    act(desk, "import_start", run, action="again")
    work()
    run.refresh_from_db()
    assert (run.state, run.dry_run) == ("done", True)


def test_a_killed_run_is_ended_by_the_tick_and_starts_again_with_one_button(desk: Client) -> None:
    run = fresh(desk)
    ImportRun.objects.filter(pk=run.pk).update(state="running", phase="writing", beat_at=timezone.now())
    run_tick(now=timezone.now(), seconds=None)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "Start it again" in show(desk, run)
    act(desk, "import_start", run, action="again")
    work()
    run.refresh_from_db()
    assert run.state == "done"


def test_what_breaks_inside_is_said_without_the_readers_data(desk: Client, fake: FakeImporter) -> None:
    def break_it(run: ImportRun) -> None:
        raise RuntimeError("iris@example.org")

    run = fresh(desk)
    fake.during = break_it
    act(desk, "import_start", run, action="try")
    work()
    page = show(desk, run)
    assert "It stopped" in page
    assert "iris@example.org" not in page


def test_the_report_groups_what_was_wrong(desk: Client) -> None:
    run = brought_in(desk)
    more = [Issue(line, "email", f"bad{line}", "No address is written like this.") for line in range(10, 60)]
    add_issues(run=run, issues=[*more, Issue(4, "phone", "?", "Too short; left empty.", rejected=False)])
    page = show(desk, run)
    assert "51 left out" in page
    assert "1 noted" in page
    assert "line 3, E-mail: nobody" in page
    assert page.count("line ") == 6  # the first five of one reason, and one of the other


def test_reasons_that_begin_with_the_value_are_one_reason(desk: Client) -> None:
    run = brought_in(desk)
    days = [Issue(9, "since", "someday", "someday is no date."), Issue(10, "since", "50%", "50% is no date.")]
    add_issues(run=run, issues=[*days, Issue(11, "since", "T", "This is odd.")])
    found = {(reason.reason, reason.count) for reason in read_reasons(run=run)}
    assert found >= {("… is no date.", 2), ("This is odd.", 1)}
    assert without_value("someday is no date.", "someday") == "… is no date."


def test_columns_named_like_a_field_are_chosen_already() -> None:
    columns = [Column(name, "") for name in ("Card Number", "Mail", "colour")]
    assert guess_columns(columns=columns, fields=FakeImporter.FIELDS) == {"card": "Card Number", "email": "Mail"}


def test_the_rejected_rows_come_as_a_safe_csv_and_the_download_is_written_down(desk: Client) -> None:
    run = brought_in(desk)
    add_issues(run=run, issues=[Issue(9, "email", "=cmd()", "No address is written like this.")])
    answer = act(desk, "import_rejected", run)
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[1:] == [
        "3,email,nobody,No address is written like this.",
        "9,email,'=cmd(),No address is written like this.",
    ]
    assert 'filename="members-left-out.csv"' in answer.headers["Content-Disposition"]
    assert AuditLine.objects.filter(what="import.downloaded", reference=str(run.pk)).count() == 1


def test_an_import_is_undone_by_a_worker_and_says_what_stayed(desk: Client, fake: FakeImporter) -> None:
    run = brought_in(desk)
    act(desk, "import_undo", run)
    assert "Putting everything back" in show(desk, run)
    assert work()
    page = show(desk, run)
    assert "2 put back as they were" in page
    assert "1 kept, because someone changed them since" in page
    act(desk, "import_undo", run)
    assert not work()
    assert fake.undone == [run.pk]


def test_an_undo_that_comes_too_late_or_breaks_leaves_the_run_done(desk: Client, fake: FakeImporter) -> None:
    for error, words in ((UndoTooLate(), "too late to undo"), (RuntimeError("x"), "Undoing stopped (RuntimeError)")):
        run = brought_in(desk)

        def fail(run: ImportRun, error: Exception = error) -> None:
            raise error

        fake.during = fail
        act(desk, "import_undo", run)
        assert work()
        assert not work()
        assert words in show(desk, run)
        fake.during = lambda run: None


def test_when_the_journal_is_gone_so_is_the_undo(desk: Client) -> None:
    run = brought_in(desk)
    assert "Undo this import" in show(desk, run)
    ImportRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert "Undo this import" not in show(desk, run)
    act(desk, "import_undo", run)
    assert not work()


def test_old_files_go_with_their_drafts_and_runs_say_so(desk: Client, folder: Path) -> None:
    draft, tried, queued = fresh(desk), fresh(desk), fresh(desk)
    act(desk, "import_start", tried, action="try")
    work()
    act(desk, "import_start", queued, action="try")
    (folder / "arriving-of-a-process-that-died").touch()
    assert drop_old_uploads(now=timezone.now() + timedelta(hours=23)) == 0
    assert drop_old_uploads(now=timezone.now() + timedelta(hours=25)) == 4
    assert list(folder.iterdir()) == []
    assert not ImportRun.objects.filter(pk=draft.pk).exists()
    assert "The file is no longer here" in show(desk, tried)
    queued.refresh_from_db()
    assert queued.state == "failed"
    act(desk, "import_start", tried, action="run")
    tried.refresh_from_db()
    assert (tried.state, tried.dry_run) == ("done", True)


def test_a_draft_is_forgotten_and_what_was_brought_in_is_not(
    desk: Client, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = fresh(desk)
    with django_capture_on_commit_callbacks(execute=True):
        act(desk, "import_discard", run)
    assert list(folder.iterdir()) == []
    assert not ImportRun.objects.filter(pk=run.pk).exists()
    done = brought_in(desk)
    act(desk, "import_discard", done)
    act(desk, "import_start", done, action="run")
    act(desk, "import_start", done, action="back")
    done.refresh_from_db()
    assert done.state == "done"


def test_every_act_leaves_an_audit_line(desk: Client, user: User) -> None:
    run = brought_in(desk)
    act(desk, "import_undo", run)
    other = fresh(desk)
    act(desk, "import_start", other, action="try")
    act(desk, "import_cancel", other)
    lines = AuditLine.objects.filter(thing="import", reference=str(run.pk)).order_by("pk")
    assert [line.what for line in lines] == ["import.uploaded", "import.tried", "import.started", "import.undo_asked"]
    assert {line.actor for line in lines} == {user.username}
    assert AuditLine.objects.filter(what="import.cancelled", reference=str(other.pk)).exists()


def test_the_list_goes_on_by_key(desk: Client, user: User) -> None:
    now = timezone.now()
    for number in range(31):
        ImportRun.objects.create(
            what="patrons", file_name=f"f{number:02}.csv", state="done", started_at=now - timedelta(hours=number // 2)
        )
    first = desk.get(reverse("imports"))
    older = first.context["list"].next_place
    second = desk.get(reverse("imports"), {"place": older})
    names = [line.run.file_name for page in (first, second) for line in page.context["list"].lines]
    assert sorted(names) == [f"f{number:02}.csv" for number in range(31)]
    assert desk.get(reverse("imports"), {"place": "nonsense_1"}).status_code == 200


def test_admins_see_no_runs_with_reading_data(client: Client, fake: FakeImporter) -> None:
    client.force_login(make_staff("admin"))
    loans = ImportRun.objects.create(what="loans", file_name="l.csv", state="done", started_at=timezone.now())
    patrons = ImportRun.objects.create(what="patrons", file_name="p.csv", state="done", started_at=timezone.now())
    page = client.get(reverse("imports")).content.decode()
    assert "p.csv" in page
    assert "l.csv" not in page
    assert client.get(reverse("import_run", args=[loans.pk])).status_code == 404
    assert client.get(reverse("import_run", args=[patrons.pk])).status_code == 200
    assert act(client, "import_rejected", loans).status_code == 404
    assert upload(client, what="loans").status_code == 422


def test_a_librarian_of_one_branch_is_told_who_can(client: Client, fake: FakeImporter) -> None:
    able = make_staff(name="Zora Able")
    bound = make_staff()
    bound.branches.add(make_branch())
    client.force_login(bound)
    for page in ("imports", "import_new"):
        answer = client.get(reverse(page))
        assert answer.status_code == 403
        assert able.name in answer.content.decode()
    run = ImportRun.objects.create(what="patrons", file_name="p.csv", state="done", started_at=timezone.now())
    assert client.get(reverse("import_run", args=[run.pk])).status_code == 404
    assert upload(client).status_code == 403
    assert not ImportRun.objects.filter(state="draft").exists()


def test_without_a_csrf_key_no_file_is_taken(user: User, fake: FakeImporter, folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert upload(strict).status_code == 403
    assert not ImportRun.objects.exists()
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "content", "shown"),
    [
        ("patrons", b"cardnumber,surname,firstname,categorycode\n77,Able,Zora,PT\n", "Zora Able"),
        ("titles", b"title,author,isbn\nThe Summer Book,Tove Jansson,9781590172681\n", "The Summer Book"),
    ],
)
def test_the_importers_of_the_house_fit_the_pages(
    client: Client, user: User, what: str, content: bytes, shown: str
) -> None:
    client.force_login(user)
    run = fresh(client, content, what)
    assert shown in show(client, run)
    for action in ("try", "run"):
        act(client, "import_start", run, action=action)
        assert work()
        run.refresh_from_db()
        assert (run.state, run.counts["created"]) == ("done", 1), run.error
    act(client, "import_undo", run)
    assert work()
    run.refresh_from_db()
    assert (run.state, run.undone_counts["reversed"]) == ("undone", 1)
    assert "1 put back as they were" in show(client, run)
