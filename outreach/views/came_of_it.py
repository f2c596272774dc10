"""What readers answered to one's own letters."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from library.services.staff import StaffRequest
from outreach.services.reports.came_of_it import read_came_of_it
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def came_of_it(request: StaffRequest) -> HttpResponse:
    """The signed-in librarian's own letters, month by month; no address leads to anybody else's."""
    page = read_came_of_it(user=request.user, before=request.GET.get("before", ""), now=timezone.now())
    return render(request, "outreach/came_of_it.html", {"section": "today", "page": page})
