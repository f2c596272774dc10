"""My page: a link by mail, opened once, then half an hour in which everything can be seen, changed and erased."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.models import Interaction, Score
from outreach.models import Message, Request, Taste
from outreach.services.delivery import deliver_due
from outreach.services.links import url_for
from patrons.models import Consent, Patron, Suppression
from patrons.services.suppressions import suppress_address
from relcrm.desk.services.my_page import check_link, open_page, send_link
from relcrm.kit.links import LinkError
from tests.builders import NOON, make_patron, make_request, make_staff
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db
HOST = "http://testserver"
MINUTE = timedelta(minutes=1)


def link_for(patron: Patron, now: datetime | None = None) -> str:
    """The path a mailed link has for this patron."""
    patron.refresh_from_db()
    key = f"{patron.pk}-{patron.my_page_opened}"
    url = url_for(purpose="my", object_key=key, patron=patron, now=now or timezone.now())
    return url.removeprefix(HOST)


def token_of(path: str) -> str:
    return path.removeprefix("/my/").rstrip("/")


def open_for(client: Client, patron: Patron) -> str:
    """Open the page as a reader does, and return it."""
    assert client.post(link_for(patron)).headers["Location"] == "/my/page/"
    return page(client)


def page(client: Client) -> str:
    response = client.get("/my/page/")
    assert response.status_code == 200
    return response.content.decode()


# The link


def test_a_known_address_gets_a_link_that_opens_the_page(client: Client) -> None:
    patron = make_patron(name="Iris", email="Iris@example.org")
    assert client.post("/my/", {"email": "iris@EXAMPLE.org"}).headers["Location"] == "/my/sent/"
    message = Message.objects.get()
    assert (message.purpose, message.kind, message.patron) == ("my_link", "answering", patron)
    assert "{link:my}" in message.body_text
    assert "{link:my}" in message.body_html
    assert client.get("/my/sent/").status_code == 200


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client) -> None:
    known = make_patron()
    answers = [client.post("/my/", {"email": address}) for address in (known.email, "nobody@example.org")]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, "/my/sent/")}
    assert Message.objects.count() == 1


def test_one_link_in_ten_minutes_to_an_address() -> None:
    patron = make_patron()
    assert send_link(address=patron.email, language="en", now=NOON)
    assert send_link(address=patron.email.upper(), language="en", now=NOON + 9 * MINUTE) is None
    assert send_link(address=patron.email, language="en", now=NOON + 11 * MINUTE)


def test_the_known_record_comes_first_else_the_newest_from_a_form() -> None:
    form = make_patron(email="iris@example.org", standing="provisional", created_at=NOON)
    newer = make_patron(email="iris@example.org", standing="provisional", created_at=NOON + MINUTE)
    message = send_link(address="iris@example.org", language="en", now=NOON)
    assert message
    assert message.patron == newer
    assert "more than one record" in message.body_text
    known = make_patron(email="Iris@example.org", created_at=NOON + 2 * MINUTE)
    message = send_link(address="iris@example.org", language="en", now=NOON + 20 * MINUTE)
    assert message
    assert message.patron == known
    assert form.standing == "provisional"


def test_the_link_is_written_in_the_readers_language() -> None:
    patron = make_patron(language="es")
    message = send_link(address=patron.email, language="en", now=NOON)
    assert message
    assert message.language == "es"


def test_the_mail_carries_a_link_that_works(client: Client) -> None:
    patron = make_patron(name="Iris")
    assert send_link(address=patron.email, language="en", now=timezone.now())
    deliver_due(now=timezone.now())
    [sent] = mail.outbox
    [path] = [line.removeprefix(HOST) for line in str(sent.body).splitlines() if line.startswith(HOST)]
    assert path.startswith("/my/")
    assert path != "/my/"
    assert "Open my page" in client.get(path).content.decode()


def test_bad_addresses_are_named(client: Client) -> None:
    for wrong in ("", "iris", "a@b", "x" * 300 + "@example.org", "iris@example.org\nBcc: all@example.org"):
        response = client.post("/my/", {"email": wrong})
        assert response.status_code == 200
        assert "There is a problem" in response.content.decode()
    assert not Message.objects.exists()


def test_a_client_that_asks_again_and_again_is_slowed_down(client: Client) -> None:
    answers = [client.post("/my/", {"email": f"reader{n}@example.org"}).status_code for n in range(12)]
    assert answers[:10] == [302] * 10
    assert answers[-1] == 429


# Opening


def test_following_the_link_opens_and_spends_nothing(client: Client) -> None:
    patron = make_patron(standing="provisional")
    path = link_for(patron)
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    patron.refresh_from_db()
    assert (patron.my_page_opened, patron.proved_at) == (0, None)
    assert client.get("/my/page/").headers["Location"] == "/my/"


def test_pressing_the_button_spends_the_link_and_proves_the_address(client: Client) -> None:
    patron = make_patron(standing="provisional", name="Iris")
    path = link_for(patron)
    assert client.post(path).headers["Location"] == "/my/page/"
    assert "Hello Iris" in page(client)
    patron.refresh_from_db()
    assert patron.standing == "own"
    assert patron.proved_at is not None
    for again in (Client().get(path), Client().post(path)):
        assert again.status_code == 404


def test_an_earlier_link_is_spent_with_the_later_one() -> None:
    patron = make_patron()
    first, second = token_of(link_for(patron, NOON)), token_of(link_for(patron, NOON + MINUTE))
    open_page(token=second, now=NOON + MINUTE)
    with pytest.raises(LinkError):
        open_page(token=first, now=NOON + 2 * MINUTE)


def test_an_old_foreign_or_revoked_link_opens_nothing(client: Client) -> None:
    patron = make_patron()
    token = token_of(link_for(patron, NOON))
    assert check_link(token, now=NOON + 29 * MINUTE) == patron
    with pytest.raises(LinkError):
        check_link(token, now=NOON + 31 * MINUTE)
    Patron.objects.filter(pk=patron.pk).update(link_generation=2)
    with pytest.raises(LinkError):
        check_link(token, now=NOON)
    sent = url_for(purpose="unsubscribe", object_key=f"{patron.pk}-check_in", patron=patron, now=timezone.now())
    foreign = sent.rstrip("/").rpartition("/")[2]
    for bad in (foreign, token[:-1], "~", "x" * 2000, "%00", "1-0.1.9999999999"):
        assert client.get(f"/my/{bad}/").status_code == 404
        assert client.post(f"/my/{bad}/").status_code == 404


def test_the_page_closes_after_half_an_hour_and_when_links_are_revoked(client: Client) -> None:
    patron = make_patron()
    open_for(client, patron)
    session = client.session
    session["my_page"] = session["my_page"] | {"until": timezone.now().timestamp() - 1}
    session.save()
    assert client.get("/my/page/").headers["Location"] == "/my/"
    open_for(client, patron)
    Patron.objects.filter(pk=patron.pk).update(link_generation=5)
    assert client.get("/my/page/").headers["Location"] == "/my/"


def test_opening_changes_the_session_and_stays_apart_from_the_desk(client: Client) -> None:
    client.force_login(make_staff())
    before = client.session.session_key
    open_for(client, make_patron())
    assert client.session.session_key != before
    assert client.get("/desk/").status_code == 200
    reader = Client()
    open_for(reader, make_patron())
    assert reader.get("/desk/").status_code == 302


def test_closing_the_page_closes_it(client: Client) -> None:
    open_for(client, make_patron())
    client.post("/my/page/close/")
    assert client.get("/my/page/").status_code == 302


@pytest.mark.parametrize("part", ["details", "consent", "taste", "mail", "record", "erase"])
def test_nothing_happens_without_an_open_page_or_by_get(client: Client, part: str) -> None:
    patron = make_patron("profile")
    assert client.post(f"/my/page/{part}/", {"word": "erase", "stop": "yes"}).headers["Location"] == "/my/"
    open_for(client, patron)
    assert client.get(f"/my/page/{part}/").status_code == 405
    assert Patron.objects.filter(pk=patron.pk).exists()
    assert not Suppression.objects.exists()


def test_a_form_needs_its_key() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/my/", {"email": "iris@example.org"}).status_code == 403
    assert strict.post(link_for(make_patron())).status_code == 403


def test_a_browser_that_names_no_origin_because_we_asked_it_to_gets_in() -> None:
    strict = Client(enforce_csrf_checks=True)
    path = link_for(make_patron())
    strict.get(path)
    key = strict.cookies["csrftoken"].value
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    foreign = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert strict.post(path, {"csrfmiddlewaretoken": key}, headers=foreign).status_code == 403
    assert strict.post(path, {"csrfmiddlewaretoken": key}, headers=headers).status_code == 302


def test_no_cache_keeps_the_page_and_no_other_site_learns_its_address(client: Client) -> None:
    path = link_for(make_patron())
    for response in (client.get(path), client.post(path), client.get("/my/page/")):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response.headers["Cache-Control"]


# The page


def test_the_page_shows_everything(client: Client) -> None:
    html = open_for(client, whole_loop(make_staff(name="Amara Nkosi"), "check_in", "profile"))
    for words in (
        "iris@example.org",
        "slow-burning",
        "loved The Sea Runners",
        "You asked for suggestions",
        "Something wise and funny.",
        "Amara Nkosi wrote to you",
        "Dear Iris",
        "Boats.",
        "Loved it",
        "You read my mind.",
        "We answered you and asked how the books were.",
        "You told us about one book: The Sea Runners",
        "In about three weeks, ask me",
        "You agreed on",
    ):
        assert words in html, words


def test_without_consent_the_page_says_that_nothing_is_measured(client: Client) -> None:
    html = open_for(client, whole_loop(make_staff(), "check_in"))
    assert "We remember no taste and measure nothing" in html
    assert "Two numbers" not in html


def test_the_page_speaks_the_readers_language(client: Client) -> None:
    patron = make_patron(language="af")
    client.post(link_for(patron))
    response = client.get("/my/page/", headers={"Accept-Language": "es"})
    assert '<html lang="af"' in response.content.decode()


def test_name_and_language_are_corrected_by_the_reader(client: Client) -> None:
    patron = make_patron(name="Iris")
    open_for(client, patron)
    client.post("/my/page/details/", {"name": "Iris Okafor", "language": "fr", "standing": "x", "email": "x@y.z"})
    patron.refresh_from_db()
    assert (patron.name, patron.language) == ("Iris Okafor", "fr")
    assert patron.email.startswith("iris")
    wrong = client.post("/my/page/details/", {"name": "A\nB", "language": "tlh"})
    assert wrong.status_code == 200
    assert wrong.content.decode().count('<li><a href="#id_') == 2
    patron.refresh_from_db()
    assert patron.name == "Iris Okafor"


def test_a_consent_is_given_and_taken_back(client: Client) -> None:
    patron = make_patron()
    open_for(client, patron)
    client.post("/my/page/consent/", {"purpose": "check_in", "agree": "yes"})
    consent = Consent.objects.get(patron=patron)
    assert (consent.purpose, consent.how, consent.withdrawn_at) == ("check_in", "my page", None)
    assert "In about three weeks" in consent.wording
    client.post("/my/page/consent/", {"purpose": "check_in"})
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    for purpose in ("everything", "", "community"):
        assert client.post("/my/page/consent/", {"purpose": purpose, "agree": "yes"}).status_code == 404


def test_taking_the_profile_back_erases_taste_score_and_the_name_in_the_ledger(client: Client) -> None:
    patron = whole_loop(make_staff(), "check_in", "profile")
    assert Score.objects.filter(patron=patron).exists()
    lines = Interaction.objects.count()
    open_for(client, patron)
    client.post("/my/page/consent/", {"purpose": "profile"})
    assert not Score.objects.exists()
    assert not Taste.objects.exists()
    assert not Interaction.objects.filter(patron__isnull=False).exists()
    assert Interaction.objects.count() == lines
    assert "You took it back on" in page(client)
    assert Consent.objects.holds(patron, "check_in")


def test_a_child_has_nothing_to_agree_to(client: Client) -> None:
    html = open_for(client, make_patron(audience="child"))
    assert "This is a child’s record" in html
    assert client.post("/my/page/consent/", {"purpose": "profile", "agree": "yes"}).status_code == 404


def test_a_piece_of_taste_is_taken_out_and_put_back(client: Client) -> None:
    patron = whole_loop(make_staff(), "profile", "check_in")
    open_for(client, patron)
    client.post("/my/page/taste/", {"kind": "appeal", "name": "slow-burning"})
    html = page(client)
    assert "slow-burning is gone and stays away." in html
    assert "likes: slow-burning" not in html
    assert "gone and stays away" not in page(client)
    client.post("/my/page/taste/", {"kind": "appeal", "name": "slow-burning", "back": "yes"})
    assert "likes: slow-burning" in page(client)
    assert client.post("/my/page/taste/", {"kind": "\0", "name": "\0"}).status_code in (302, 404)


def test_all_mail_is_stopped_and_allowed_again(client: Client) -> None:
    patron = make_patron(email="Iris@example.org")
    open_for(client, patron)
    client.post("/my/page/mail/", {"stop": "yes"})
    assert Suppression.objects.holds("iris@example.org")
    assert "We do not write to your address." in page(client)
    client.post("/my/page/mail/")
    assert not Suppression.objects.holds("iris@example.org")


def test_everything_can_be_taken_along(client: Client) -> None:
    patron = whole_loop(make_staff(name="Amara Nkosi"), "check_in", "profile")
    open_for(client, patron)
    response = client.get("/my/page/data/")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{patron.public_id}.zip"'
    assert response.streaming
    archive = zipfile.ZipFile(BytesIO(b"".join(response)))
    kept = json.loads(archive.read("everything.json"))
    assert kept["patron"]["email"] == "iris@example.org"
    assert kept["requests"][0]["letter"]["picks"][0]["answer"]["why"] == "You read my mind."
    read = archive.read("everything.html").decode()
    assert "You read my mind." in read
    assert "Requests, letters and answers" in read


def test_erasing_asks_for_the_word_and_then_leaves_nothing(client: Client) -> None:
    patron = whole_loop(make_staff(), "check_in", "profile")
    open_for(client, patron)
    for wrong in ("", "yes", "eraser"):
        response = client.post("/my/page/erase/", {"word": wrong})
        assert "There is a problem" in response.content.decode()
        assert Patron.objects.filter(pk=patron.pk).exists()
    response = client.post("/my/page/erase/", {"word": " Erase "})
    assert "Everything is erased" in response.content.decode()
    assert not Patron.objects.exists()
    assert not Request.objects.exists()
    assert not Suppression.objects.exists()
    assert client.get("/my/page/").status_code == 302


# Several records with one address


def test_other_records_with_the_same_address_are_reached_and_joined(client: Client) -> None:
    known = make_patron(name="Iris", email="iris@example.org")
    form = make_patron(name="Iris O.", email="IRIS@example.org", standing="provisional")
    child = make_patron(name="Tom", email="iris@example.org", audience="child")
    request = make_request(form)
    html = open_for(client, known)
    assert "Iris O." in html
    assert html.count("put them together") == 1
    client.post("/my/page/record/", {"record": child.public_id})
    assert "Hello Tom" in page(client)
    client.post("/my/page/record/", {"record": known.public_id})
    client.post("/my/page/record/", {"record": form.public_id, "join": "yes"})
    request.refresh_from_db()
    assert request.patron == known
    assert not Patron.objects.filter(pk=form.pk).exists()


def test_records_of_another_address_are_out_of_reach(client: Client) -> None:
    stranger = make_patron(standing="provisional")
    open_for(client, make_patron())
    for fields in ({"record": stranger.public_id}, {"record": stranger.public_id, "join": "yes"}, {}, {"record": "\0"}):
        assert client.post("/my/page/record/", fields).status_code == 404
    child = make_patron(email="iris@example.org", audience="child", standing="provisional")
    open_for(client, make_patron(email="iris@example.org"))
    assert client.post("/my/page/record/", {"record": child.public_id, "join": "yes"}).status_code == 404


def test_a_patron_without_an_address_shares_it_with_nobody(client: Client) -> None:
    make_patron(name="Another", email="")
    html = open_for(client, make_patron(email=""))
    assert "More with this address" not in html
    assert client.post("/my/page/mail/", {"stop": "yes"}).status_code == 302
    assert not Suppression.objects.exists()


def test_a_suppressed_address_gets_no_link() -> None:
    patron = make_patron()
    suppress_address(address=patron.email, reason="asked", now=NOON)
    assert send_link(address=patron.email, language="en", now=NOON)
    deliver_due(now=NOON)
    assert Message.objects.get().state == "cancelled"
    assert mail.outbox == []


def test_the_page_takes_ten_queries_at_most_however_long_the_story(client: Client) -> None:
    patron = whole_loop(make_staff(), "check_in", "profile")
    open_for(client, patron)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client)
        return len(seen)

    few = queries()
    for _ in range(5):
        make_request(patron, likes=("One", "Two", "Three"))
        make_patron(email=patron.email)
    assert queries() == few <= 10
