"""Two records of one person become one; what was mailed before goes on working."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from engagement.models import Interaction, Promise, Score
from engagement.services.ledger import record_interaction
from outreach.models import ContactReason, Message, Taste
from outreach.services.checkins import queue_due
from outreach.services.joining import NotTheSame, join_candidate, join_candidates, join_patron
from outreach.services.links import check_in_from, letter_from, unsubscribe_from, url_for
from outreach.services.taste import remove_taste
from patrons.models import Card, Consent, Patron
from relcrm.kit.links import LinkError
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.outreach.loops import DAY, Loop, make_described, make_loop

pytestmark = pytest.mark.django_db
LATER = NOON + 22 * DAY
IRIS = "iris@example.org"


def make_pair(*consents: str, into: tuple[str, ...] = (), **known: object) -> tuple[Loop, Patron]:
    """A provisional reader with a letter that arrived, and an older known record with the same address."""
    record = make_patron(*into, email="Iris@Example.org", created_at=NOON - 300 * DAY, **known)
    titles = (make_described("The Summer Book", ("appeal", "calm")),)
    loop = make_loop(*(consents or ("check_in",)), titles=titles, email=IRIS, standing="provisional")
    return loop, record


def token(purpose: str, key: object, patron: Patron, now: datetime = NOON) -> str:
    return url_for(purpose=purpose, object_key=str(key), patron=patron, now=now).rstrip("/").rpartition("/")[2]


def test_a_known_record_with_the_same_address_is_proposed() -> None:
    loop, record = make_pair()
    assert join_candidate(loop.patron) == record


@pytest.mark.parametrize(
    "other",
    [{"email": "someone@example.org"}, {"standing": "provisional"}, {"audience": "child"}, {"email": ""}],
)
def test_other_records_are_not_proposed(other: dict[str, str]) -> None:
    loop = make_loop(email=IRIS, standing="provisional")
    make_patron(**({"email": IRIS} | other))
    assert join_candidate(loop.patron) is None


def test_without_an_address_nothing_is_proposed() -> None:
    make_patron(email="")
    assert join_candidates(make_patron(email="", standing="provisional")) == []


def test_everything_moves_and_the_provisional_record_goes() -> None:
    loop, record = make_pair("check_in", "profile")
    loop.answer("could_not_get")
    Card.objects.create(patron=loop.patron, number="4711")
    promise = Promise.objects.create(kind="letter", patron=loop.patron, made_at=NOON, due_at=NOON)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    assert list(Patron.objects.all()) == [record]
    for row in (
        loop.letter.request,
        loop.letter.request.thread,
        promise,
        Card.objects.get(),
        ContactReason.objects.get(),
    ):
        row.refresh_from_db()
        assert row.patron == record
    assert set(Message.objects.values_list("patron", flat=True)) == {record.pk}
    assert set(Interaction.objects.values_list("patron", flat=True)) == {record.pk}
    assert Score.objects.get().patron == record


def test_the_score_is_counted_anew_over_the_lines_of_both() -> None:
    loop, record = make_pair("check_in", "profile", into=("profile",))
    record_interaction(kind="visit", source="v:1", at=NOON, patron=record, started_by="patron", now=NOON)
    before = Score.objects.get(patron=record)
    loop.answer("loved")
    join_patron(provisional=loop.patron, into=record, now=LATER)
    score = Score.objects.get()
    assert score.patron == record
    assert score.transactional == pytest.approx(before.transactional)
    assert score.relational > before.relational


def test_without_profile_consent_afterwards_nothing_of_a_profile_is_left() -> None:
    loop, record = make_pair("check_in", "profile")
    loop.answer("loved")
    withdrawn = NOON + 23 * DAY
    Consent.objects.create(
        patron=record, purpose="profile", wording="Yes.", wording_version="test", language="en", how="form",
        given_at=NOON - DAY, withdrawn_at=withdrawn,
    )  # fmt: skip
    join_patron(provisional=loop.patron, into=record, now=NOON + 24 * DAY)
    assert not Consent.objects.active().filter(purpose="profile").exists()
    assert not Taste.objects.exists()
    assert not Score.objects.exists()
    assert not Interaction.objects.filter(patron__isnull=False).exists()


@pytest.mark.parametrize(
    ("theirs", "holds"),
    [
        ({"given_at": NOON - 9 * DAY, "withdrawn_at": None}, True),
        ({"given_at": NOON - 9 * DAY, "withdrawn_at": NOON - DAY}, True),
        ({"given_at": NOON - 9 * DAY, "withdrawn_at": NOON + DAY}, False),
        ({"given_at": NOON + DAY, "withdrawn_at": None}, True),
    ],
    ids=["both gave", "gave after withdrawing", "withdrew after giving", "gave twice"],
)
def test_the_newest_word_on_a_consent_holds(theirs: dict[str, datetime | None], holds: bool) -> None:
    loop, record = make_pair("check_in", "proactive")
    Consent.objects.create(
        patron=record, purpose="proactive", wording="Yes.", wording_version="test", language="en", how="form", **theirs
    )
    join_patron(provisional=loop.patron, into=record, now=LATER)
    assert Consent.objects.holds(record, "proactive") is holds
    assert Consent.objects.filter(patron=record, purpose="proactive").count() == 2


def test_a_consent_that_was_only_replaced_does_not_count_as_withdrawn_at_the_next_join() -> None:
    first, record = make_pair("check_in", into=("check_in",))
    join_patron(provisional=first.patron, into=record, now=NOON + 5 * DAY)
    second = make_loop("check_in", email=IRIS, standing="provisional")
    join_patron(provisional=second.patron, into=record, now=NOON + 6 * DAY)
    assert Consent.objects.holds(record, "check_in")


def test_a_term_taken_out_in_one_record_stays_out() -> None:
    loop, record = make_pair("check_in", "profile", into=("profile",))
    loop.answer("loved")
    other = make_loop("check_in", "profile", titles=(make_described("Another", ("appeal", "calm")),), email=IRIS)
    other.answer("loved")
    remove_taste(patron=other.patron, kind="appeal", name="calm", now=LATER)
    join_patron(provisional=loop.patron, into=other.patron, now=LATER)
    assert not Taste.objects.kept().filter(name="calm").exists()


@pytest.mark.parametrize(("gone", "kept"), [(1, 1), (1, 3), (4, 2)])
def test_links_mailed_before_go_on_working_and_can_still_be_revoked(gone: int, kept: int) -> None:
    loop, record = make_pair(link_generation=kept)
    Patron.objects.filter(pk=loop.patron.pk).update(link_generation=gone)
    loop.patron.refresh_from_db()
    check_in, letter = token("checkin", loop.check_in.pk, loop.patron), token("letter", loop.letter.pk, loop.patron)
    stop = token("unsubscribe", f"{loop.patron.pk}-check_in", loop.patron)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    record.refresh_from_db()
    assert record.link_generation == kept
    assert check_in_from(check_in, now=LATER) == loop.check_in
    assert letter_from(letter, now=LATER) == loop.letter
    assert unsubscribe_from(stop, now=LATER) == (record, "check_in")
    assert check_in_from(token("checkin", loop.check_in.pk, record), now=LATER) == loop.check_in
    Patron.objects.filter(pk=record.pk).update(link_generation=kept + 100)
    for purpose, opened in (("checkin", check_in_from), ("letter", letter_from), ("unsubscribe", unsubscribe_from)):
        with pytest.raises(LinkError):
            opened({"checkin": check_in, "letter": letter, "unsubscribe": stop}[purpose], now=LATER)


def test_links_revoked_before_the_joining_stay_revoked() -> None:
    loop, record = make_pair(link_generation=2)
    old = Patron(pk=record.pk, link_generation=1)
    revoked = token("unsubscribe", f"{record.pk}-check_in", old)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    with pytest.raises(LinkError):
        unsubscribe_from(revoked, now=LATER)


def test_links_survive_two_joins() -> None:
    loop, middle = make_pair(link_generation=2)
    stop = token("unsubscribe", f"{loop.patron.pk}-check_in", loop.patron)
    opened = token("checkin", loop.check_in.pk, loop.patron)
    join_patron(provisional=loop.patron, into=middle, now=LATER)
    last = make_patron(email=IRIS, link_generation=7)
    join_patron(provisional=middle, into=last, now=LATER)
    assert unsubscribe_from(stop, now=LATER) == (last, "check_in")
    assert check_in_from(opened, now=LATER) == loop.check_in


def test_a_mail_that_still_waits_gets_the_stop_link_of_the_record_kept() -> None:
    loop, record = make_pair()
    queue_due(now=NOON + 21 * DAY)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    message = Message.objects.get(purpose="check_in")
    assert message.links["unsubscribe"] == f"{record.pk}-check_in"
    assert message.patron == record


def test_gaps_are_filled_and_what_is_known_stays() -> None:
    branch = make_branch()
    loop, record = make_pair(name="", branch=branch)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    record.refresh_from_db()
    assert (record.name, record.branch) == (loop.patron.name, branch)


def test_records_that_are_not_one_person_are_refused() -> None:
    loop, record = make_pair()
    stranger = make_patron(email="someone@example.org")
    child = make_patron(email=IRIS, audience="child")
    for into in (stranger, child, loop.patron):
        with pytest.raises(NotTheSame):
            join_patron(provisional=loop.patron, into=into, now=LATER)
    with pytest.raises(NotTheSame):
        join_patron(provisional=record, into=loop.patron, now=LATER)
    assert Patron.objects.count() == 4


def test_a_record_that_is_gone_meanwhile_is_said_so() -> None:
    loop, record = make_pair()
    gone = Patron.objects.get(pk=loop.patron.pk)
    join_patron(provisional=loop.patron, into=record, now=LATER)
    with pytest.raises(Patron.DoesNotExist):
        join_patron(provisional=gone, into=record, now=LATER + timedelta(minutes=1))


def test_a_librarian_joins_from_the_desk(client: Client) -> None:
    loop, record = make_pair()
    client.force_login(make_staff())
    response = client.post(reverse("join_patron", args=[loop.patron.public_id]))
    assert response.status_code == 302
    assert response["Location"].endswith(f"/{record.public_id}/")
    assert not Patron.objects.filter(pk=loop.patron.pk).exists()


def test_a_librarian_joins_only_what_the_branches_show(client: Client) -> None:
    loop, _record = make_pair(branch=make_branch())
    staff = make_staff()
    staff.branches.add(make_branch())
    client.force_login(staff)
    assert client.post(reverse("join_patron", args=[loop.patron.public_id])).status_code == 404
    assert Patron.objects.filter(pk=loop.patron.pk).exists()


@pytest.mark.parametrize("role", ["manager", "viewer", "admin"])
def test_other_roles_join_nobody(client: Client, role: str) -> None:
    loop, _record = make_pair()
    client.force_login(make_staff(role))
    assert client.post(reverse("join_patron", args=[loop.patron.public_id])).status_code == 403
