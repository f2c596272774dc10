"""The start page of the desk."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from library.services.accounts import start_page
from library.services.staff import StaffRequest
from relcrm.desk.services.today import read_today
from relcrm.kit.web import for_roles


@for_roles("librarian", "manager", "viewer", "admin")
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    """What a librarian does first; other roles are led to their own start page."""
    if request.user.role != "librarian":
        return redirect(start_page(request.user))
    page = read_today(user=request.user, now=timezone.now())
    return render(request, "desk/today.html", {"section": "today", "today": page})
