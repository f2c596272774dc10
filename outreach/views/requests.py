"""Reading requests on the desk: the list, one request, and what can be done with it at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from engagement.services.needs import offered_needs
from library.services.staff import StaffRequest
from outreach.forms.request_filters import CHOICES, read_filters
from outreach.models import Request
from outreach.services.reports.request_list import request_list
from outreach.services.reports.request_page import request_page, with_facts
from outreach.services.requests import (
    AlreadyWithdrawn,
    NotHeld,
    NotWithdrawn,
    release_request,
    restore_request,
    withdraw_request,
)
from relcrm.kit.web import for_roles

UseCase = Callable[..., object]


@for_roles("librarian")
@require_safe
def requests(request: StaffRequest) -> HttpResponse:
    """What readers asked for, oldest first."""
    filters = read_filters(request.GET)
    listed = request_list(
        user=request.user,
        filters=filters,
        page=request.GET.get("page", "1"),
        changed=request.GET.get("changed", "").replace("\x00", "")[:10],
        now=timezone.now(),
    )
    context = {"section": "requests", "listed": listed, "filters": filters, "choices": CHOICES}
    return render(request, "outreach/requests.html", context)


@for_roles("librarian")
@require_safe
def show_request(request: StaffRequest, pk: int) -> HttpResponse:
    """One request beside the reader's history."""
    asked = get_object_or_404(with_facts(Request.objects.visible_to(request.user)), pk=pk)
    page = request_page(request=asked, user=request.user, now=timezone.now())
    context = {"section": "requests", "page": page, "asked": asked, "needs": offered_needs()}
    return render(request, "outreach/request.html", context)


@for_roles("librarian")
@require_POST
def release(request: StaffRequest, pk: int) -> HttpResponse:
    """A held request counts after all."""
    return _change(request, pk, release_request, "{0} waits for a letter now.", "{0} is not held any more.")


@for_roles("librarian")
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Close without a letter; `restore` is the undo."""
    return _change(request, pk, withdraw_request, "{0} is closed without a letter.", "{0} is closed already.")


@for_roles("librarian")
@require_POST
def restore(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo of `withdraw`."""
    return _change(request, pk, restore_request, "{0} is open again.", "{0} is not closed.")


def _change(request: StaffRequest, pk: int, use_case: UseCase, done: str, not_needed: str) -> HttpResponse:
    """Do it, say it, and go back to where the button was: the request's page, or the list (`back` = list)."""
    asked = get_object_or_404(Request.objects.visible_to(request.user).asked(), pk=pk)
    now: datetime = timezone.now()
    try:
        use_case(request=asked, now=now)
        messages.success(request, done.format(asked.reference))
    except (AlreadyWithdrawn, NotHeld, NotWithdrawn):
        messages.info(request, not_needed.format(asked.reference))
    if request.POST.get("back") != "list":
        return redirect("request", pk=asked.pk)
    where = {"state": read_filters(request.POST).state, "changed": asked.reference}
    return redirect(f"{reverse('requests')}?{urlencode(where)}")
