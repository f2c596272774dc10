"""The monthly summary for colleagues: once a month, only for who asked, nothing that is not suppressed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from library.models import User
from library.services.board_report import NoAddress, claim_month, wish_board_report
from outreach.services.postbox import pause_mail
from relcrm.desk.services import board_mail
from relcrm.desk.services.board_mail import mail_board_reports
from relcrm.desk.services.tick import run_tick
from tests.builders import make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
MORNING = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
NEXT = datetime(2027, 2, 3, 0, 1, tzinfo=UTC)


def reader(role: str = "manager", **over: Any) -> User:
    user = make_staff(role, board_report=True, **({"email": f"{role}@example.org"} | over))
    return User.objects.get(pk=user.pk)


def test_it_goes_once_a_month_to_whoever_asked_for_it() -> None:
    reader("manager")
    reader("viewer")
    make_staff("viewer", email="no-wish@example.org")
    make_staff("viewer", email="gone@example.org", board_report=True, is_active=False)
    make_staff("viewer", email="", board_report=True)
    reader("admin")
    assert mail_board_reports(now=MORNING) == 2
    assert mail_board_reports(now=MORNING) == 0
    assert run_tick(now=MORNING)["board_reports"] == 0
    assert mail_board_reports(now=NEXT) == 2
    assert {address for sent in mail.outbox for address in sent.to} == {"manager@example.org", "viewer@example.org"}


def test_it_says_sentences_and_leads_behind_the_sign_in() -> None:
    patrons = [make_patron("profile") for _ in range(9)]
    for patron in [*patrons, patrons[0]]:
        record("request", patron, datetime(2026, 12, 1, tzinfo=UTC), now=MORNING)
    seldom = make_patron("profile")
    record("referral", seldom, datetime(2026, 12, 1, tzinfo=UTC), now=MORNING)
    reader()
    mail_board_reports(now=MORNING)
    (sent,) = mail.outbox
    assert sent.subject == "The Library: relationships, October to December 2026"
    assert "http://testserver/reports/?quarter=2026-Q4" in sent.body
    assert "Overview: " in sent.body
    assert not [one for one in [*patrons, seldom] if one.name in sent.body or one.email in sent.body]
    mail_board_reports(now=NEXT)
    assert "January to March 2027 so far" in mail.outbox[-1].body


def test_not_before_the_morning_and_not_while_mail_is_paused() -> None:
    user = reader()
    assert mail_board_reports(now=MORNING.replace(hour=7)) == 0
    pause_mail(by=user, because="Trying things out.", now=MORNING)
    assert mail_board_reports(now=MORNING) == 0
    assert User.objects.get(pk=user.pk).board_mailed is None


def test_a_mail_server_that_breaks_off_is_never_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = reader("manager"), reader("viewer")

    def breaks(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(board_mail, "send_mail", breaks)
        assert mail_board_reports(now=MORNING) == 0
    assert mail_board_reports(now=MORNING) == 1
    assert [sent.to for sent in mail.outbox] == [[second.email]]
    assert User.objects.get(pk=first.pk).board_mailed == date(2027, 1, 1)


def test_two_processes_never_both_take_it_on() -> None:
    user = reader()
    assert claim_month(user=user, month=date(2027, 1, 1))
    assert not claim_month(user=user, month=date(2027, 1, 1))


def test_who_asks_for_it_now_has_the_first_one_next_month() -> None:
    user = make_staff("viewer", email="v@example.org")
    wish_board_report(user=user, wished=True, now=MORNING)
    assert mail_board_reports(now=MORNING) == 0
    assert mail_board_reports(now=NEXT) == 1
    wish_board_report(user=user, wished=False, now=NEXT)
    assert mail_board_reports(now=NEXT.replace(month=3)) == 0
    with pytest.raises(NoAddress):
        wish_board_report(user=make_staff("viewer"), wished=True, now=NEXT)
