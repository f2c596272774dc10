"""The settings pages: times, branches, holidays and staff, for admins only."""

from __future__ import annotations

import time
from datetime import date

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import Branch, Holiday, LibrarySettings, User
from library.services.branches import HolidayExists, add_branch, add_holiday
from library.services.settings import current_settings
from library.services.staffing import LastAdmin, OwnAccount, StaffFacts, change_staff, close_account
from tests.builders import NOON, make_branch, make_staff

pytestmark = pytest.mark.django_db
TIMES = {
    "promise_working_days": "4",
    "check_in_days": "28",
    "reminder_days": "5",
    "again_days": "10",
    "undo_seconds": "30",
}
COLLEAGUE = {"name": "Ben Malan", "username": "ben", "email": "Ben@Example.org", "role": "librarian"}


@pytest.fixture
def admin(client: Client) -> User:
    """Signed in a moment ago: adding a colleague or changing a role asks those who did so earlier."""
    user = make_staff("admin", email="a@example.org")
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return user


PAGES = ["", "branches/", "branches/new/", "holidays/", "staff/", "staff/new/"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["librarian", "manager", "viewer"])
def test_only_admins_see_the_settings(client: Client, page: str, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(f"/desk/settings/{page}").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_admins_see_every_page_of_the_settings(client: Client, admin: User, page: str) -> None:
    assert client.get(f"/desk/settings/{page}").status_code == 200


def test_times_are_kept_in_one_row(client: Client, admin: User) -> None:
    assert client.post("/desk/settings/", TIMES).status_code == 302
    client.post("/desk/settings/", TIMES | {"undo_seconds": "90"})
    [row] = LibrarySettings.objects.all()
    assert (row.promise_working_days, row.check_in_days, row.reminder_days, row.again_days) == (4, 28, 5, 10)
    assert current_settings().undo_seconds == 90


@pytest.mark.parametrize("wrong", ["", "0", "-3", "1e9", "soon", "999999999999999999999"])
def test_a_time_that_makes_no_sense_is_named_and_nothing_changes(client: Client, admin: User, wrong: str) -> None:
    page = client.post("/desk/settings/", TIMES | {"undo_seconds": wrong}).content.decode()
    assert '<a href="#id_undo_seconds">Seconds in which sending a letter can be undone: a whole number' in page
    assert 'value="28"' in page
    assert not LibrarySettings.objects.exists()


def test_a_branch_is_added_renamed_and_closed(client: Client, admin: User) -> None:
    client.post(
        "/desk/settings/branches/new/", {"name": "Northside", "time_zone": "Africa/Johannesburg", "is_open": "on"}
    )
    branch = Branch.objects.get(name="Northside")
    assert (branch.slug, branch.time_zone, branch.is_open) == ("northside", "Africa/Johannesburg", True)
    client.post(f"/desk/settings/branches/{branch.pk}/", {"name": "North", "time_zone": "UTC"})
    branch.refresh_from_db()
    assert (branch.name, branch.slug, branch.is_open) == ("North", "northside", False)


def test_two_branches_never_share_a_name_or_a_slug(client: Client, admin: User) -> None:
    first = add_branch(name="Sea Point", time_zone="UTC", is_open=True, by=admin, now=NOON)
    second = add_branch(name="Sea-Point", time_zone="UTC", is_open=True, by=admin, now=NOON)
    third = add_branch(name="図書館", time_zone="UTC", is_open=True, by=admin, now=NOON)
    assert [branch.slug for branch in (first, second, third)] == ["sea-point", "sea-point-2", "branch"]
    page = client.post("/desk/settings/branches/new/", {"name": "sea point", "time_zone": "UTC"}).content.decode()
    assert "Another branch already has that name" in page


def test_an_unknown_time_zone_or_branch_is_refused(client: Client, admin: User) -> None:
    page = client.post("/desk/settings/branches/new/", {"name": "West", "time_zone": "Mars/Olympus"}).content.decode()
    assert "Choose a time zone from the list" in page
    assert client.get("/desk/settings/branches/999/").status_code == 404


def test_a_holiday_is_added_removed_and_put_back(client: Client, admin: User) -> None:
    client.post("/desk/settings/holidays/", {"day": "2099-12-25", "name": "Christmas", "branch": ""})
    holiday = Holiday.objects.get(day=date(2099, 12, 25))
    client.post(f"/desk/settings/holidays/{holiday.pk}/remove/")
    assert not Holiday.objects.exists()
    page = client.get("/desk/settings/holidays/").content.decode()
    assert "is a working day again" in page
    client.post("/desk/settings/holidays/", {"day": "2099-12-25", "name": "Christmas", "branch": ""})
    assert Holiday.objects.filter(day=date(2099, 12, 25), branch=None).count() == 1
    assert "is a working day again" not in client.get("/desk/settings/holidays/").content.decode()


def test_the_same_holiday_twice_is_named(client: Client, admin: User) -> None:
    branch = make_branch()
    add_holiday(day=date(2099, 1, 1), name="New Year", branch=None, by=admin, now=NOON)
    add_holiday(day=date(2099, 1, 1), name="New Year", branch=branch, by=admin, now=NOON)
    with pytest.raises(HolidayExists):
        add_holiday(day=date(2099, 1, 1), name="Again", branch=branch, by=admin, now=NOON)
    page = client.post(
        "/desk/settings/holidays/", {"day": "2099-01-01", "name": "Again", "branch": ""}
    ).content.decode()
    assert "That day is already a holiday there" in page


def test_a_new_colleague_gets_a_link_to_set_a_password(client: Client, admin: User) -> None:
    branch = make_branch()
    client.post("/desk/settings/staff/new/", COLLEAGUE | {"branches": [branch.pk], "takes_requests": "on"})
    user = User.objects.get(username="ben")
    assert (user.email, user.role, user.takes_requests) == ("ben@example.org", "librarian", True)
    assert not user.has_usable_password()
    assert list(user.branches.all()) == [branch]
    [sent] = mail.outbox
    assert sent.to == ["ben@example.org"]
    assert "Your account at the desk" in str(sent.subject)


def test_only_librarians_can_be_asked_for_by_name(client: Client, admin: User) -> None:
    client.post("/desk/settings/staff/new/", COLLEAGUE | {"role": "manager", "takes_requests": "on"})
    assert not User.objects.get(username="ben").takes_requests


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("username", "AMARA", "A colleague already has that user name"),
        ("username", "two words", "Only letters, digits"),
        ("email", "AMARA@example.org", "A colleague already signs in with that address"),
        ("email", "amara", "Write an e-mail address like"),
        ("role", "queen", "Choose a role from the list"),
        ("branches", "999", "Choose branches from the list"),
        ("name", "", "Write the name readers see"),
    ],
)
def test_what_is_wrong_with_a_colleague_is_said(
    client: Client, admin: User, field: str, value: str, words: str
) -> None:
    make_staff(username="amara", email="amara@example.org")
    page = client.post("/desk/settings/staff/new/", COLLEAGUE | {field: value}).content.decode()
    assert "There is a problem" in page
    assert words in page
    assert not User.objects.filter(username="ben").exists()


def test_extra_fields_change_nothing(client: Client, admin: User) -> None:
    client.post("/desk/settings/staff/new/", COLLEAGUE | {"is_superuser": "on", "is_staff": "on", "password": "x"})
    user = User.objects.get(username="ben")
    assert (user.is_superuser, user.is_staff) == (False, False)


def test_a_colleague_is_changed(client: Client, admin: User) -> None:
    user = make_staff(username="ben", email="ben@example.org")
    client.post(f"/desk/settings/staff/{user.pk}/", COLLEAGUE | {"role": "viewer"})
    user.refresh_from_db()
    assert (user.role, user.name, user.takes_requests) == ("viewer", "Ben Malan", False)


def test_an_account_is_closed_and_opened_again(client: Client, admin: User) -> None:
    user = make_staff()
    client.post(f"/desk/settings/staff/{user.pk}/close/")
    user.refresh_from_db()
    assert not user.is_active
    client.post(f"/desk/settings/staff/{user.pk}/open/")
    user.refresh_from_db()
    assert user.is_active


def test_nobody_closes_their_own_account_and_an_admin_always_remains(client: Client, admin: User) -> None:
    with pytest.raises(OwnAccount):
        close_account(user=admin, by=admin, now=NOON)
    facts = StaffFacts(admin.username, "", "Amara", "viewer", takes_requests=False, branches=())
    with pytest.raises(LastAdmin):
        change_staff(user=admin, facts=facts, by=admin, now=NOON)
    page = client.post(f"/desk/settings/staff/{admin.pk}/close/", follow=True).content.decode()
    assert "You are using this account" in page
    page = client.post(
        f"/desk/settings/staff/{admin.pk}/",
        COLLEAGUE | {"username": admin.username, "email": "a@example.org", "role": "viewer"},
    ).content.decode()
    assert "Someone must be left who can change the settings" in page
    admin.refresh_from_db()
    assert admin.role == "admin"
    second = make_staff("admin")
    change_staff(user=admin, facts=facts, by=admin, now=NOON)
    with pytest.raises(LastAdmin):
        close_account(user=second, by=admin, now=NOON)


def test_the_password_link_goes_out_again_only_to_open_accounts(client: Client, admin: User) -> None:
    user = make_staff(email="ben@example.org")
    client.post(f"/desk/settings/staff/{user.pk}/link/")
    assert len(mail.outbox) == 1
    close_account(user=user, by=admin, now=NOON)
    assert client.post(f"/desk/settings/staff/{user.pk}/link/").status_code == 404


def test_the_database_knows_one_account_for_an_address() -> None:
    make_staff(email="ben@example.org")
    with pytest.raises(IntegrityError):
        make_staff(email="BEN@example.org")


def test_the_staff_page_takes_as_many_queries_for_twenty_as_for_two(client: Client, admin: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/desk/settings/staff/").status_code == 200
        return len(seen)

    make_staff().branches.add(make_branch())
    queries()
    few = queries()
    for _ in range(18):
        make_staff().branches.add(make_branch())
    assert queries() == few <= 10


def test_a_library_without_a_librarian_says_what_to_do_first(client: Client, admin: User) -> None:
    User.objects.filter(role="librarian").delete()
    page = client.get("/desk/settings/").content.decode()
    assert "Nobody can write a letter yet" in page
    assert 'href="/desk/settings/staff/new/"' in page
    make_staff()
    assert "Nobody can write a letter yet" not in client.get("/desk/settings/").content.decode()
