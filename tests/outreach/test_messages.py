"""The page of messages: who sees what, and what a person decides about a message in doubt."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from library.models import AuditLine, User
from outreach.mail.screen import html_on_screen
from outreach.models import Message
from outreach.services.delivery import deliver_due
from outreach.services.doubt import NotInDoubt, send_again, treat_as_sent
from outreach.services.reports.messages import PAGE
from patrons.models import Patron
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.outreach.test_delivery import queue, settled

pytestmark = pytest.mark.django_db
LIST = "/desk/messages/"


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_staff())
    return client


def page(client: Client, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def in_doubt(patron: Patron | None = None, key: str = "1", **over: object) -> Message:
    message = queue(patron, key, **over)
    Message.objects.filter(pk=message.pk).update(state="unknown", phase="data", attempt=1, reason="No answer came.")
    return message


def settle(client: Client, message: Message, action: str) -> None:
    answer = client.post(reverse("message_settle", args=[message.pk]), {"action": action})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)


def test_the_list_shows_what_was_sent_to_whom_and_what_waits() -> None:
    sent, waiting = queue(key="1"), queue(key="2", due_at=NOON + timedelta(hours=1))
    deliver_due(now=NOON)
    shown = page(signed_in())
    assert sent.to_address in shown
    assert waiting.to_address in shown
    assert "Sent today: 1" in shown
    assert "Waiting to leave: 1" in shown
    assert "Three books" in shown


def test_an_admin_sees_deliveries_and_never_what_they_say() -> None:
    message = in_doubt(rendered=Rendered("Secret subject", "Secret text", "Secret html"))
    client = signed_in(make_staff("admin"))
    shown = page(client)
    assert message.to_address in shown
    assert "No answer came." in shown
    assert "Secret" not in shown
    assert client.get(reverse("message", args=[message.pk])).status_code == 403


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_other_roles_do_not_come_in(role: str) -> None:
    message = in_doubt()
    client = signed_in(make_staff(role))
    assert client.get(LIST).status_code == 403
    assert client.post(reverse("message_settle", args=[message.pk]), {"action": "again"}).status_code == 403
    assert settled(message).state == "unknown"


def test_a_librarian_sees_the_messages_of_their_branches_only() -> None:
    north, south = make_branch(), make_branch()
    message = queue(make_patron(branch=south))
    librarian = make_staff()
    librarian.branches.add(north)
    client = signed_in(librarian)
    assert message.to_address not in page(client)
    assert client.get(reverse("message", args=[message.pk])).status_code == 404
    assert client.post(reverse("message_settle", args=[message.pk]), {"action": "cancel"}).status_code == 404


def test_a_message_opens_as_it_went_out_without_the_readers_links() -> None:
    message = queue(
        rendered=Rendered(
            "Three books",
            "Dear Iris,\nread {link:letter}\n",
            '<!doctype html><body style="color: red"><p>A &amp; B<br/></p><a href="{link:letter}">Read</a>',
        )
    )
    deliver_due(now=NOON)
    shown = page(signed_in(), reverse("message", args=[message.pk]))
    assert "Three books" in shown
    assert "reader&#x27;s own link" in shown
    assert "/letters/" not in shown
    assert "{link:" not in shown
    assert "sandbox" in shown
    assert message.message_id.strip("<>") in shown


def test_a_mails_html_keeps_its_look_under_a_strict_policy() -> None:
    html = html_on_screen(
        '<!doctype html><p style="color: red" class="big">A &lt;b&gt; &#8364;<br/></p>'
        '<p style="color: red">{link:my}</p>'
        '<style>p{margin:0}</style><a href="{link:letter}" onclick="alert(1)">x</a>',
        nonce="n0",
    )
    assert html == (
        '<!doctype html><p class="big mail-0">A &lt;b&gt; &#8364;<br></p><p class="mail-0">reader\'s own link</p>'
        '<style nonce="n0">p{margin:0}</style><a href="#readers-own-link">x</a>'
        '<style nonce="n0">.mail-0{color: red}</style>'
    )


def test_what_is_in_doubt_comes_first_and_can_be_sent_again() -> None:
    message = in_doubt()
    client = signed_in()
    assert page(client).index("In doubt") < page(client).index("Messages, newest first")
    settle(client, message, "again")
    assert settled(message).state == "queued"
    assert deliver_due(now=message.due_at).sent == 1
    assert settled(message).state == "sent"
    assert mail.outbox[0].extra_headers["Message-ID"] == message.message_id


@pytest.mark.parametrize("where", ["list", "message"])
@pytest.mark.parametrize(("action", "state"), [("again", "queued"), ("treat", "sent")])
def test_a_browser_can_decide_from_every_page_that_asks(where: str, action: str, state: str) -> None:
    message = in_doubt()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_staff())
    shown = page(browser, LIST if where == "list" else reverse("message", args=[message.pk]))
    address = reverse("message_settle", args=[message.pk])
    forms = re.findall(rf'<form method="post" action="{address}".*?</form>', shown, re.DOTALL)
    assert forms
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form) for form in forms]
    assert all(tokens), forms
    sent = browser.post(address, {"action": action, "csrfmiddlewaretoken": tokens[0][0]})
    assert sent.status_code == 302
    assert settled(message).state == state


def test_treated_as_sent_is_shown_apart_from_what_is_known() -> None:
    message, client = in_doubt(), signed_in(make_staff("admin"))
    settle(client, message, "treat")
    row = settled(message)
    assert (row.state, row.settled_by is not None) == ("sent", True)
    assert "Treated as sent" in page(client)
    assert deliver_due(now=NOON).sent == 0


def test_a_message_that_failed_can_be_sent_again_but_not_called_sent() -> None:
    message, staff = queue(), make_staff()
    Message.objects.filter(pk=message.pk).update(state="failed", reason="Refused.")
    with pytest.raises(NotInDoubt):
        treat_as_sent(message=message, staff=staff, now=NOON)
    send_again(message=message, staff=staff, now=NOON + timedelta(days=30))
    row = settled(message)
    assert (row.state, row.due_at) == ("queued", NOON + timedelta(days=30))
    assert row.not_after == NOON + timedelta(days=33)


@pytest.mark.parametrize("state", ["sent", "cancelled", "queued"])
def test_nothing_else_is_sent_again(state: str) -> None:
    message, client = queue(), signed_in()
    Message.objects.filter(pk=message.pk).update(state=state)
    settle(client, message, "again")
    settle(client, message, "treat")
    settle(client, message, "nonsense")
    assert settled(message).state == state
    assert settled(message).settled_by is None
    assert "moved on meanwhile" in page(client)


def test_a_waiting_message_can_be_stopped() -> None:
    message, client = queue(), signed_in()
    settle(client, message, "cancel")
    assert settled(message).state == "cancelled"
    assert deliver_due(now=NOON).sent == 0
    settle(client, message, "cancel")
    assert "moved on meanwhile" in page(client)


def test_looking_changes_nothing() -> None:
    message, client = in_doubt(), signed_in()
    for _ in range(3):
        page(client)
        page(client, reverse("message", args=[message.pk]))
        assert client.get(reverse("message_settle", args=[message.pk])).status_code == 405
    assert settled(message).state == "unknown"


def test_filters_take_only_what_there_is_and_a_search_finds_address_and_name() -> None:
    client = signed_in()
    iris, tomas = make_patron(name="Iris Okafor", email="one@example.org"), make_patron(email="two@example.org")
    queue(iris, "1")
    queue(tomas, "2", purpose="check_in", kind="asked_for", consent="check_in")
    assert "two@example.org" not in page(client, LIST + "?q=okafor")
    assert "one@example.org" not in page(client, LIST + "?purpose=check_in")
    assert "No message fits" in page(client, LIST + "?state=failed")
    strange = page(client, LIST + "?state=%27+or+1%3D1&purpose=x&place=nonsense_1&q=%00")
    assert "one@example.org" in strange
    assert "two@example.org" in strange
    assert "one@example.org" in page(signed_in(make_staff("admin")), LIST + "?q=two@example.org")


def test_every_message_is_on_exactly_one_page() -> None:
    patron = make_patron()
    for number in range(PAGE * 2 + 5):
        queue(
            patron,
            f"{number:03}",
            now=NOON + timedelta(minutes=number // 40),
            rendered=Rendered(f"No {number:03}", "", ""),
        )
    client, address, seen = signed_in(), LIST, []
    for _ in range(4):
        shown = page(client, address)
        seen += [part[:3] for part in shown.split('<div class="quiet">No ')[1:]]
        if "Older messages" not in shown:
            break
        address = LIST + shown.split(">Older messages")[0].rpartition('href="')[2].rstrip('"').replace("&amp;", "&")
    assert seen == [f"{number:03}" for number in reversed(range(PAGE * 2 + 5))]


def test_queries_do_not_grow_with_the_rows() -> None:
    client, patron = signed_in(), make_patron()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    in_doubt(patron=patron, key="d1")
    queue(patron, "1")
    queries()  # the first page of a session does more
    few = queries()
    for number in range(2, 30):
        queue(patron, str(number))
        in_doubt(patron=patron, key=f"d{number}")
    assert queries() == few <= 10


def test_all_mail_is_paused_and_leaves_again() -> None:
    client = signed_in()
    queue(key="1")
    client.post(reverse("messages_pause"), {"because": "Wrong books in the letters"})
    shown = page(client)
    assert "All mail is paused" in shown
    assert "Wrong books in the letters" in shown
    client.post(reverse("messages_pause"), {"because": "Another reason"})
    assert "Another reason" not in page(client)
    client.post(reverse("messages_resume"))
    assert "Pause all mail now" in page(client)
    assert list(AuditLine.objects.order_by("pk").values_list("what", flat=True)) == ["mail.paused", "mail.resumed"]


def test_the_counts_are_renewed_by_themselves_and_keep_to_what_the_person_may_see() -> None:
    here, elsewhere = make_branch(), make_branch()
    queue(make_patron(branch=here), key="1", branch=here)
    stranger = make_staff()
    stranger.branches.add(elsewhere)
    assert "Waiting to leave: 1" in page(signed_in(), reverse("messages_progress"))
    assert "Waiting to leave" not in page(signed_in(stranger), reverse("messages_progress"))


def test_counting_stops_where_nobody_counts_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.services.reports.progress.MOST", 2)
    for key in "123":
        queue(key=key)
    assert "Waiting to leave: 2 or more" in page(signed_in())
