"""What readers change and put right on their own page, and that it acts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from engagement.models import Interaction, Loan, Score
from engagement.services.ledger import record_interaction
from engagement.services.notes import Talk, open_note, write_note
from engagement.services.scores import explain_score, rebuild_scores
from outreach.models import Message, Taste
from outreach.services.delivery import deliver_due
from outreach.services.outbox import queue_message
from patrons.models import Consent, Patron, Suppression, Tombstone
from patrons.services.consents import NotForChildren, give_consent, withdraw_consent
from patrons.services.tombstones import digests
from relcrm.kit.mail import Rendered
from tests.builders import NOON, make_branch, make_patron, make_staff, make_title
from tests.desk.test_my_page import open_for, page
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WISHES = {"frequency": "any", "preferred_channel": "email", "phone": "", "postal_address": ""}


def started(patron: Patron, key: str, **over: object) -> Message:
    """A message the library begins by itself, due at noon."""
    values = {
        "purpose": "proactive",
        "object_key": key,
        "kind": "library_started",
        "patron": patron,
        "rendered": Rendered("A book", "A book for you", "<p>A book for you</p>"),
        "links": {},
        "consent": "proactive",
        "now": NOON,
        "not_after": NOON + 400 * DAY,
    }
    return queue_message(**(values | over))  # type: ignore[arg-type]  # the values of one call, spelled once


def state_of(message: Message) -> str:
    message.refresh_from_db()
    return message.state


# Details and wishes


def test_branch_and_clock_are_the_readers_to_say_and_stay_when_not_sent(client: Client) -> None:
    branch = make_branch(name="Hill Side")
    patron = make_patron(name="Iris")
    assert "Hill Side" in open_for(client, patron)
    fields = {"name": "Iris", "language": "en", "branch": str(branch.pk), "time_zone": "Africa/Johannesburg"}
    client.post("/my/page/details/", fields)
    client.post("/my/page/details/", {"name": "Iris O.", "language": "en"})
    patron.refresh_from_db()
    assert (patron.name, patron.branch, patron.time_zone) == ("Iris O.", branch, "Africa/Johannesburg")
    assert set(patron.by_hand) == {"name", "branch", "time_zone"}
    wrong = client.post("/my/page/details/", fields | {"branch": "99999", "time_zone": "Mars/Olympus"})
    assert wrong.content.decode().count('<li><a href="#id_') == 2


def test_wishes_are_kept_and_ask_for_what_they_need(client: Client) -> None:
    patron = make_patron()
    open_for(client, patron)
    for channel, words in (("phone", "Give us the number to call"), ("letter", "Give us the address to write to")):
        wrong = client.post("/my/page/wishes/", WISHES | {"preferred_channel": channel})
        assert words in wrong.content.decode()
    said = {"frequency": "monthly", "preferred_channel": "phone", "phone": "+27 21 555", "postal_address": ""}
    client.post("/my/page/wishes/", said)
    patron.refresh_from_db()
    assert (patron.frequency, patron.preferred_channel, patron.phone) == ("monthly", "phone", "+27 21 555")
    assert set(patron.by_hand) == {"frequency", "preferred_channel", "phone"}


@pytest.mark.parametrize("channel", ["phone", "letter", "desk"])
def test_who_prefers_another_way_gets_no_mail_the_library_begins(channel: str) -> None:
    patron = make_patron("proactive", preferred_channel=channel)
    message = started(patron, "1")
    answer = started(patron, "2", kind="answering", consent="")
    deliver_due(now=NOON)
    assert (state_of(message), state_of(answer)) == ("cancelled", "sent")
    assert "another way" in message.reason


def test_once_a_month_means_thirty_days_between_two_messages() -> None:
    patron = make_patron("proactive", frequency="monthly")
    first, second = started(patron, "1"), started(patron, "2")
    deliver_due(now=NOON)
    assert (state_of(first), state_of(second)) == ("sent", "queued")
    assert second.due_at == NOON + 30 * DAY
    deliver_due(now=NOON + 29 * DAY)
    assert state_of(second) == "queued"
    deliver_due(now=NOON + 30 * DAY)
    assert state_of(second) == "sent"


def test_an_erased_address_gets_nothing_the_library_begins_until_its_reader_comes_back() -> None:
    digest = digests("address", "iris@example.org")[0]
    Tombstone.objects.create(digest=digest, what="address", made_at=NOON)
    patron = make_patron("proactive", email="Iris@example.org")
    Consent.objects.update(how="import", given_at=NOON + DAY)
    message, answer = started(patron, "1"), started(patron, "2", kind="answering", consent="")
    deliver_due(now=NOON + 2 * DAY)
    assert (state_of(message), state_of(answer)) == ("cancelled", "sent")
    Consent.objects.update(how="form")
    again = started(patron, "3", now=NOON + 2 * DAY)
    deliver_due(now=NOON + 2 * DAY)
    assert state_of(again) == "sent"


def test_taking_a_consent_back_beats_a_message_that_waits() -> None:
    patron = make_patron("proactive")
    message = started(patron, "1")
    withdraw_consent(patron=patron, purpose="proactive", now=NOON)
    deliver_due(now=NOON)
    assert state_of(message) == "cancelled"


def test_a_child_agrees_to_nothing_and_gets_nothing_unasked() -> None:
    child = make_patron("check_in", "proactive", audience="child")  # as an old import may have left it
    for how in ("form", "my page", "staff", "import"):
        with pytest.raises(NotForChildren):
            give_consent(patron=child, purpose="profile", language="en", how=how, now=NOON)
    asked = started(child, "1", kind="asked_for", consent="check_in")
    message = started(child, "2")
    deliver_due(now=NOON)
    assert (state_of(asked), state_of(message)) == ("cancelled", "cancelled")


# Taste and the ledger


def test_taste_is_turned_round_and_back(client: Client) -> None:
    patron = whole_loop(make_staff(), "profile", "check_in")
    open_for(client, patron)
    before = list(Taste.objects.order_by("pk").values_list("pk", "liked"))
    client.post("/my/page/taste/", {"kind": "appeal", "name": "slow-burning", "act": "not_liked"})
    html = page(client)
    assert "not for me: slow-burning" in html
    assert "slow-burning is put right." in html
    turned = [str(pk) for pk in Taste.objects.filter(name="slow-burning").values_list("pk", flat=True)]
    foreign = Taste.objects.exclude(name="slow-burning").earliest("pk")
    client.post("/my/page/taste/", {"act": "turn_back", "piece": [*turned, "x", "9" * 10]})
    assert list(Taste.objects.order_by("pk").values_list("pk", "liked")) == before
    assert foreign.liked


def test_this_was_not_me_recounts_exactly_and_can_be_undone(client: Client) -> None:
    patron = whole_loop(make_staff(), "check_in", "profile")
    open_for(client, patron)
    total = Interaction.objects.count()
    before = Score.objects.get(patron=patron)
    line = Interaction.objects.filter(patron=patron, kind="letter").get()
    client.post("/my/page/line/", {"line": str(line.pk)})
    assert "counted anew without it" in page(client)
    after = Score.objects.get(patron=patron)
    assert after.relational < before.relational
    line.refresh_from_db()
    assert (line.patron, line.at, line.thread, line.title) == (None, None, None, None)
    assert Interaction.objects.count() == total
    rebuild_scores(now=timezone.now())
    assert Score.objects.get(patron=patron).relational == pytest.approx(after.relational, rel=1e-9)
    assert client.post("/my/page/line/", {"line": str(line.pk)}).status_code == 404
    client.post("/my/page/line/", {"back": "yes"})
    assert Score.objects.get(patron=patron).relational == pytest.approx(before.relational, rel=1e-9)
    explained = explain_score(patron=patron, now=timezone.now())
    assert explained
    assert "letter" in {reason.kind for reason in explained.reasons}


def test_nobody_disowns_the_line_of_another(client: Client) -> None:
    stranger = whole_loop(make_staff(), "check_in", "profile", email="other@example.org")
    open_for(client, make_patron("profile"))
    line = Interaction.objects.filter(patron=stranger).earliest("pk")
    for wrong in (str(line.pk), "", "x", "9" * 30, "\0"):
        assert client.post("/my/page/line/", {"line": wrong}).status_code == 404
    assert Interaction.objects.filter(patron=stranger, pk=line.pk).exists()


def test_everything_that_counts_stands_on_pages_of_fifty(client: Client) -> None:
    patron = make_patron("profile")
    for number in range(53):
        at = NOON - number * DAY
        record_interaction(kind="loan", source=f"l{number}", at=at, patron=patron, started_by="patron", now=NOON)
    open_for(client, patron)
    first = client.get("/my/page/numbers/").content.decode()
    assert first.count("You borrowed a book") == 100  # the words, and the name of the button
    after = first.split('href="?after=')[1].split('"')[0]
    assert client.get(f"/my/page/numbers/?after={after}").content.decode().count("You borrowed a book") == 6
    assert client.get("/my/page/numbers/?after=%00x").status_code == 200


# Loans and notes


def test_loans_are_shown_and_forgotten_and_only_the_reader_says_for_how_long(client: Client) -> None:
    patron = make_patron(reading_history="forever")
    title = make_title(name="The Sea Runners")
    Loan.objects.create(source_key="1", patron=patron, title=title, borrowed_at=NOON, returned_at=NOON)
    Loan.objects.create(source_key="2", patron=patron, title_words="A map", borrowed_as="1939", returned_as="1940")
    out = Loan.objects.create(source_key="3", patron=patron, title_words="Still out", borrowed_at=NOON, due_at=NOON)
    html = open_for(client, patron)
    for words in ("The Sea Runners", "A map", "1939", "Still out", "due on"):
        assert words in html
    client.post("/my/page/history/", {"forget": "yes"})
    assert list(Loan.objects.filter(patron=patron)) == [out]
    client.post("/my/page/history/", {"reading_history": "never"})
    patron.refresh_from_db()
    assert patron.reading_history == "never"
    assert "There is a problem" in client.post("/my/page/history/", {"reading_history": "x"}).content.decode()


def test_who_opened_notes_is_shown_and_never_their_words(client: Client) -> None:
    staff, patron = make_staff(name="Amara Nkosi"), make_patron()
    note = write_note(patron=patron, talk=Talk("desk", "patron", "Secret words", NOON, 5), by=staff, now=NOON)
    assert "Nobody has opened them." in open_for(client, patron)
    open_note(note=note, by=staff, now=NOON)
    html = page(client)
    assert "Amara Nkosi" in html
    assert "Secret words" not in html


# Stop everything


def test_one_button_stops_everything_and_the_way_back_gives_it_again(client: Client) -> None:
    patron = whole_loop(make_staff(), "check_in", "profile", "proactive")
    open_for(client, patron)
    client.post("/my/page/mail/", {"stop": "yes"})
    assert not Consent.objects.active().exists()
    assert not Score.objects.exists()
    assert Suppression.objects.holds(patron.email)
    html = page(client)
    assert "You can take that back now." in html
    client.post("/my/page/mail/", {"purpose": ["check_in", "profile", "proactive", "community", "x"]})
    assert set(Consent.objects.active().values_list("purpose", flat=True)) == {"check_in", "profile", "proactive"}
    assert not Suppression.objects.holds(patron.email)
