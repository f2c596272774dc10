"""The monthly summary for colleagues: once a month, only for who asked, nothing that is not suppressed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pypdf import PdfReader

from engagement.services.snapshots import take_snapshots
from engagement.tasks import count_periods
from library.models import User
from library.services.board_report import NoAddress, claim_month, wish_board_report
from outreach.services.postbox import pause_mail
from outreach.tasks import send_mails
from relcrm.desk import tasks
from relcrm.desk.services import board_mail
from relcrm.desk.services.board_mail import board_reports_due, mail_board_reports
from relcrm.desk.services.tick import run_tick
from tests.builders import make_patron, make_staff
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
MORNING = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
NEXT = datetime(2027, 2, 3, 0, 1, tzinfo=UTC)


def reader(role: str = "manager", **over: Any) -> User:
    user = make_staff(role, board_report=True, **({"email": f"{role}@example.org"} | over))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def _quick_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting the report takes a second; one test looks at a real one."""
    monkeypatch.setattr(board_mail, "_pdf", lambda report: b"%PDF-" + report.period.key.encode())


@pytest.mark.usefixtures("_quick_pdf")
def test_it_goes_once_a_month_to_whoever_asked_for_it() -> None:
    reader("manager")
    reader("viewer")
    make_staff("viewer", email="no-wish@example.org")
    make_staff("viewer", email="gone@example.org", board_report=True, is_active=False)
    make_staff("viewer", email="", board_report=True)
    reader("admin")
    assert mail_board_reports(now=MORNING) == 2
    assert mail_board_reports(now=MORNING) == 0
    assert run_tick(now=MORNING, seconds=None)["board_reports"] == 0
    assert mail_board_reports(now=NEXT) == 2
    assert {address for sent in mail.outbox for address in sent.to} == {"manager@example.org", "viewer@example.org"}


@pytest.mark.usefixtures("_quick_pdf")
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


def test_the_board_report_is_attached() -> None:
    for _ in range(9):
        record("request", make_patron("profile"), datetime(2026, 12, 1, tzinfo=UTC), now=MORNING)
    reader()
    mail_board_reports(now=MORNING)
    [(name, content, kind)] = mail.outbox[0].attachments
    assert (name, kind) == ("board-report-2026-Q4.pdf", "application/pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    assert "October to December 2026" in text


@pytest.mark.usefixtures("_quick_pdf")
def test_in_a_large_library_it_waits_until_the_quarter_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_mail, "SMALL", 2)
    for _ in range(9):
        record("request", make_patron("profile"), datetime(2026, 12, 1, tzinfo=UTC), now=MORNING)
    user = reader()
    assert board_reports_due(now=MORNING)
    assert mail_board_reports(now=MORNING) == 0
    assert User.objects.get(pk=user.pk).board_mailed is None
    take_snapshots(now=MORNING, seconds=None)
    assert mail_board_reports(now=MORNING) == 1


@pytest.mark.usefixtures("_quick_pdf")
def test_the_tick_wakes_a_worker_for_it_only_while_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[dict[str, Any]] = []
    for task in (send_mails, count_periods):
        monkeypatch.setattr(task, "apply_async", lambda *_, **__: None)
    monkeypatch.setattr(tasks.send_board_reports, "apply_async", lambda **how: woken.append(how))
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    tasks.tick()
    assert not woken
    reader()
    tasks.tick()
    assert woken == [{"expires": tasks.EVERY_SECONDS}]
    tasks.send_board_reports()
    tasks.tick()
    assert len(woken) == 1
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("_quick_pdf")
def test_not_before_the_morning_and_not_while_mail_is_paused() -> None:
    user = reader()
    assert mail_board_reports(now=MORNING.replace(hour=7)) == 0
    pause_mail(by=user, because="Trying things out.", now=MORNING)
    assert mail_board_reports(now=MORNING) == 0
    assert User.objects.get(pk=user.pk).board_mailed is None


@pytest.mark.usefixtures("_quick_pdf")
def test_a_mail_server_that_breaks_off_is_never_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = reader("manager"), reader("viewer")

    def breaks(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", breaks)
        assert mail_board_reports(now=MORNING) == 0
    assert mail_board_reports(now=MORNING) == 1
    assert [sent.to for sent in mail.outbox] == [[second.email]]
    assert User.objects.get(pk=first.pk).board_mailed == date(2027, 1, 1)


def test_two_processes_never_both_take_it_on() -> None:
    user = reader()
    assert claim_month(user=user, month=date(2027, 1, 1))
    assert not claim_month(user=user, month=date(2027, 1, 1))


@pytest.mark.usefixtures("_quick_pdf")
def test_who_asks_for_it_now_has_the_first_one_next_month() -> None:
    user = make_staff("viewer", email="v@example.org")
    wish_board_report(user=user, wished=True, now=MORNING)
    assert mail_board_reports(now=MORNING) == 0
    assert mail_board_reports(now=NEXT) == 1
    wish_board_report(user=user, wished=False, now=NEXT)
    assert mail_board_reports(now=NEXT.replace(month=3)) == 0
    with pytest.raises(NoAddress):
        wish_board_report(user=make_staff("viewer"), wished=True, now=NEXT)
