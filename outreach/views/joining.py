"""Joining two records of one person, from the desk."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from library.services.staff import StaffRequest
from outreach.services import joining
from patrons.models import Patron
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_POST
def join_patron(request: StaffRequest, public_id: str) -> HttpResponse:
    """Join this record into a known one with the same address: `into` names it, else the oldest is taken."""
    visible = Patron.objects.visible_to(request.user)
    patron = get_object_or_404(visible, public_id=public_id)
    wanted = request.POST.get("into", "")
    fitting = [known.pk for known in joining.join_candidates(patron) if wanted in ("", known.public_id)]
    seen = visible.in_bulk(fitting)
    into = next((seen[pk] for pk in fitting if pk in seen), None)
    if into is None:
        raise Http404
    joining.join_patron(provisional=patron, into=into, now=timezone.now())
    messages.success(request, f"{patron} and {into} are one reader now.")
    return redirect("patron", into.public_id)
