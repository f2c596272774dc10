"""What the library system calls a branch: kept on the branch's page, once each."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from library.models import Branch
from tests.builders import make_branch, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_staff("admin"))
    return client


def keep(admin: Client, branch: Branch, codes: str) -> str:
    facts = {"name": branch.name, "time_zone": "UTC", "is_open": "on", "ils_codes": codes}
    answer = admin.post(reverse("branch", args=[branch.pk]), facts)
    branch.refresh_from_db()
    return "" if answer.status_code == 302 else answer.content.decode()


def test_codes_are_kept_in_order_and_once(admin: Client) -> None:
    branch = make_branch()
    assert keep(admin, branch, " CPL, CPL-KIDS,CPL ,") == ""
    assert branch.ils_codes == ["CPL", "CPL-KIDS"]
    page = admin.get(reverse("branch", args=[branch.pk])).content.decode()
    assert 'value="CPL, CPL-KIDS"' in page


def test_a_code_names_one_branch_alone(admin: Client) -> None:
    taken, branch = make_branch(ils_codes=["CPL"]), make_branch()
    assert f"cpl is the code of {taken.name} already" in keep(admin, branch, "cpl")
    assert branch.ils_codes == []
    assert "Keep each code under 40 characters" in keep(admin, branch, "x" * 41)
    assert keep(admin, taken, "CPL, MAIN") == ""
