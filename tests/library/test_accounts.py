"""Staff sign in, stay signed in for a while, and are signed out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from library.services.accounts import session_ended
from library.services.sessions import end_sessions
from library.services.staffing import close_account, open_account
from tests.builders import NOON, make_staff

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-password"  # noqa: S105  (what tests.builders gives everyone)
HALF_HOUR, HALF_DAY = timedelta(minutes=30), timedelta(hours=12)


def sign_in(client: Client, login: str, password: str = PASSWORD, **fields: str) -> str:
    response = client.post("/accounts/login/", {"login": login, "password": password, **fields})
    return response.headers.get("Location", str(response.status_code))


@pytest.mark.parametrize(
    ("role", "page"),
    [("librarian", "/desk/"), ("manager", "/reports/"), ("viewer", "/reports/"), ("admin", "/desk/settings/")],
)
def test_every_role_begins_on_its_own_page(client: Client, role: str, page: str) -> None:
    user = make_staff(role, second_step=False)
    assert sign_in(client, user.username) == page


def test_the_address_works_as_well_as_the_user_name(client: Client) -> None:
    make_staff(email="amara@example.org")
    assert sign_in(client, "Amara@example.org") == "/desk/"


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client: Client) -> None:
    user = make_staff()
    page = client.post("/accounts/login/", {"login": user.username, "password": "wrong"}).content.decode()
    assert "There is a problem" in page
    assert "do not belong together" in page
    assert f'value="{user.username}"' in page
    assert "<title>Error: Sign in" in page


def test_empty_fields_are_named_and_linked(client: Client) -> None:
    page = client.post("/accounts/login/", {}).content.decode()
    assert '<a href="#id_login">Write your user name or e-mail address</a>' in page
    assert '<a href="#id_password">Write your password</a>' in page


def test_the_sixth_wrong_password_in_five_minutes_is_too_many(client: Client) -> None:
    user, other = make_staff(), make_staff()
    answers = [
        client.post("/accounts/login/", {"login": user.username, "password": "wrong"}).status_code for _ in range(6)
    ]
    assert answers == [200, 200, 200, 200, 200, 429]
    response = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert response.status_code == 429
    assert "Wait five minutes" in response.content.decode()
    assert sign_in(client, other.username) == "/desk/"


def test_signing_in_changes_the_session_and_leads_where_one_wanted_to_go(client: Client) -> None:
    user = make_staff()
    session = client.session
    session["left"] = True
    session.save()
    before = session.session_key
    assert sign_in(client, user.username, next="/desk/patrons/") == "/desk/patrons/"
    assert client.session.session_key != before


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_away(client: Client, target: str) -> None:
    assert sign_in(client, make_staff().username, next=target) == "/desk/"


def test_a_page_of_the_desk_asks_to_sign_in_and_comes_back(client: Client) -> None:
    assert client.get("/desk/patrons/").headers["Location"] == "/accounts/login/?next=/desk/patrons/"


def test_a_form_sent_too_late_leads_back_to_the_page_it_stood_on(client: Client) -> None:
    form = reverse("list_save")
    late = client.post(form, headers={"Referer": "http://testserver/desk/patrons/?stage=basic"})
    assert late.headers["Location"] == "/accounts/login/?next=/desk/patrons/%3Fstage%3Dbasic"
    for elsewhere in ({"Referer": "https://evil.example/desk/"}, {}):
        assert client.post(form, headers=elsewhere).headers["Location"] == "/accounts/login/?next="


def test_an_address_that_only_takes_forms_is_no_blank_page(client: Client) -> None:
    client.force_login(make_staff())
    page = client.get(reverse("list_save"))
    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert "This page is not here" in page.content.decode()


def test_signing_out_takes_a_post(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_set_password", "mfa_signup_webauthn"])
def test_nobody_signs_up_or_changes_addresses_alone(client: Client, name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)
    assert client.get("/accounts/signup/").status_code == 404


def test_a_session_ends_when_nobody_was_there_or_it_lasts_too_long() -> None:
    at = NOON.timestamp()

    def ended(seen: float, began: float) -> bool:
        return session_ended(began=at - began, seen=at - seen, idle=HALF_HOUR, longest=HALF_DAY, now=NOON)

    assert not ended(seen=29 * 60, began=11 * 3600)
    assert ended(seen=31 * 60, began=31 * 60)
    assert ended(seen=5, began=13 * 3600)


@pytest.mark.parametrize("what", ["seen", "began"])
def test_whoever_left_the_desk_has_to_sign_in_again(client: Client, what: str) -> None:
    client.force_login(make_staff())
    assert client.get("/desk/").status_code == 200
    session = client.session
    session[what] = session[what] - 13 * 3600
    session.save()
    assert client.get("/desk/").headers["Location"] == "/accounts/login/?next=/desk/"
    page = client.get("/accounts/login/").content.decode()
    assert "You were away for a while" in page


def test_being_there_keeps_the_session_open(client: Client) -> None:
    client.force_login(make_staff())
    client.get("/desk/")
    session = client.session
    session["seen"] -= 20 * 60
    session.save()
    before = session["seen"]
    assert client.get("/desk/").status_code == 200
    assert client.session["seen"] > before


def test_a_closed_account_is_out_with_the_next_click(client: Client) -> None:
    user, admin = make_staff(), make_staff("admin")
    client.force_login(user)
    assert client.get("/desk/").status_code == 200
    close_account(user=user, by=admin, now=NOON)
    assert client.get("/desk/").status_code == 302
    open_account(user=user, by=admin, now=NOON)
    assert client.get("/desk/").status_code == 302


def test_only_the_sessions_of_that_person_end(client: Client) -> None:
    user, other = make_staff(), make_staff()
    client.force_login(user)
    Client().force_login(user)
    stays = Client()
    stays.force_login(other)
    assert end_sessions(user=user) == 2
    assert stays.get("/desk/").status_code == 200


def test_a_closed_account_is_told_so_only_with_the_right_password(client: Client) -> None:
    user = make_staff(is_active=False)
    assert sign_in(client, user.username) == "/accounts/inactive/"
    assert "closed" in client.get("/accounts/inactive/").content.decode()
    assert sign_in(client, user.username, "wrong") == "200"


def test_a_forgotten_password_is_set_through_a_mailed_link_once(client: Client) -> None:
    user = make_staff(email="amara@example.org")
    response = client.post("/accounts/password/reset/", {"email": "amara@example.org"})
    assert response.headers["Location"] == "/accounts/password/reset/done/"
    [sent] = mail.outbox
    assert user.username in str(sent.body)
    [link] = re.findall(r"http://testserver(\S+)", str(sent.body))
    form = client.get(link).headers["Location"]
    new = "three words apart"
    page = client.post(form, {"password1": "short", "password2": "short"})
    assert "There is a problem" in page.content.decode()
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert sign_in(client, user.username, new) == "/desk/"
    assert "no longer works" in Client().get(link).content.decode()


def test_an_unknown_address_gets_the_same_page_and_no_mail(client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert response.headers["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


def test_changing_the_password_needs_the_present_one(client: Client) -> None:
    user = make_staff()
    client.force_login(user)
    new = {"password1": "three words apart", "password2": "three words apart"}
    page = client.post("/accounts/password/change/", {"oldpassword": "wrong", **new}).content.decode()
    assert "That is not your present password." in page
    assert client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new}).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    user.refresh_from_db()
    assert user.check_password("three words apart")


@pytest.mark.parametrize(
    "path", ["login", "password/reset", "password/reset/done", "inactive", "password/reset/key/x-y"]
)
def test_the_pages_of_signing_in_speak_our_words(client: Client, path: str) -> None:
    page = client.get(f"/accounts/{path}/").content.decode()
    assert "<h1>" in page
    for word in ("lease", "nvalid", "uccessful", "Oops", "!</"):
        assert word not in page
