"""What is old is let go of, every night, rule by rule; what was counted stays as it was."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import Interaction, Loan, NeedAsk, Note, Promise, Pulse
from engagement.services.ledger import record_interaction
from engagement.services.notes import Talk, write_note
from library.models import AuditLine, ImportIssue, ImportRun, LibrarySettings
from library.services.privacy import limits_at, months_before
from outreach.models import Message, Request
from patrons.models import BulkAction, BulkChange, Merge, Patron, PatronChange, Tombstone
from relcrm.desk.services.exporting import drop_old_exports, exports_folder
from relcrm.desk.services.importing.uploads import drop_old_uploads, imports_folder
from relcrm.desk.services.nightly import run_nightly
from relcrm.desk.services.privacy import erase_patron
from relcrm.desk.services.retention import count_what_would_go, forgotten_by, let_go
from relcrm.desk.services.tick import run_tick
from tests.builders import NOON, make_branch, make_letter, make_patron, make_request, make_staff
from tests.house.world import make_message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = 366 * DAY
LONG_AGO = NOON - 3 * YEAR


def old_patron(*consents: str, **over: Any) -> Patron:
    patron = make_patron(*consents, **{"created_at": LONG_AGO} | over)
    patron.consents.update(given_at=LONG_AGO)
    return patron


def statistics() -> list[dict[str, Any]]:
    """Every number that reports add up, as the tables hold it."""
    lines = Interaction.objects.order_by().values(
        "kind", "day", "branch", "audience", "language", "started_by", "value"
    )
    counted = lines.annotate(
        n=Count("pk"),
        t=Sum("transactional"),
        r=Sum("relational"),
        wait=Sum("wait_minutes"),
        minutes=Sum("minutes"),
    )
    promises = Promise.objects.order_by().values("kind", "branch", "withdrawn_at", kept=F("kept_at"))
    loans = Loan.objects.order_by().values("title", "branch", "borrowed_at", "returned_at").annotate(n=Count("pk"))
    needs = NeedAsk.objects.order_by().values("need", "branch", "met").annotate(n=Count("pk"))
    tables = [counted, promises.annotate(n=Count("pk")), loans, needs]
    return [dict(row) for rows in tables for row in sorted(rows, key=repr)]


def test_months_are_counted_on_the_calendar() -> None:
    assert months_before(datetime(2026, 3, 31, 5, tzinfo=UTC), 1) == datetime(2026, 2, 28, 5, tzinfo=UTC)
    assert months_before(datetime(2026, 1, 15, tzinfo=UTC), 24) == datetime(2024, 1, 15, tzinfo=UTC)
    assert months_before(datetime(2024, 2, 29, tzinfo=UTC), 12) == datetime(2023, 2, 28, tzinfo=UTC)


def test_only_people_without_any_contact_go_and_leave_no_tombstone() -> None:
    gone = [old_patron(), old_patron(ils_id="left", gone_at=LONG_AGO)]
    gone.append(old_patron(ils_id="expired", card_expires_on=LONG_AGO.date()))
    new = make_patron()
    listed = old_patron(ils_id="1")
    valid = old_patron(ils_id="2", card_expires_on=NOON.date() + DAY)
    asked = old_patron()
    make_request(asked, asked_at=NOON - 5 * DAY, state="answered")
    out = old_patron()
    Loan.objects.create(source_key="out", patron=out, borrowed_at=LONG_AGO)
    back = old_patron(reading_history="forever")
    Loan.objects.create(source_key="back", patron=back, borrowed_at=LONG_AGO, returned_at=NOON - DAY)
    proved = old_patron(proved_at=NOON - DAY)
    talked = old_patron("profile")
    record_interaction(kind="visit", source="v", at=NOON - DAY, patron=talked, started_by="patron", now=NOON)
    stay = {new, listed, valid, asked, out, back, proved, talked}
    assert list(forgotten_by(limits_at(NOON))) == gone
    assert count_what_would_go(now=NOON)["identities"] == len(gone)
    assert let_go(now=NOON)["identities"] == len(gone)
    assert set(Patron.objects.all()) == stay
    assert not Tombstone.objects.exists()
    assert not any(let_go(now=NOON).values()), "a second run finds nothing"


def test_each_rule_lets_go_at_its_own_limit() -> None:
    staff, patron = make_staff(), make_patron()
    talk = Talk("desk", "patron", "Old words", NOON - YEAR - DAY, 5)
    write_note(patron=patron, talk=talk, by=staff, now=NOON)
    for quote in (True, False):
        Pulse.objects.create(wave="weekly", asked_at=NOON, answered_at=NOON - YEAR - DAY, words="Well", may_quote=quote)
    letter = make_letter(make_request(patron, state="answered", asked_at=NOON - 100 * DAY), sent_at=NOON)
    mail = make_message(patron, letter)
    Message.objects.filter(pk=mail.pk).update(state="sent", queued_at=NOON - 91 * DAY)
    unanswered = make_request(patron, asked_at=NOON - YEAR - DAY)
    unanswered.promise = Promise.objects.create(kind="letter", patron=patron, made_at=NOON - YEAR, due_at=NOON - YEAR)
    unanswered.save()
    old, new = (_run(patron, staff, NOON - days * DAY) for days in (31, 29))
    before, would = statistics(), count_what_would_go(now=NOON)
    counts = let_go(now=NOON)
    assert counts == would
    assert counts == {
        **{"mail_bodies": 1, "unanswered": 1, "notes": 1, "pulse_words": 1, "undo_journals": 3},
        **{"import_values": 2, "identities": 0, "profiles": 0, "uploads": 0, "events": 0},
    }
    mail.refresh_from_db()
    assert (mail.body_text, mail.body_html, mail.state) == ("", "", "sent")
    assert not Note.objects.exists()
    assert [*Pulse.objects.exclude(words="").values_list("may_quote", flat=True)] == [True]
    assert not Request.objects.filter(pk=unanswered.pk).exists()
    assert not PatronChange.objects.filter(run=old).exists()
    assert PatronChange.objects.filter(run=new).exists()
    assert list(Merge.objects.order_by("at").values_list("journal", flat=True)) == [{}, {"name": "Iris"}]
    assert set(ImportIssue.objects.values_list("value", "reason")) == {("", "not an address")}
    assert statistics() == before


def _run(patron: Patron, staff: Any, at: datetime) -> ImportRun:
    """An import, a merge and a change to many at that time, with what they keep to be undone."""
    run = ImportRun.objects.create(what="patrons", file_name="f", started_at=at, finished_at=at, state="done")
    PatronChange.objects.create(run=run, patron=patron, line=2, before={"name": "I"})
    ImportIssue.objects.create(run=run, line=3, field="email", value="iris@@", reason="not an address")
    Merge.objects.create(into=patron, gone_public_id="P-1", journal={"name": "Iris"}, by=staff, at=at)
    bulk = BulkAction.objects.create(action="branch", by=staff, started_at=at, finished_at=at)
    BulkChange.objects.create(bulk=bulk, patron=patron, before={"branch": 1})
    return run


KINDS = ("visit", "loan", "desk_talk", "request")
PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 1200),
        st.booleans(),
        st.sampled_from(["adult", "teen"]),
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1200)), max_size=4),
    ),
    min_size=1,
    max_size=5,
)


@given(people=PEOPLE)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_goes_no_statistic_changes(people: list[Any]) -> None:
    """Property: letting go and erasing cut names, and leave every total as it was."""
    branch = make_branch()
    for made, consent, audience, events in people:
        patron = make_patron(
            *(["profile"] if consent else []), created_at=NOON - made * DAY, audience=audience, branch=branch
        )
        for place, (kind, days) in enumerate(events):
            at = NOON - days * DAY
            source = f"{patron.pk}:{place}"
            record_interaction(kind=kind, source=source, at=at, patron=patron, started_by="patron", minutes=3, now=NOON)
            Loan.objects.create(source_key=source, patron=patron, branch=branch, borrowed_at=at, returned_at=at)
    before = statistics()
    let_go(now=NOON)
    assert statistics() == before
    for patron in Patron.objects.filter(branch=branch):
        erase_patron(patron=patron, now=NOON)
    assert statistics() == before


def test_the_nightly_job_comes_once_in_a_local_day_and_leaves_a_line() -> None:
    old_patron()
    evening = NOON.replace(hour=1)
    assert run_nightly(now=evening) == {}
    assert run_nightly(now=NOON)["identities"] == 1
    old_patron()
    assert run_nightly(now=NOON + timedelta(hours=3)) == {}
    assert run_nightly(now=NOON + DAY)["identities"] == 1
    lines = AuditLine.objects.filter(what="retention.ran")
    assert [line.fields for line in lines] == [["identities"], ["identities"]]


def test_the_command_counts_or_does(capsys: pytest.CaptureFixture[str]) -> None:
    old_patron()
    call_command("retention", "--dry-run", "--json", "--now", NOON.isoformat())
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["identities"] == 1
    assert Patron.objects.count() == 1
    call_command("retention", "--json", "--now", NOON.isoformat())
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["identities"] == 1
    assert not Patron.objects.exists()


FORM = {
    "keep_unanswered_months": 12,
    "keep_identity_months": 24,
    "keep_notes_months": 12,
    "keep_links_days": 60,
    "keep_mail_bodies_days": 90,
    "keep_events_days": 30,
    "keep_undo_days": 30,
    "keep_exports_hours": 24,
    "reading_history": "consent",
    "child_until": 13,
}


def test_admins_set_the_limits_and_see_first_what_they_would_do(client: Client) -> None:
    client.force_login(make_staff("admin"))
    page = client.get("/desk/settings/retention/").content.decode()
    for value in ("12", "24", "60", "90", "30", "13"):
        assert f'value="{value}"' in page
    make_patron(created_at=NOON - 4 * 31 * DAY)
    tried = client.post("/desk/settings/retention/", FORM | {"keep_identity_months": 3, "action": "try"})
    assert 'People without any contact</td><td class="text-end">1<' in tried.content.decode()
    assert not LibrarySettings.objects.exists()
    assert Patron.objects.count() == 1
    wrong = client.post("/desk/settings/retention/", FORM | {"keep_identity_months": 0, "keep_links_days": "x"})
    assert "There is a problem" in wrong.content.decode()
    assert client.post("/desk/settings/retention/", FORM | {"keep_notes_months": 6}).status_code == 302
    assert LibrarySettings.objects.get().keep_notes_months == 6
    assert AuditLine.objects.get(what="settings.changed").fields == ["keep_notes_months"]


def test_files_are_kept_as_many_hours_as_the_library_says() -> None:
    LibrarySettings.objects.create(pk=1, keep_exports_hours=2)
    files = {folder: [folder / "old", folder / "new"] for folder in (imports_folder(), exports_folder())}
    for old, new in files.values():
        for path, minutes in ((old, 121), (new, 119)):
            path.write_text("number,name")
            os.utime(path, (NOON.timestamp() - minutes * 60,) * 2)
    done = run_tick(now=NOON)
    assert done["errors"] == 0
    for old, new in files.values():
        assert not old.exists()
        assert new.exists()
    LibrarySettings.objects.update(keep_exports_hours=1)
    assert (drop_old_uploads(now=NOON), drop_old_exports(now=NOON)) == (1, 1)
