"""What is due: on the desk, and in a librarian's own calendar."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.services.calendars import calendar_path, end_calendar, renew_calendar, whose_calendar
from library.services.staff import StaffRequest
from outreach.services.due_calendar import due_calendar
from outreach.services.reports.due_list import read_due
from relcrm.kit.links import LinkError
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def due(request: StaffRequest) -> HttpResponse:
    """Letters and answers that are due, and the address that brings them into a calendar."""
    path = calendar_path(request.user)
    address = f"{settings.PUBLIC_URL}{path}" if path else ""
    page = read_due(user=request.user, now=timezone.now())
    context = {"section": "today", "page": page, "address": address, "opens": _for_a_program(address)}
    return render(request, "outreach/due.html", context)


@for_roles("librarian")
@require_POST
def calendar_new(request: StaffRequest) -> HttpResponse:
    """The first address, or a new one in place of the old."""
    had_one = bool(calendar_path(request.user))
    renew_calendar(user=request.user, now=timezone.now())
    said = "Here is the new address. The old one leads nowhere now." if had_one else "Here is your calendar address."
    messages.success(request, said)
    return redirect("due")


@for_roles("librarian")
@require_POST
def calendar_end(request: StaffRequest) -> HttpResponse:
    """No address any more."""
    end_calendar(user=request.user, now=timezone.now())
    messages.success(request, "Turned off. The address leads nowhere now.")
    return redirect("due")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind an address in force; every other address is one neutral 404."""
    now = timezone.now()
    try:
        user = whose_calendar(token, now=now)
    except LinkError as error:
        raise Http404 from error
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'inline; filename="due.ics"',
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    lines = read_due(user=user, now=now).lines
    return HttpResponse(
        due_calendar(lines=lines, user=user), content_type="text/calendar; charset=utf-8", headers=headers
    )


def _for_a_program(address: str) -> str:
    """The same address, spelled so that a click opens a calendar program."""
    return f"webcal://{address.partition('://')[2]}" if address else ""
