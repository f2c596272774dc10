"""Where I am signed in: see it, and end it. For everyone on the staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from library.services.sessions import end_other_places, end_place, places_of
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

EVERYONE = ("librarian", "manager", "viewer", "admin")


@for_roles(*EVERYONE)
@require_GET
def sessions(request: StaffRequest) -> HttpResponse:
    """Every browser I am signed in with."""
    places = places_of(user=request.user, here=request.session.session_key, now=timezone.now())
    return render(request, "usersessions/sessions.html", {"section": "account", "part": "sessions", "places": places})


@for_roles(*EVERYONE)
@require_POST
def session_end(request: StaffRequest, reference: str) -> HttpResponse:
    """Sign out one browser."""
    if end_place(user=request.user, reference=reference, now=timezone.now()):
        messages.success(request, "That browser is signed out.")
    else:
        messages.success(request, "That browser was signed out already.")
    return redirect("sessions")


@for_roles(*EVERYONE)
@require_POST
def sessions_end(request: StaffRequest) -> HttpResponse:
    """Sign out every other browser."""
    ended = end_other_places(user=request.user, here=request.session.session_key, now=timezone.now())
    words = f"{ended} signed out. You stay signed in here." if ended else "You are signed in only here."
    messages.success(request, words)
    return redirect("sessions")
