"""Addresses that get no mail: read, explained, lifted with a reason, and stopped again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from library.models import AuditLine, User
from outreach.services.reports.no_mail import PAGE
from patrons.models import Suppression
from patrons.services.suppressions import lift_ended_pauses, suppress_address
from tests.builders import NOON, make_branch, make_patron, make_staff

pytestmark = pytest.mark.django_db
LIST = "/desk/messages/addresses/"


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_staff())
    return client


def shown(client: Client, query: str = "") -> str:
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return answer.content.decode()


def stopped(address: str = "gone@example.org", **over: object) -> Suppression:
    facts = {"reason": "There is no such mailbox.", "cause": "no_mailbox", "now": NOON} | over
    return suppress_address(address=address, **facts)  # type: ignore[arg-type]  # facts are named above


def test_a_line_says_why_and_whose_it_is() -> None:
    patron = make_patron(email="Gone@example.org", name="Iris Okafor")
    stopped(evidence="550 5.1.1 unknown user")
    page = shown(signed_in())
    for words in ("gone@example.org", "There is no such mailbox.", "550 5.1.1 unknown user", "Iris Okafor"):
        assert words in page
    assert reverse("patron", args=[patron.public_id]) in page


def test_mail_is_allowed_again_with_a_reason_and_that_can_be_undone() -> None:
    one, client = stopped(evidence="550"), signed_in()
    answer = client.post(reverse("no_mail_allow", args=[one.pk]), {"reason": "She wrote from there."})
    assert answer.headers["Location"] == f"{LIST}?allowed={one.pk}"
    one.refresh_from_db()
    assert (one.lifted_reason, one.lifted_by is not None) == ("She wrote from there.", True)
    assert "Undo" in shown(client, f"?allowed={one.pk}")
    assert "She wrote from there." in shown(client, "?lifted=1")
    client.post(reverse("no_mail_undo", args=[one.pk]))
    assert "Mail may go there again" not in shown(client, f"?allowed={one.pk}")
    again = Suppression.objects.active().get()
    assert (again.address, again.cause, again.evidence) == ("gone@example.org", "no_mailbox", "550")
    assert list(AuditLine.objects.order_by("pk").values_list("what", flat=True))[-2:] == [
        "address.allowed",
        "address.stopped",
    ]


def test_without_a_reason_nothing_is_lifted() -> None:
    one, client = stopped(), signed_in()
    client.post(reverse("no_mail_allow", args=[one.pk]), {"reason": "  "})
    one.refresh_from_db()
    assert one.lifted_at is None
    assert "Say in a few words why" in shown(client)


def test_staff_stop_an_address_and_a_mistake_keeps_what_was_typed() -> None:
    client = signed_in(make_staff("admin"))
    client.post(reverse("no_mail_stop"), {"address": "no address", "reason": "He phoned"})
    page = shown(client)
    assert "not a whole mail address" in page
    assert 'value="no address"' in page
    assert "He phoned" in page
    client.post(reverse("no_mail_stop"), {"address": " Tom@Example.org ", "reason": "He phoned"})
    assert Suppression.objects.get().address == "tom@example.org"
    assert "Nothing is mailed to tom@example.org" in shown(client)


def test_a_librarian_of_another_branch_does_not_see_the_address() -> None:
    here, elsewhere = make_branch(), make_branch()
    make_patron(email="gone@example.org", branch=here)
    one = stopped()
    stranger = make_staff()
    stranger.branches.add(elsewhere)
    client = signed_in(stranger)
    assert "gone@example.org" not in shown(client)
    assert client.post(reverse("no_mail_allow", args=[one.pk]), {"reason": "x"}).status_code == 404
    assert "gone@example.org" in shown(signed_in(make_staff("admin")))


def test_a_long_list_comes_in_pages_with_as_many_queries_as_a_short_one() -> None:
    client = signed_in()
    stopped("first@example.org")
    shown(client)
    with CaptureQueriesContext(connection) as few:
        shown(client)
    for number in range(PAGE + 5):
        make_patron(email=f"a{number}@example.org")
        stopped(f"a{number}@example.org", now=NOON + timedelta(minutes=number))
    with CaptureQueriesContext(connection) as many:
        page = shown(client)
    assert len(many) == len(few) <= 10
    place = page.partition('href="?place=')[2].partition('"')[0]
    assert "first@example.org" not in page
    assert "first@example.org" in shown(client, f"?place={place}")


def test_what_is_looked_for_is_found_and_nonsense_is_an_empty_list() -> None:
    stopped("iris@example.org")
    client = signed_in()
    assert "iris@example.org" in shown(client, "?q=IRIS")
    assert "No address fits" in shown(client, "?q=%00nobody%25")
    assert "iris@example.org" in shown(client, "?cause=nonsense&place=nonsense&allowed=99999999999999999999")


def test_a_pause_ends_by_itself_and_a_lasting_cause_replaces_it() -> None:
    stopped("full@example.org", cause="pause", until=NOON + timedelta(days=14))
    assert lift_ended_pauses(now=NOON + timedelta(days=13)) == 0
    assert lift_ended_pauses(now=NOON + timedelta(days=14)) == 1
    assert not Suppression.objects.holds("full@example.org")
    stopped("full@example.org", cause="pause", until=NOON + timedelta(days=14))
    stopped("full@example.org")
    kept = Suppression.objects.active().get()
    assert (kept.cause, kept.until) == ("no_mailbox", None)
