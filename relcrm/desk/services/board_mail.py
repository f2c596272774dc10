"""Once a month, colleagues who asked for it get the board report by mail: its sentences, the PDF and a link."""

from __future__ import annotations

import logging
from datetime import datetime
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Report, Slice
from engagement.services.reports.spot import NotCounted
from engagement.services.reports.stored import SMALL
from engagement.services.reports.whole import read_report
from engagement.services.working_days import zone_of
from library.models import User
from library.services.board_report import claim_month, month_of, waiting_for_report
from outreach.services.postbox import mail_is_paused
from relcrm.kit.mail import render_mail

NOT_BEFORE = 8  # o'clock, on the first day of the month
FIRST_MONTHS = (1, 4, 7, 10)
SAID = ("overview", "people", "effort", "outcomes")

log = logging.getLogger(__name__)


def board_reports_due(*, now: datetime) -> bool:
    """Whether anybody waits for this month's report, and it is late enough on its first day."""
    here = now.astimezone(zone_of(None))
    if (here.day == 1 and here.hour < NOT_BEFORE) or mail_is_paused():
        return False
    return bool(waiting_for_report(month_of(here.date())))


def mail_board_reports(*, now: datetime) -> int:
    """Mail whoever waits for this month's report; how many were mailed. Takes seconds, for the pictures and the PDF.

    Each is taken on before it is sent, so that nobody has it twice; one that the mail server does not take is lost, and
    said so in the log. The first of a month's mails that fails ends the run: the others wait for the next tick, and so
    do all while a large library's quarter is still to be counted.
    """
    if not board_reports_due(now=now):
        return 0
    try:
        report = _report(now)
    except NotCounted:
        return 0
    pdf = _pdf(report)
    month, sent = month_of(now.astimezone(zone_of(None)).date()), 0
    for user in waiting_for_report(month):
        if claim_month(user=user, month=month):
            try:
                _send(user, report, pdf)
            except (OSError, SMTPException, AnymailError):
                log.exception("The report of %s for account %s could not be handed over", month, user.pk)
                break
            sent += 1
    return sent


def _report(now: datetime) -> Report:
    """The quarter that has just ended in its first month, else the one that runs."""
    quarter = quarter_of(now.astimezone(zone_of(None)).date())
    if now.astimezone(zone_of(None)).month in FIRST_MONTHS and quarter.before is not None:
        quarter = quarter_of(quarter.before.first)
    return read_report(period=quarter, slice_=Slice(), now=now, most_lines=SMALL)


def _pdf(report: Report) -> bytes:
    from engagement.services.reports.board import board_report  # noqa: PLC0415  (Typst, and Altair for its pictures)
    from engagement.services.reports.drawing import draw_picture  # noqa: PLC0415  (as above)

    return board_report(report=report, draw=draw_picture)


def _send(user: User, report: Report, pdf: bytes) -> None:
    so_far = " so far" if report.is_running else ""
    path = f"{reverse('reports')}?quarter={report.period.key}"
    context = {
        "name": user.first,
        "period": f"{report.period.label}{so_far}",
        "opening": f"What can be said of {report.period.label}{so_far}, about all branches:",
        "sentences": [f"{part.title}: {part.sentence}" for part in report.parts if part.key in SAID],
        "link": f"{settings.PUBLIC_URL}{path}",
    }
    mail = render_mail("board_report", context, language="en")
    message = EmailMultiAlternatives(mail.subject, mail.text, None, [user.email])
    message.attach_alternative(mail.html, "text/html")
    message.attach(f"board-report-{report.period.key}.pdf", pdf, "application/pdf")
    message.send()
