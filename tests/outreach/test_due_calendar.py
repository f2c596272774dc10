"""What is due: the page, the private calendar address, and a file that names no reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from engagement.models import Promise
from library.models import AuditLine, User
from library.services.accounts import start_page
from library.services.calendars import calendar_path, end_calendar, renew_calendar, whose_calendar
from outreach.models import Request, Thread
from outreach.services.reports import due_list
from outreach.services.reports.due_list import read_due
from relcrm.kit.links import LinkError, make_token
from relcrm.kit.log import redact
from tests.builders import NOON, make_branch, make_patron, make_request, make_staff

pytestmark = pytest.mark.django_db
PATH = "/desk/due/"
DAY = timedelta(days=1)


def promised(*, at: datetime = NOON + 2 * DAY, kind: str = "letter", **over: Any) -> Promise:
    return Promise.objects.create(kind=kind, made_at=NOON - DAY, due_at=at, **over)


def asked(*, at: datetime = NOON + 2 * DAY, **over: Any) -> Request:
    patron = over.pop("patron", None) or make_patron(
        name="Zelda Quill", email="zelda@example.org", **over.pop("of", {})
    )
    return make_request(patron, promise=promised(at=at, patron=patron), about="Words of hers.", **over)


def wrote(**over: Any) -> Thread:
    patron = make_patron(name="Zelda Quill")
    values: dict[str, Any] = {"subject": "Her secret subject", "started_at": NOON, "waiting_since": NOON}
    return Thread.objects.create(patron=patron, promise=promised(kind="word", patron=patron), **(values | over))


def references(user: User) -> list[str]:
    return [line.reference or line.what for line in read_due(user=user, now=NOON).lines]


def with_calendar(user: User, *, now: datetime = NOON) -> str:
    renew_calendar(user=user, now=now)
    return calendar_path(user)


def events(client: Client, path: str) -> list[Any]:
    return list(Calendar.from_ical(client.get(path).content).walk("VEVENT"))


# What is due


def test_hers_and_what_is_nobodys_the_next_one_first() -> None:
    amara, ben = make_staff(), make_staff()
    later, hers = asked(at=NOON + 3 * DAY), asked(wished_librarian=amara)
    asked(wished_librarian=ben)
    wrote(assigned_to=ben)
    wrote(assigned_to=amara)
    lines = read_due(user=amara, now=NOON).lines
    assert [line.reference or line.what for line in lines] == [hers.reference, "An answer is due", later.reference]
    assert [line.mine for line in lines] == [True, True, False]
    assert [line.clock.words for line in lines if line.clock] == ["due in 2 days", "due in 2 days", "due 27 November"]


def test_what_a_colleague_left_behind_is_nobodys() -> None:
    amara, gone = make_staff(), make_staff(is_active=False)
    request = asked(wished_librarian=gone)
    wrote(assigned_to=gone)
    assert references(amara) == [request.reference, "An answer is due"]


def test_what_is_kept_withdrawn_or_of_another_branch_is_not_due() -> None:
    amara, here, elsewhere = make_staff(), make_branch(), make_branch()
    amara.branches.add(here)
    asked(branch=elsewhere)
    for ended in ("kept_at", "withdrawn_at"):
        asked(branch=here)
        Promise.objects.filter(kept_at=None, withdrawn_at=None, patron__branch=None, branch=None).update(
            **{ended: NOON}
        )
    wrote(branch=elsewhere)
    wrote(branch=here, waiting_since=None)
    make_request(make_patron(branch=here), state="held", held_because="Sent fast")
    open_one = asked(branch=None)
    assert references(User.objects.get(pk=amara.pk)) == [open_one.reference]


def test_the_time_is_that_of_the_branch() -> None:
    amara = make_staff()
    branch = make_branch(time_zone="Africa/Johannesburg")
    asked(branch=branch, at=datetime(2026, 11, 26, 21, 59, 59, tzinfo=UTC))
    [line] = read_due(user=amara, now=NOON).lines
    assert (line.at.hour, line.at.day) == (23, 26)


def test_a_long_list_ends_and_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_list, "MOST", 2)
    amara = make_staff()
    for _ in range(3):
        asked()
    page = read_due(user=amara, now=NOON)
    assert (len(page.lines), page.more) == (2, True)
    client.force_login(amara)
    assert "There are more than 2" in client.get(PATH).content.decode()


def test_the_page_asks_as_often_for_forty_promises_as_for_one(client: Client) -> None:
    client.force_login(make_staff())

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PATH).status_code == 200
        return len(seen)

    branch = make_branch()
    asked(branch=branch)
    wrote(branch=branch)
    queries()
    few = queries()
    for _ in range(20):
        asked(branch=make_branch())
        wrote(branch=branch, assigned_to=None)
    assert queries() == few <= 10


# The address


def test_it_is_turned_on_made_anew_and_turned_off(client: Client) -> None:
    amara = make_staff()
    client.force_login(amara)
    page = client.get(PATH).content.decode()
    assert "Turn it on" in page
    assert "due.ics" not in page

    def address() -> str:
        amara.refresh_from_db()
        return calendar_path(amara)

    page = client.post(f"{PATH}calendar/", follow=True).content.decode()
    first = address()
    assert f'value="http://testserver{first}"' in page
    assert f'href="webcal://testserver{first}"' in page
    assert client.get(first).status_code == 200
    page = client.post(f"{PATH}calendar/", follow=True).content.decode()
    assert "The old one leads nowhere now." in page
    second = address()
    assert second != first
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    page = client.post(f"{PATH}calendar/end/", follow=True).content.decode()
    assert "Turned off." in page
    assert client.get(second).status_code == 404
    lines = AuditLine.objects.filter(what="staff.changed", fields=["calendar_since"])
    assert lines.count() == 3


def test_turning_off_what_is_off_writes_nothing() -> None:
    amara = make_staff()
    end_calendar(user=amara, now=NOON)
    assert not AuditLine.objects.exists()


def test_an_address_made_again_is_never_an_old_one() -> None:
    amara = make_staff()
    first = with_calendar(amara)
    end_calendar(user=amara, now=NOON)
    assert with_calendar(amara, now=NOON + timedelta(microseconds=1)) != first


def test_it_opens_without_signing_in_and_is_kept_by_nobody(client: Client) -> None:
    answer = client.get(with_calendar(make_staff()))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert client.post(with_calendar(make_staff())).status_code == 405


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "manager"}, {"role": "admin"}])
def test_an_account_that_is_closed_or_no_librarians_has_none(client: Client, change: dict[str, Any]) -> None:
    amara = make_staff()
    path = with_calendar(amara)
    User.objects.filter(pk=amara.pk).update(**change)
    assert client.get(path).status_code == 404


def test_a_token_of_another_page_or_a_changed_one_leads_nowhere(client: Client) -> None:
    amara, ben = make_staff(), make_staff()
    path = with_calendar(amara)
    token = path.split("/")[3]
    forged = [
        token.replace(f"{amara.pk}.", f"{ben.pk}.", 1),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        make_token("letter", str(amara.pk), 1, now=NOON),
        "x",
    ]
    for wrong in forged:
        assert client.get(f"/desk/due/{wrong}/due.ics").status_code == 404
        with pytest.raises(LinkError):
            whose_calendar(wrong, now=NOON)


def test_logs_hold_no_address() -> None:
    path = with_calendar(make_staff())
    assert redact(f"GET {path} 200") == "GET /desk/due/<redacted>/due.ics 200"
    assert redact("POST /desk/due/calendar/end/ 302") == "POST /desk/due/calendar/end/ 302"


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_only_librarians_have_the_page(client: Client, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(PATH).status_code == 403
    assert client.post(f"{PATH}calendar/").status_code == 403


# The file


def test_an_event_says_what_and_when_and_nothing_of_the_reader(client: Client) -> None:
    amara = make_staff()
    request = asked(likes=("The Summer Book",))
    thread = wrote()
    path = with_calendar(amara)
    body = client.get(path).content.decode().replace("\r\n ", "")
    for secret in ("Zelda", "zelda@", "Quill", "Words of hers", "Summer Book", "The calm", "secret subject"):
        assert secret not in body
    by_summary = {str(event["SUMMARY"]): event for event in events(client, path)}
    letter, answer = by_summary[f"A letter is due: {request.reference}"], by_summary["An answer is due"]
    assert letter["DTSTART"].dt == NOON + 2 * DAY
    assert str(letter["DTSTART"].dt.tzinfo) == "UTC"
    assert letter["DTSTAMP"].dt == NOON - DAY
    assert str(letter["URL"]) == f"http://testserver/desk/requests/{request.pk}/"
    assert str(answer["URL"]) == f"http://testserver/desk/inbox/{thread.pk}/"
    assert str(letter["UID"]) == f"promise-{request.promise_id}@testserver"


def test_the_number_of_an_event_stays_when_its_time_passes_or_its_owner_changes(client: Client) -> None:
    amara = make_staff()
    thread = wrote()
    path = with_calendar(amara)
    [before] = events(client, path)
    Thread.objects.filter(pk=thread.pk).update(assigned_to=amara)
    Promise.objects.update(due_at=NOON - DAY)
    [after] = events(client, path)
    assert before["UID"] == after["UID"]


def test_lines_end_and_fold_as_the_standard_says(client: Client) -> None:
    asked()
    path = with_calendar(make_staff())
    body = client.get(path).content
    assert body.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"X-WR-CALNAME:Due at" in body
    assert {b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H"} <= set(body.split(b"\r\n"))
    assert client.get(path).content == body


def test_a_calendar_with_nothing_due_is_one_all_the_same(client: Client) -> None:
    path = with_calendar(make_staff())
    assert events(client, path) == []
    assert len(Calendar.from_ical(client.get(path).content).subcomponents) == 1


def test_the_page_is_reached_from_today(client: Client) -> None:
    amara = make_staff()
    client.force_login(amara)
    assert f'href="{PATH}"' in client.get(start_page(amara)).content.decode()
