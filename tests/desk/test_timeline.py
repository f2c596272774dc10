"""The timeline: everything from every channel, newest first, each thing once, page after page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.models import Interaction, Loan, Need, NeedAsk, StageChange
from engagement.services.ledger import record_interaction
from engagement.services.lines import source_keys
from engagement.services.notes import Talk, write_note
from library.models import ImportRun, User
from outreach.models import Request
from patrons.models import Patron, PatronChange
from relcrm.desk.services import timeline
from relcrm.desk.services.story import with_books
from relcrm.desk.services.timeline import Line, add_requests, read_timeline, requests_in
from tests.builders import NOON, make_letter, make_patron, make_request, make_staff, make_title
from tests.house.world import make_message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def page(patron: Patron, user: User, before: str = "") -> timeline.Timeline:
    found = read_timeline(patron=patron, before=before, user=user, now=NOON)
    return add_requests(found, list(with_books(Request.objects.filter(pk__in=requests_in(found)))))


def everything(patron: Patron, user: User) -> list[Line]:
    """Page after page."""
    lines: list[Line] = []
    before = ""
    for _ in range(100):
        found = page(patron, user, before)
        lines += found.lines
        before = found.before
        if not before:
            return lines
    raise AssertionError("the pages never end")


def make_loan(patron: Patron, number: int, at: datetime | None, title: str = "") -> Loan:
    """A loan with its line in the ledger, both known by the same digest."""
    if at is None:
        return Loan.objects.create(source_key=f"undated {number}", patron=patron, title_words=title)
    record_interaction(kind="loan", source=f"loan:{number}", at=at, patron=patron, started_by="patron", now=NOON)
    key = source_keys(f"loan:{number}")[0]
    return Loan.objects.create(source_key=key, patron=patron, title_words=title, borrowed_at=at)


def make_everything(patron: Patron, user: User) -> None:
    request = make_request(patron, asked_at=NOON - 20 * DAY, state="answered", answered_at=NOON - 18 * DAY)
    letter = make_letter(request, titles=(make_title(),), librarian=user, sent_at=NOON - 18 * DAY)
    message = make_message(patron, letter)
    message.purpose, message.queued_at, message.subject = "acknowledgement", NOON - 17 * DAY, "We have it"
    message.save()
    make_loan(patron, 1, NOON - 10 * DAY, "The Sea Runners")
    make_loan(patron, 2, None, "An old book")
    talk = Talk("phone", "patron", "Secret words", NOON - 5 * DAY)
    write_note(patron=patron, talk=talk, by=user, now=NOON - 5 * DAY)
    need = Need.objects.create(name="Books by post", created_at=NOON)
    NeedAsk.objects.create(need=need, patron=patron, at=NOON - 4 * DAY, by=user)
    StageChange.objects.create(patron=patron, before="basic", after="reactive", at=NOON - 3 * DAY, because="letter")
    run = ImportRun.objects.create(what="patrons", file_name="p.csv", started_at=NOON - 2 * DAY)
    PatronChange.objects.create(run=run, patron=patron, line=2, before=None, after={"name": "Iris", "phone": "1"})
    record_interaction(kind="thanks", source="thanks:1", at=NOON - DAY, patron=patron, started_by="patron", now=NOON)


def test_every_channel_is_told_once_and_newest_first(amara: User) -> None:
    patron = make_patron("profile")
    make_everything(patron, amara)
    told = [line.what for line in everything(patron, amara)]
    assert told == [
        *("ledger", "import", "stage", "need", "note", "stage", "loan", "message", "letter", "request", "undated"),
    ]  # fmt: skip


def test_a_note_has_the_tone_of_its_line(amara: User) -> None:
    patron = make_patron("profile")
    talk = Talk("desk", "patron", "x", NOON, tests={"used_knowledge": True, "continued": True})
    write_note(patron=patron, talk=talk, by=amara, now=NOON)
    assert [line.tone for line in everything(patron, amara) if line.what == "note"] == ["rel"]


def test_the_card_shows_every_channel_without_the_words_of_notes(client: Client, amara: User) -> None:
    patron = make_patron("profile", name="Iris")
    make_everything(patron, amara)
    html = client.get(f"/desk/patrons/{patron.public_id}/").content.decode()
    for words in ("Said thank you", "Came from the library system", "Stage reactive", "Asked for: Books by post",
                  "On the phone", "<em>The Sea Runners</em>", "Mail: We have it", "Letter from Amara Nkosi",
                  "Asked for suggestions", "<em>An old book</em>", "no day known"):  # fmt: skip
        assert words in html, words
    assert "Secret words" not in html


def test_without_consent_what_the_service_needs_is_told_and_nothing_is_measured(amara: User) -> None:
    patron = make_patron()
    make_everything(patron, amara)
    lines = everything(patron, amara)
    assert {"request", "letter", "message", "note", "loan"} <= {line.what for line in lines}
    assert "ledger" not in {line.what for line in lines}
    assert {line.tone for line in lines} == {"plain"}


def test_every_line_is_on_exactly_one_page_whatever_happened_at_once(
    amara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "PAGE", 7)
    monkeypatch.setattr(timeline, "_gather", list)
    patron = make_patron("profile")
    for number in range(12):
        at = NOON - (number // 4) * DAY
        make_loan(patron, number, at, f"Book {number}")
        record_interaction(kind="visit", source=f"v:{number}", at=at, patron=patron, started_by="patron", now=NOON)
        write_note(patron=patron, talk=Talk("desk", "patron", "x", at), by=amara, now=NOON)
    for number in range(12, 20):
        make_loan(patron, number, None, f"Book {number}")
    lines = everything(patron, amara)
    kinds = [line.what for line in lines]
    assert (kinds.count("note"), kinds.count("loan"), kinds.count("ledger"), kinds.count("undated")) == (12, 12, 12, 8)
    assert len({(line.what, line.pk) for line in lines}) == len(lines)
    dated = [line.at for line in lines]
    assert dated == sorted(dated, reverse=True)


FOREIGN = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "before",
    ["x", "2026-01-01_1_1", f"{FOREIGN}_x_1", "\0", "9" * 80, f"{FOREIGN}_99999_9999999999999999999999"],
)
def test_a_position_nobody_gave_out_shows_a_page(client: Client, amara: User, before: str) -> None:
    patron = make_patron("profile")
    make_everything(patron, amara)
    assert client.get(f"/desk/patrons/{patron.public_id}/", {"before": before}).status_code == 200


def test_earlier_leads_through_the_whole_story(client: Client, amara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "PAGE", 3)
    patron = make_patron("profile")
    make_everything(patron, amara)
    address, seen = f"/desk/patrons/{patron.public_id}/", ""
    for _ in range(6):
        response = client.get(address)
        seen += response.content.decode()
        before = response.context["card"].timeline.before
        if not before:
            break
        response = client.get(f"/desk/patrons/{patron.public_id}/", {"before": before})
        address = f"/desk/patrons/{patron.public_id}/?before={before.replace('+', '%2B')}"
    assert "Said thank you" in seen
    assert "An old book" in seen
    assert "Back to the latest" in seen


def test_a_thousand_lines_cost_no_more_queries_than_one(client: Client, amara: User) -> None:
    patron = make_patron("profile")
    make_everything(patron, amara)
    path = f"/desk/patrons/{patron.public_id}/"

    def queries() -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    few = queries()
    line = Interaction.objects.filter(patron=patron, kind="thanks").get()
    for number in range(1000):
        line.pk, line.source_key, line.at = None, f"more {number}", NOON - number * DAY
        line.save(force_insert=True)
    assert queries() == few <= 10
    html = client.get(path).content.decode()
    assert "All interactions that count" in html
    reasons = client.get(f"{path}reasons/").content.decode()
    assert reasons.count("<tr>") == 51
    assert "Earlier" in reasons
