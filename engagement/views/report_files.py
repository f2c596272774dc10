"""Reports to take along: CSV, workbook and the board report as a PDF; and having word of it by mail."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from engagement.forms.reports import Asked, read_asked
from engagement.services.reports.exports import report_csv as write_csv
from engagement.services.reports.shapes import Report
from engagement.services.reports.shelf import NoShelf, Ordered, find_board_report, order_board_report
from engagement.services.reports.stored import SMALL
from engagement.services.reports.whole import read_report
from engagement.services.reports.workbook import report_xlsx as write_xlsx
from engagement.tasks import make_board_report
from engagement.views.first_counts import once_counted
from engagement.views.reports import PARTS, READERS
from library.services.board_report import NoAddress, wish_board_report
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKS_AGAIN = "2"  # seconds
PATIENCE = 30
WAITED = "waited"


@for_roles(*READERS)
@require_safe
@once_counted
def report_csv(request: StaffRequest) -> HttpResponse:
    """Every number, one to a row."""
    report, asked = _whole(request)
    return _file(write_csv(report), "text/csv; charset=utf-8", f"{asked.file_name}.csv")


@for_roles(*READERS)
@require_safe
@once_counted
def report_xlsx(request: StaffRequest) -> HttpResponse:
    """The same numbers as a workbook."""
    report, asked = _whole(request)
    return _file(write_xlsx(report), XLSX, f"{asked.file_name}.xlsx")


@for_roles(*READERS)
@require_safe
@once_counted
def report_pdf(request: StaffRequest) -> HttpResponse:
    """Ask for the board report; a worker sets it."""
    report, asked = _whole(request)
    try:
        ordered = order_board_report(report=report)
    except NoShelf:
        return render(request, "engagement/reports_board.html", {"section": "reports", "is_late": True}, status=503)
    if ordered.is_new:
        _wake(ordered.key)
    response = redirect("report_board", ordered.key)
    response["Location"] += f"?{asked.query}"
    return response


@for_roles(*READERS)
@require_safe
def report_board(request: StaffRequest, key: str) -> HttpResponse:
    """The board report asked for, as soon as it is set; until then a page that looks again by itself."""
    try:
        ordered = find_board_report(key)
    except NoShelf:
        ordered = None
    if ordered is None:
        raise Http404
    if ordered.pdf is None:
        return _wait(request, ordered)
    if WAITED in request.GET:  # a page that a file came to would go on saying that it is being set
        response = _board_page(request, is_set=True)
        response["Refresh"] = f"0; url={_address(request)}"
        return response
    return _file(ordered.pdf, "application/pdf", f"board-report-{ordered.report.period.key.replace('/', '-to-')}.pdf")


def _wait(request: StaffRequest, ordered: Ordered) -> HttpResponse:
    """A page that looks again by itself, until its patience is over."""
    if ordered.is_new:
        _wake(ordered.key)
    times = request.GET.get("times", "")
    times_before = int(times) if times.isdecimal() and len(times) < 4 else 0  # noqa: PLR2004  (three digits)
    response = _board_page(request, is_late=times_before >= PATIENCE)
    if times_before < PATIENCE:
        response["Refresh"] = f"{LOOKS_AGAIN}; url={_address(request, times=times_before + 1, **{WAITED: 'yes'})}"
    return response


def _board_page(request: StaffRequest, *, is_late: bool = False, is_set: bool = False) -> HttpResponse:
    context = {"section": "reports", "is_late": is_late, "is_set": is_set, "file": _address(request)}
    return render(request, "engagement/reports_board.html", context | {"query": _address(request).partition("?")[2]})


def _address(request: StaffRequest, **more: object) -> str:
    """This address, with what the report is of and nothing else but `more`."""
    asked = {key: request.GET[key] for key in ("quarter", "of") if key in request.GET}
    return f"{request.path}?{urlencode(asked | more)}"


@for_roles(*READERS)
@require_POST
def report_monthly(request: StaffRequest) -> HttpResponse:
    """Have word of the report each month by mail, or no more: each is the undo of the other."""
    wished = request.POST.get("monthly") == "yes"
    try:
        wish_board_report(user=request.user, wished=wished, now=timezone.now())
    except NoAddress:
        messages.error(request, "You have no e-mail address here yet. An admin writes it down under Settings, Staff.")
    else:
        said = (
            "You will have the summary by mail at the start of each month." if wished else "No more summaries by mail."
        )
        messages.success(request, said)
    return redirect("reports")


def _whole(request: StaffRequest) -> tuple[Report, Asked]:
    now = timezone.now()
    asked = read_asked(request.GET, now=now)
    return read_report(period=asked.period, slice_=asked.slice, parts=PARTS, now=now, most_lines=SMALL), asked


def _wake(key: str) -> None:
    transaction.on_commit(lambda: make_board_report.delay(key), robust=True)


def _file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
