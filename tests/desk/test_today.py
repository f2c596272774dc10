"""The page a librarian's day begins with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.models import Promise
from engagement.services.promises import make_promise
from library.models import User
from outreach.models import Request
from outreach.services.letters import Draft, DraftPick, save_draft, send_letter
from outreach.services.postbox import pause_mail
from relcrm.desk.services.today import greeting, read_today
from tests.builders import NOON, make_branch, make_patron, make_request, make_staff, make_title
from tests.outreach.loops import make_loop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amara(client: Client) -> User:
    user = make_staff(name="Amara Nkosi")
    client.force_login(user)
    return user


def promised(request: Request, due_at: datetime) -> Request:
    request.promise = make_promise(
        kind="letter", patron=request.patron, branch=request.branch, due_at=due_at, now=request.asked_at
    )
    request.save(update_fields=["promise"])
    return request


@pytest.mark.parametrize(
    ("role", "page"), [("manager", "/reports/"), ("viewer", "/reports/"), ("admin", "/desk/settings/")]
)
def test_other_roles_are_led_to_their_own_start_page(client: Client, role: str, page: str) -> None:
    client.force_login(make_staff(role))
    assert client.get("/desk/").headers["Location"] == page


def test_who_is_not_signed_in_has_to(client: Client) -> None:
    assert client.get("/desk/").headers["Location"] == "/accounts/login/?next=/desk/"


@pytest.mark.parametrize(("hour", "words"), [(8, "Good morning"), (12, "Good afternoon"), (19, "Good evening")])
def test_the_greeting_follows_the_clock(hour: int, words: str) -> None:
    assert greeting(datetime(2026, 11, 24, hour, tzinfo=UTC)) == words


def test_the_clock_is_that_of_the_branch() -> None:
    user = make_staff()
    user.branches.add(make_branch(name="Tokyo", time_zone="Asia/Tokyo"))
    page = read_today(user=user, now=NOON)
    assert (page.greeting, page.local_now.hour, page.place) == ("Good evening", 21, "Tokyo")


def test_who_waits_longest_comes_first_with_their_own_words(client: Client, amara: User) -> None:
    make_request(make_patron(name="Tomás Rivera"), about="Novela negra", asked_at=NOON - DAY, likes=())
    first = make_request(make_patron(name="Iris Okafor"), asked_at=NOON - 4 * DAY, wished_librarian=amara)
    promised(first, NOON - DAY)
    page = read_today(user=amara, now=NOON)
    assert [line.request.patron.name for line in page.waiting] == ["Iris Okafor", "Tomás Rivera"]
    line = page.waiting[0]
    assert (line.said, line.loved, line.facts) == (
        "The calm.",
        "The Summer Book",
        ["adult", "English", "asked for you"],
    )
    assert line.clock is not None
    assert line.clock.tone == "late"
    assert page.oldest == NOON - 4 * DAY
    html = client.get("/desk/").content.decode()
    assert "“Novela negra”" in html
    assert "2 readers are waiting" in html
    assert html.index("Iris Okafor") < html.index("Tomás Rivera")


def test_what_readers_type_is_shown_as_text(client: Client, amara: User) -> None:
    make_request(make_patron(name="<script>alert(1)</script>"), about="<b>{{ secret }}</b>")
    html = client.get("/desk/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;b&gt;{{ secret }}&lt;/b&gt;" in html


def test_held_requests_stand_apart_and_answered_ones_are_gone(client: Client, amara: User) -> None:
    make_request(make_patron(name="Robot"), state="held", held_because="Sent within two seconds")
    make_request(make_patron(name="Done"), state="answered")
    page = read_today(user=amara, now=NOON)
    assert (page.waiting, page.waiting_count, page.held_count) == ([], 0, 1)
    html = client.get("/desk/").content.decode()
    assert "Held for review" in html
    assert "Sent within two seconds" in html
    assert "Every reader has a letter" in html
    assert "Done" not in html.split("Waiting for a letter")[1].split("Held for review")[0]


def test_a_librarian_sees_only_their_branches_and_what_has_none() -> None:
    here, elsewhere = make_branch(), make_branch()
    user = make_staff()
    user.branches.add(here)
    make_request(make_patron(name="Here", branch=here))
    make_request(make_patron(name="Nowhere"))
    promised(make_request(make_patron(name="Elsewhere", branch=elsewhere)), NOON - DAY)
    page = read_today(user=user, now=NOON)
    assert {line.request.patron.name for line in page.waiting} == {"Here", "Nowhere"}
    assert page.record.late == 0


def test_a_reader_who_comes_back_is_recognised_as_such(amara: User) -> None:
    patron = make_patron()
    make_request(patron, state="answered", asked_at=NOON - 9 * DAY)
    make_request(patron, asked_at=NOON)
    [line] = read_today(user=amara, now=NOON).waiting
    assert "request number 2" in line.facts


def test_promises_of_the_last_thirty_days_are_counted(amara: User) -> None:
    def promise(due: timedelta, kept: timedelta | None = None, **over: object) -> None:
        at = {"made_at": NOON - 60 * DAY, "due_at": NOON + due, "kept_at": NOON + kept if kept else None}
        Promise.objects.create(**({"kind": "letter"} | at | over))

    promise(-2 * DAY, kept=-3 * DAY)
    promise(-2 * DAY, kept=-1 * DAY)
    promise(-1 * DAY)
    promise(DAY)
    promise(-1 * DAY, withdrawn_at=NOON)
    promise(-40 * DAY, kept=-41 * DAY)
    record = read_today(user=amara, now=NOON).record
    assert (record.kept, record.late) == (1, 2)


def test_a_letter_just_sent_can_be_undone_from_here(client: Client, amara: User) -> None:
    now = timezone.now()
    request = promised(make_request(make_patron(name="Iris"), asked_at=now - DAY), now + DAY)
    draft = Draft(note="Dear Iris", picks=(DraftPick(make_title(), "Because of the sea."),), check_in_days=21)
    letter = save_draft(request=request, librarian=amara, draft=draft, now=now)
    send_letter(letter=letter, librarian=amara, now=now)
    html = client.get("/desk/").content.decode()
    assert "Your letter to Iris leaves in a moment." in html
    assert f"/desk/requests/{request.pk}/letter/undo/" in html
    assert read_today(user=amara, now=now).deliveries.today == 1
    assert read_today(user=make_staff(), now=now).just_sent == []
    client.post(f"/desk/requests/{request.pk}/letter/undo/")
    assert read_today(user=amara, now=now).just_sent == []


def test_whom_to_write_to_is_shown_with_the_reason(client: Client, amara: User) -> None:
    loop = make_loop()
    loop.answer("loved", "could_not_get")
    html = client.get("/desk/").content.decode()
    assert "could not get L&#x27;Anomalie" in html
    assert 'href="/desk/contact/"' in html


def test_deliveries_in_doubt_are_named(client: Client, amara: User) -> None:
    loop = make_loop()
    loop.patron.messages.update(state="unknown")
    assert "1 delivery is in doubt" in client.get("/desk/").content.decode()


def test_what_was_refused_and_a_pause_of_all_mail_are_named(client: Client, amara: User) -> None:
    loop, now = make_loop(), timezone.now()
    loop.patron.messages.update(state="failed", queued_at=now - DAY)
    html = client.get("/desk/").content.decode()
    assert "1 could not be delivered" in html
    assert "All mail is paused" not in html
    loop.patron.messages.update(state="queued", due_at=now)
    pause_mail(by=amara, because="Wrong words", now=now)
    assert ">All mail is paused</a>: 1 message waits." in client.get("/desk/").content.decode()
    loop.patron.messages.update(state="failed", queued_at=now - 15 * DAY)
    assert "could not be delivered" not in client.get("/desk/").content.decode()


def test_a_new_library_is_told_what_comes_first(client: Client, amara: User) -> None:
    html = client.get("/desk/").content.decode()
    assert "Before the first request comes" in html
    assert "Fill the catalogue" in html
    make_title()
    assert "there are titles to choose from" in client.get("/desk/").content.decode()
    make_request(state="answered")
    assert "Before the first request comes" not in client.get("/desk/").content.decode()


def test_the_page_takes_as_many_queries_for_thirty_as_for_one(client: Client, amara: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/desk/").status_code == 200
        return len(seen)

    amara.branches.add(make_branch())
    promised(make_request(), NOON)
    queries()
    few = queries()
    for _ in range(29):
        promised(make_request(), NOON)
        make_request(state="held")
    loop = make_loop()
    loop.answer("could_not_get", "could_not_get")
    assert queries() == few
    assert few <= 10


def test_only_the_oldest_twenty_are_listed_and_the_rest_counted(client: Client, amara: User) -> None:
    for _ in range(23):
        make_request()
    page = read_today(user=amara, now=NOON)
    assert (len(page.waiting), page.waiting_count) == (20, 23)
    assert "All 23 who are waiting" in client.get("/desk/").content.decode()
