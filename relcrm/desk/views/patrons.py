"""Patrons: the list, and one card for each."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.desk.forms.patrons import FindForm
from relcrm.desk.services.patron_card import card_rows, find_page, read_card
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def patrons(request: StaffRequest) -> HttpResponse:
    """Readers by name; `?q=` finds name, e-mail address, card number or public id."""
    form = FindForm(request.GET)
    found = find_page(
        Patron.objects.visible_to(request.user),
        words=form.said("q").strip(),
        standing=form.said("standing"),
        audience=form.said("audience"),
        after=form.said("after"),
    )
    further = request.GET.copy()
    further["after"] = found.after
    page = {"section": "patrons", "form": form, "found": found, "further": further.urlencode()}
    return render(request, "desk/patrons.html", page | {"narrowed": any(form.said(name) for name in form.fields)})


@for_roles("librarian")
@require_safe
def patron(request: StaffRequest, public_id: str) -> HttpResponse:
    """Everything about one reader: stage and scores with reasons, taste with evidence, the story."""
    found = get_object_or_404(card_rows(Patron.objects.visible_to(request.user)), public_id=public_id)
    card = read_card(patron=found, now=timezone.now())
    return render(request, "desk/patron.html", {"section": "patrons", "card": card, "patron": found})
