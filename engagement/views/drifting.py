"""Who may be slipping away: a list for librarians."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.services.reports.drifting import read_drifting
from library.models import Branch
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

EVER = "ever"


@for_roles("librarian")
@require_safe
def drifting(request: StaffRequest) -> HttpResponse:
    """Readers most likely lost first; a branch nobody offered means all of one's own."""
    branches = request.user.places or list(Branch.objects.order_by("name"))
    branch = next((branch for branch in branches if branch.slug == request.GET.get("branch")), None)
    ever = request.GET.get("seen") == EVER
    found = read_drifting(
        user=request.user,
        branch=branch.pk if branch else None,
        ever=ever,
        after=request.GET.get("after", "")[:12].replace("\0", ""),
        now=timezone.now(),
    )
    context = {"section": "patrons", "found": found, "branches": branches, "branch": branch, "ever": ever}
    return render(request, "engagement/drifting.html", context)
