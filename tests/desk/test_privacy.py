"""A person's rights over every floor: the file with everything, the end of the profile, erasure."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import ForeignKey, JSONField, ManyToManyField, OneToOneField

from catalog.models import Title
from engagement.models import Interaction, Promise, Score
from outreach.models import Letter, Message, Request, Thread
from patrons.models import Card, Consent, Patron, Suppression
from patrons.services.suppressions import suppress_address
from relcrm.desk.services.privacy import erase_patron, export_patron, withdraw_profile
from tests.builders import NOON, make_patron, make_request, make_staff
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db
# Apps we did not write: sign-in of staff. They know no patrons.
FROM_OUTSIDE = {"mfa", "usersessions", "account", "socialaccount"}


@pytest.fixture
def iris() -> Patron:
    patron = whole_loop(make_staff(name="Amara Nkosi"), "check_in", "profile")
    Card.objects.create(patron=patron, number="C-1")
    suppress_address(address=patron.email, reason="a bounce", now=NOON)
    return patron


def test_the_file_holds_everything_as_plain_json(iris: Patron) -> None:
    kept = export_patron(patron=iris, now=NOON)
    assert json.loads(json.dumps(kept)) == kept
    assert kept["patron"]["cards"] == ["C-1"]
    assert {consent["purpose"] for consent in kept["consents"]} == {"check_in", "profile"}
    assert kept["no_mail_to_this_address"][0]["reason"] == "a bounce"
    [request] = kept["requests"]
    assert request["about"] == "Something wise and funny."
    assert request["named"] == [{"kind": "like", "title": "The Summer Book", "why": "The calm."}]
    assert request["letter"]["librarian"] == "Amara Nkosi"
    assert request["letter"]["check_in"]["learned"] is True
    assert {row["name"] for row in kept["taste"]} >= {"The Summer Book", "slow-burning"}
    assert {message["purpose"] for message in kept["messages"]} >= {"acknowledgement", "letter"}
    assert {line["kind"] for line in kept["interactions"]} >= {"request", "letter", "pick_answer"}
    assert kept["score"]["stage"] == "follow_up"
    assert kept["promises"][0]["kept_at"]


def test_the_file_and_the_erasing_name_every_table_with_a_path_to_a_person(iris: Patron) -> None:
    """A new table, or a new JSON field, must join one of these lists; tests/desk/test_erasing.py fills them all."""
    in_the_file = {
        *("patrons.Card", "patrons.Consent", "patrons.AddressChange", "patrons.AuditReference", "patrons.Duplicate"),
        *("patrons.Merge", "patrons.PatronChange", "patrons.BulkChange", "patrons.FormerNumber"),
        *("outreach.Request", "outreach.Taste", "outreach.Message", "outreach.ContactReason", "outreach.Reply"),
        *("engagement.Interaction", "engagement.Score", "engagement.StageChange", "engagement.Promise"),
        *("engagement.Loan", "engagement.Note", "engagement.NeedAsk"),
        *("engagement.StageOverride", "engagement.ReaderType", "engagement.Drift", "engagement.Draw"),
        "engagement.Pulse",
    }
    says_nothing_more = {"outreach.Thread"}
    pointing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | OneToOneField | ManyToManyField) and field.related_model is Patron
    }
    assert pointing == in_the_file | says_nothing_more
    raw = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, JSONField)
    }
    of_persons = {
        *("patrons.Merge.journal", "patrons.PatronChange.before", "patrons.PatronChange.after"),
        *("patrons.BulkChange.before", "outreach.Message.links", "outreach.Message.facts"),
        "outreach.ContactReason.facts",
        "engagement.ReaderType.facts",
    }
    of_books_and_runs = {
        *("engagement.DriftModel.weights", "engagement.DriftModel.quality"),
        *("engagement.RuleDraft.table", "engagement.RuleDraft.effect"),
        *("catalog.CatalogChange.before", "catalog.CatalogChange.after"),
        *("engagement.LoanChange.before", "engagement.LoanChange.after"),  # never who had it
        *("library.ImportRun.mapping", "library.ImportRun.options", "library.ImportRun.counts"),
        *("library.ImportRun.undone_counts", "library.ColumnMap.mapping"),
    }
    assert {name for name in raw if name.split(".")[0] not in FROM_OUTSIDE} == of_persons | of_books_and_runs


def test_making_the_file_changes_nothing(iris: Patron) -> None:
    before = {model: model._default_manager.count() for model in apps.get_models()}
    export_patron(patron=iris, now=NOON)
    assert {model: model._default_manager.count() for model in apps.get_models()} == before


def test_erasing_leaves_only_what_counts_without_a_name(iris: Patron) -> None:
    other = whole_loop_for_another()
    lines, promises, titles = Interaction.objects.count(), Promise.objects.count(), Title.objects.count()
    waiting = make_request(iris)
    waiting.promise = Promise.objects.create(kind="letter", patron=iris, made_at=NOON, due_at=NOON)
    waiting.save(update_fields=["promise"])
    erase_patron(patron=iris, now=NOON)
    assert list(Patron.objects.all()) == [other]
    for model in (Request, Thread, Message):
        assert list(model._default_manager.values_list("patron", flat=True).distinct()) == [other.pk]
    assert Letter.objects.count() == 1
    assert not Card.objects.exists()
    assert set(Consent.objects.values_list("patron", flat=True)) == {other.pk}
    assert Interaction.objects.count() == lines
    assert set(Interaction.objects.values_list("patron", flat=True)) == {None, other.pk}
    assert list(Score.objects.values_list("patron", flat=True)) == [other.pk]
    assert Promise.objects.count() == promises + 1
    assert not Promise.objects.open().filter(patron=None).exists()
    assert Title.objects.count() == titles
    assert not Suppression.objects.exists()


def whole_loop_for_another() -> Patron:
    return whole_loop(make_staff(), "check_in", "profile", email="other@example.org")


def test_erasing_someone_without_consent_or_address_works_too() -> None:
    patron = make_patron(email="", name="")
    make_request(patron, state="held")
    erase_patron(patron=patron, now=NOON)
    assert not Patron.objects.exists()


def test_the_profile_ends_at_once_and_a_new_one_begins_with_nothing(iris: Patron) -> None:
    assert withdraw_profile(patron=iris, now=NOON + timedelta(days=1))
    assert not withdraw_profile(patron=iris, now=NOON + timedelta(days=1))
    assert not Score.objects.exists()
    kept = export_patron(patron=iris, now=NOON)
    assert (kept["score"], kept["interactions"], kept["taste"]) == (None, [], [])
    assert kept["requests"]


def test_the_commands_write_the_file_and_erase(
    iris: Patron, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "iris.json"
    call_command("export_patron", "C-1", "-o", str(file), "--json", "--now", NOON.isoformat())
    assert file.stat().st_mode & 0o077 == 0
    kept = json.loads(file.read_text())
    assert kept["patron"]["public_id"] == iris.public_id
    assert kept["exported_at"].startswith("2026-11-24T12:00:00")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"patron": iris.public_id, "file": str(file)}
    call_command("erase_patron", iris.public_id, "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"erased": iris.public_id}
    assert not Patron.objects.exists()


@pytest.mark.parametrize("command", [("export_patron", "-o", "nowhere.json"), ("erase_patron",)])
def test_nobody_is_bad_input_and_several_are_named(command: tuple[str, ...], tmp_path: Path) -> None:
    twins = [make_patron(email="iris@example.org"), make_patron(email="iris@example.org")]
    name, *rest = command
    with pytest.raises(CommandError) as nobody:
        call_command(name, "nobody", *rest)
    assert nobody.value.returncode == 1
    with pytest.raises(CommandError) as several:
        call_command(name, "iris@example.org", *rest)
    assert several.value.returncode == 2
    assert all(twin.public_id in str(several.value) for twin in twins)
    assert Patron.objects.count() == 2


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    patron = make_patron()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_patron", patron.public_id, "-o", str(tmp_path / "no" / "such" / "place.json"))
