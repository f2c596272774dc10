"""Reasons to write to someone: put off, dealt with, and taken back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.services.staff import StaffRequest
from outreach.models import ContactReason
from outreach.services.contacts import (
    describe_reason,
    finish_reason,
    put_off_reason,
    reasons_visible_to,
    reopen_reason,
)
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def contact_reason(request: StaffRequest, pk: int) -> HttpResponse:
    """One reason with what was done about it, and the way to take that back."""
    return _show(request, _reason(request, pk))


@for_roles("librarian")
@require_POST
def contact_later(request: StaffRequest, pk: int) -> HttpResponse:
    """Not now: it comes back in seven days."""
    reason = _reason(request, pk)
    put_off_reason(reason=reason, now=timezone.now())
    return _done(request, reason)


@for_roles("librarian")
@require_POST
def contact_done(request: StaffRequest, pk: int) -> HttpResponse:
    """It is dealt with."""
    reason = _reason(request, pk)
    finish_reason(reason=reason, by=request.user, now=timezone.now())
    return _done(request, reason)


@for_roles("librarian")
@require_POST
def contact_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Back to where it was."""
    reason = _reason(request, pk)
    reopen_reason(reason=reason)
    return _done(request, reason)


def _reason(request: StaffRequest, pk: int) -> ContactReason:
    return get_object_or_404(reasons_visible_to(request.user), pk=pk)


def _done(request: StaffRequest, reason: ContactReason) -> HttpResponse:
    """The row again for a page that asked for it, else the reason's own page."""
    if request.headers.get("HX-Request") == "true":
        return render(request, "outreach/contact_row.html", _context(reason))
    return redirect("contact_reason", reason.pk)


def _show(request: StaffRequest, reason: ContactReason) -> HttpResponse:
    return render(request, "outreach/contact_reason.html", _context(reason) | {"section": "today"})


def _context(reason: ContactReason) -> dict[str, object]:
    now = timezone.now()
    put_off = reason.later_until is not None and reason.later_until > now
    return {"line": describe_reason(reason), "settled": reason.closed_at is not None or put_off}
