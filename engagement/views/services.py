"""The catalogue of services, each tied to the needs it serves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.forms.needs import ServiceForm
from engagement.models import Service
from engagement.services.needs import NameTaken, keep_service, offer_service
from engagement.services.reports.needs import read_needs, read_services
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

READERS, WRITERS = ("librarian", "manager", "viewer"), ("librarian", "manager")


@for_roles(*READERS)
@require_safe
def services(request: StaffRequest) -> HttpResponse:
    """What is offered, what nobody asks for, and what is asked for that nothing meets."""
    listed = read_services()
    needs = read_needs(suppressed=request.user.role != "librarian", now=timezone.now())
    context = {
        "section": "services",
        "services": listed,
        "may_write": request.user.role in WRITERS,
        "unmet": [need for need in needs if not need.is_met],
        "unasked": [line for line in listed if line.service.offered and not line.asked_for],
    }
    return render(request, "engagement/services.html", context)


@for_roles(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a service, or change one."""
    found = get_object_or_404(Service, pk=pk) if pk else None
    form = ServiceForm(request.POST or None, service=found)
    if request.method == "POST" and form.is_valid():
        try:
            keep_service(service=found, by=request.user, now=timezone.now(), **form.cleaned_data)
        except NameTaken:
            form.add_error("name", "Another service already has that name")
        else:
            messages.success(request, f"{form.cleaned_data['name']} is kept.")
            return redirect("services")
    return render(request, "engagement/services_edit.html", {"section": "services", "form": form, "service": found})


@for_roles(*WRITERS)
@require_POST
def service_offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop offering a service (`offered` is no), or offer it again: each is the undo of the other."""
    found = get_object_or_404(Service, pk=pk)
    offered = request.POST.get("offered") == "yes"
    offer_service(service=found, offered=offered, by=request.user, now=timezone.now())
    messages.success(request, f"{found} is {'offered again' if offered else 'no longer offered'}.")
    return redirect("services")
