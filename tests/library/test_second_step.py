"""The second step: who needs it, setting it up, using it, losing it."""

from __future__ import annotations

import re
import time
from io import StringIO
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import AuditLine, User
from library.services.second_step import OwnSecondStep, reset_second_step
from library.services.settings import change_settings
from library.views.sign_in import SecondStepAdapter
from tests.builders import APP_SECRET, NOON, PASSWORD, make_staff

pytestmark = pytest.mark.django_db
SETUP = "/accounts/second-step/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time codes are made for; a test moves it on."""
    at = [time.time()]
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: at[0])
    return at


def code_at(at: float, secret: str = APP_SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(at) // 30)))


def sign_in(client: Client, user: User, password: str = PASSWORD) -> str:
    response = client.post("/accounts/login/", {"login": user.username, "password": password})
    return response.headers.get("Location", str(response.status_code))


def told() -> list[str]:
    return list(AuditLine.objects.order_by("pk").values_list("what", flat=True))


# Who must have one


@pytest.mark.parametrize(("role", "page"), [("manager", "/reports/"), ("admin", "/desk/settings/")])
def test_managers_and_admins_reach_nothing_before_the_set_up(client: Client, role: str, page: str) -> None:
    sign_in(client, make_staff(role, second_step=False))
    for address in (page, "/desk/", "/accounts/sessions/", "/accounts/password/change/"):
        assert client.get(address).headers["Location"] == SETUP, address
    assert client.post("/desk/settings/staff/new/", {}).headers["Location"] == SETUP
    shown = client.get(SETUP).content.decode()
    assert "One thing first" in shown
    assert "Later" not in shown
    assert 'aria-label="Desk"' in shown
    assert f'href="{page}"' not in shown
    assert client.get("/accounts/second-step/app/").status_code == 200
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"


@pytest.mark.parametrize("role", ["librarian", "viewer"])
def test_librarians_and_viewers_work_without_one(client: Client, role: str) -> None:
    sign_in(client, make_staff(role))
    assert client.get("/reports/").status_code == 200
    assert "One thing first" not in client.get(SETUP).content.decode()


def test_the_library_can_ask_it_of_librarians_at_any_time(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get("/desk/").status_code == 200
    change_settings(facts={"librarians_need_second_step": True}, by=make_staff("admin"), now=NOON)
    assert client.get("/desk/").headers["Location"] == SETUP
    change_settings(facts={"librarians_need_second_step": False}, by=make_staff("admin"), now=NOON)
    assert client.get("/desk/").status_code == 200


def test_whoever_becomes_a_manager_needs_it_with_the_next_click(client: Client) -> None:
    user = make_staff()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(role="manager")
    assert client.get("/reports/").headers["Location"] == SETUP


def test_readers_pages_stay_open_to_whoever_has_none_yet(client: Client) -> None:
    client.force_login(make_staff("manager", second_step=False))
    assert client.get("/suggest/").status_code == 200


@pytest.mark.parametrize("role", ["librarian", "manager", "viewer", "admin"])
def test_a_demo_account_on_a_trial_address_sees_the_page_and_may_wait(client: Client, role: str) -> None:
    user = make_staff(role, second_step=False, is_demo=True)
    first = sign_in(client, user)
    start = {"librarian": "/desk/", "manager": "/reports/", "viewer": "/reports/", "admin": "/desk/settings/"}[role]
    assert first == (SETUP if role in {"manager", "admin"} else start)
    assert client.get(start).status_code == 200
    if role in {"manager", "admin"}:
        assert f'href="{start}">Later</a>' in client.get(SETUP).content.decode()


def test_in_production_a_demo_account_waits_no_more(client: Client, settings: Any) -> None:
    settings.PRODUCTION = True
    client.force_login(make_staff("manager", second_step=False, is_demo=True))
    assert client.get("/reports/").headers["Location"] == SETUP


def test_knowing_who_needs_it_asks_nothing_more(client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(make_staff("admin"))
    client.get("/desk/settings/people/")
    with django_assert_max_num_queries(3) as asked:
        client.get("/desk/settings/people/")
    assert isinstance(asked, CaptureQueriesContext)


# The app


def set_up(client: Client, clock: list[float]) -> str:
    page = client.get("/accounts/second-step/app/").content.decode()
    [secret] = re.findall(r'user-select-all">([A-Z2-7]{32})<', page)
    answer = client.post("/accounts/second-step/app/", {"code": code_at(clock[0], secret)})
    assert answer.headers["Location"] == "/accounts/second-step/codes/"
    return str(secret)


def test_an_app_is_set_up_and_opens_the_desk(client: Client, clock: list[float]) -> None:
    user = make_staff("manager", second_step=False, email="m@example.org")
    sign_in(client, user)
    before = client.session.session_key
    set_up(client, clock)
    assert client.session.session_key != before
    assert client.get("/reports/").status_code == 200
    assert "staff.second_step_set" in told()
    assert ["a second step for signing in was set up" in str(sent.body) for sent in mail.outbox] == [True]
    assert str(APP_SECRET) not in str(Authenticator.objects.filter(type="totp").values_list("data"))


def test_a_wrong_first_code_sets_nothing_up(client: Client, clock: list[float]) -> None:
    sign_in(client, make_staff(second_step=False))
    client.get("/accounts/second-step/app/")
    page = client.post("/accounts/second-step/app/", {"code": "000000"}).content.decode()
    assert "That code does not fit" in page
    assert not Authenticator.objects.exists()


def test_the_secret_is_encrypted_with_a_key_outside_the_database(client: Client, clock: list[float]) -> None:
    sign_in(client, make_staff())
    secret = set_up(client, clock)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert SecondStepAdapter().decrypt(kept) == secret


def test_secrets_outlive_a_change_of_the_key_and_fit_nothing_without_it(settings: Any) -> None:
    kept = SecondStepAdapter().encrypt(APP_SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-another"  # noqa: S105  (of one test)
    assert SecondStepAdapter().decrypt(kept) == APP_SECRET
    settings.SECRET_KEY_FALLBACKS = []
    assert SecondStepAdapter().decrypt(kept) not in {APP_SECRET, ""}


def test_signing_in_takes_the_password_and_the_code(client: Client, clock: list[float]) -> None:
    user = make_staff("manager")
    assert sign_in(client, user) == "/accounts/second-step/ask/"
    assert "_auth_user_id" not in client.session
    assert client.get("/reports/").status_code == 302
    before = client.session.session_key
    answer = client.post("/accounts/second-step/ask/", {"code": code_at(clock[0])})
    assert answer.headers["Location"] == "/reports/"
    assert client.session.session_key != before
    old = Client()
    old.cookies["sessionid"] = str(before)
    assert old.get("/reports/").status_code == 302
    assert client.get("/reports/").status_code == 200
    assert told()[-1] == "staff.signed_in"


def test_a_code_counts_once(client: Client, clock: list[float]) -> None:
    user = make_staff("manager")
    code = code_at(clock[0])
    sign_in(client, user)
    client.post("/accounts/second-step/ask/", {"code": code})
    other = Client()
    sign_in(other, user)
    for later in (0, 25, 40):  # also when the short memory of the cache is over
        clock[0] += later
        page = other.post("/accounts/second-step/ask/", {"code": code}).content.decode()
        assert "it was used already" in page
    assert "_auth_user_id" not in other.session
    answer = other.post("/accounts/second-step/ask/", {"code": code_at(clock[0])})
    assert answer.headers["Location"] == "/reports/"


def test_a_code_before_one_that_was_used_counts_no_more(client: Client, clock: list[float]) -> None:
    user = make_staff("manager")
    older = code_at(clock[0])
    clock[0] += 30
    sign_in(client, user)
    client.post("/accounts/second-step/ask/", {"code": code_at(clock[0])})
    other = Client()
    sign_in(other, user)
    assert other.post("/accounts/second-step/ask/", {"code": older}).status_code == 200


def test_wrong_codes_are_counted_written_down_and_stopped(client: Client, clock: list[float]) -> None:
    user = make_staff("manager")
    sign_in(client, user)
    pages = [client.post("/accounts/second-step/ask/", {"code": "000000"}).content.decode() for _ in range(7)]
    assert "Too many tries" in pages[-1]
    assert told().count("staff.refused") == 7
    assert {line.reference for line in AuditLine.objects.filter(what="staff.refused")} == {str(user.pk)}
    assert client.post("/accounts/second-step/ask/", {"code": code_at(clock[0])}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_new_password_does_not_pass_the_second_step_by(client: Client) -> None:
    user = make_staff("manager", email="m@example.org")
    client.post("/accounts/password/reset/", {"email": "m@example.org"})
    [link] = re.findall(r"http://testserver(\S+)", str(mail.outbox[0].body))
    form = client.get(link).headers["Location"]
    new = "three words apart"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert client.get("/reports/").headers["Location"].startswith("/accounts/login/")
    assert sign_in(client, user, new) == "/accounts/second-step/ask/"
    assert client.get("/reports/").status_code == 302
    assert "staff.password_changed" in told()


# Recovery codes


def shown_codes(client: Client) -> list[str]:
    page = client.post("/accounts/second-step/codes/").content.decode()
    return re.findall(r'class="key">(\d{8})<', page)


def test_ten_codes_are_shown_once_and_each_counts_once(client: Client, clock: list[float]) -> None:
    user = make_staff("manager", second_step=False)
    sign_in(client, user)
    set_up(client, clock)
    assert re.findall(r"\d{8}<", client.get("/accounts/second-step/codes/").content.decode()) == []
    codes = shown_codes(client)
    assert len(set(codes)) == 10
    assert shown_codes(client) == []
    assert "shown once already" in client.get("/accounts/second-step/codes/").content.decode()
    for tries in (1, 2):
        other = Client()
        sign_in(other, user)
        other.post("/accounts/second-step/ask/", {"code": codes[0]})
        assert ("_auth_user_id" in other.session) == (tries == 1)
    assert "9 of ten are left" in client.get(SETUP).content.decode()


def test_new_codes_end_the_old_ones(client: Client, clock: list[float]) -> None:
    user = make_staff("manager", second_step=False)
    sign_in(client, user)
    set_up(client, clock)
    old = shown_codes(client)
    answer = client.post("/accounts/second-step/codes/new/")
    assert answer.headers["Location"] == "/accounts/second-step/codes/"
    new = shown_codes(client)
    assert len(new) == 10
    assert not set(old) & set(new)
    other = Client()
    sign_in(other, user)
    other.post("/accounts/second-step/ask/", {"code": old[0]})
    assert "_auth_user_id" not in other.session
    assert "staff.codes_renewed" in told()


# Changing it


def test_a_change_asks_once_more_for_the_step_there_is(client: Client, clock: list[float]) -> None:
    user = make_staff("manager")
    client.force_login(user)
    ask = client.get("/accounts/second-step/app/remove/").headers["Location"]
    assert unquote(ask) == "/accounts/second-step/again/?next=/accounts/second-step/app/remove/"
    # The password alone does not do, for whoever has a second step.
    again = client.get("/accounts/reauthenticate/").headers["Location"]
    assert again.startswith("/accounts/second-step/again/")
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    refused = client.post("/accounts/second-step/app/remove/").headers["Location"]
    assert refused.startswith("/accounts/second-step/again")
    before = client.session.session_key
    answer = client.post(ask, {"code": code_at(clock[0]), "next": "/accounts/second-step/app/remove/"})
    assert answer.status_code in {200, 302}
    assert client.session.session_key != before
    client.post("/accounts/second-step/app/remove/")
    assert not Authenticator.objects.exists()
    assert "staff.second_step_removed" in told()
    assert client.get("/reports/").headers["Location"] == SETUP


def test_without_a_second_step_the_password_is_asked_for(client: Client) -> None:
    client.force_login(make_staff())
    ask = client.get("/accounts/second-step/app/").headers["Location"]
    assert unquote(ask) == "/accounts/reauthenticate/?next=/accounts/second-step/app/"
    page = client.post(ask, {"password": "wrong", "next": "/accounts/second-step/app/"}).content.decode()
    assert "That is not your password" in page
    before = client.session.session_key
    answer = client.post(ask, {"password": PASSWORD, "next": "/accounts/second-step/app/"})
    assert answer.headers["Location"] == "/accounts/second-step/app/"
    assert client.session.session_key != before
    assert client.get("/accounts/second-step/app/").status_code == 200


def test_changing_the_password_gives_the_session_a_new_id_and_ends_the_others(client: Client) -> None:
    user = make_staff()
    client.force_login(user)
    other = Client()
    other.force_login(user)
    before = client.session.session_key
    new = {"oldpassword": PASSWORD, "password1": "three words apart", "password2": "three words apart"}
    assert client.post("/accounts/password/change/", new).status_code == 302
    assert client.session.session_key != before
    assert client.get("/desk/").status_code == 200
    assert other.get("/desk/").status_code == 302
    assert "staff.password_changed" in told()


BEN = {"name": "Ben", "username": "ben", "email": "ben@example.org", "role": "librarian"}


@pytest.mark.parametrize("change", [{"email": "thief@example.org"}, {"role": "admin"}], ids=["address", "role"])
def test_a_colleagues_address_and_role_change_only_after_showing_who_one_is(
    client: Client, clock: list[float], change: dict[str, str]
) -> None:
    admin, user = make_staff("admin"), make_staff(username="ben", email="ben@example.org")
    client.force_login(admin)
    page = f"/desk/settings/staff/{user.pk}/"
    ask = client.post(page, BEN | change).headers["Location"]
    assert ask.startswith("/accounts/second-step/again/")
    user.refresh_from_db()
    assert (user.email, user.role) == ("ben@example.org", "librarian")
    client.post(ask, {"code": code_at(clock[0]), "next": page})
    user.refresh_from_db()
    assert (user.email, user.role) == ((BEN | change)["email"], (BEN | change)["role"])


def test_a_colleagues_name_changes_without_being_asked(client: Client) -> None:
    admin, user = make_staff("admin"), make_staff(username="ben", email="ben@example.org")
    client.force_login(admin)
    assert (
        client.post(f"/desk/settings/staff/{user.pk}/", BEN | {"name": "Benjamin"})
        .headers["Location"]
        .endswith("/staff/")
    )
    user.refresh_from_db()
    assert user.name == "Benjamin"


def test_a_colleague_is_added_only_after_showing_who_one_is(client: Client, clock: list[float]) -> None:
    client.force_login(make_staff("admin"))
    ask = client.post("/desk/settings/staff/new/", BEN).headers["Location"]
    assert ask.startswith("/accounts/second-step/again/")
    assert not User.objects.filter(username="ben").exists()
    client.post(ask, {"code": code_at(clock[0]), "next": "/desk/settings/staff/new/"})
    assert User.objects.get(username="ben").role == "librarian"


# Passkeys (the browser's part is in tests/e2e)


def test_a_passkey_is_asked_for_in_a_way_the_browser_understands(client: Client) -> None:
    answer = client.get("/accounts/second-step/passkeys/sign-in/", headers={"Accept": "application/json"})
    options = answer.json()["request_options"]["publicKey"]
    assert options["userVerification"] == "required"
    assert len(options["challenge"]) >= 43
    assert client.post("/accounts/second-step/passkeys/sign-in/", {"credential": "{}"}).status_code == 302
    assert "_auth_user_id" not in client.session
    sign_in(client, make_staff())
    page = client.get("/accounts/second-step/passkeys/add/").content.decode()
    assert "creation_options" in page
    assert 'src="/static/mfa/js/webauthn.js"' in page
    assert client.post("/accounts/second-step/passkeys/add/", {"credential": "nonsense"}).status_code == 200
    assert client.post("/accounts/second-step/passkeys/add/", {"credential": "{}", "name": "x"}).status_code == 200


# Losing it


def test_an_admin_resets_a_colleagues_second_step(client: Client) -> None:
    admin, user = make_staff("admin"), make_staff("manager", email="m@example.org")
    theirs = Client()
    theirs.force_login(user)
    sign_in(client, admin)
    client.post("/accounts/second-step/ask/", {"code": code_at(time.time())})
    page = client.post(f"/desk/settings/staff/{user.pk}/reset/", follow=True).content.decode()
    assert "sets up a new second step" in page
    assert theirs.get("/reports/").status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    assert AuditLine.objects.filter(what="staff.second_step_reset", actor=admin.username, reference=user.pk).exists()
    assert "an admin took your second step" in str(mail.outbox[-1].body)


def test_an_admin_never_resets_their_own(client: Client) -> None:
    admin = make_staff("admin")
    with pytest.raises(OwnSecondStep):
        reset_second_step(user=admin, by=admin, now=NOON)
    client.force_login(admin)
    refused = client.post(f"/desk/settings/staff/{admin.pk}/reset/").headers["Location"]
    assert refused.startswith("/accounts/second-step/")
    assert Authenticator.objects.filter(user=admin).exists()


def test_the_command_helps_the_only_admin_who_lost_it() -> None:
    admin = make_staff("admin", email="a@example.org")
    out = StringIO()
    call_command("reset_second_step", admin.username, json=True, stdout=out)
    assert "has no second step any more" in out.getvalue()
    assert out.getvalue().splitlines()[-1] == f'{{"username": "{admin.username}", "reset": true}}'
    assert told() == ["staff.second_step_reset"]
    assert len(mail.outbox) == 1
    call_command("reset_second_step", admin.username, stdout=out)
    assert "had no second step" in out.getvalue()
    with pytest.raises(CommandError, match="Nobody here"):
        call_command("reset_second_step", "no-such-person")
