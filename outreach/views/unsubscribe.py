"""Stopping mail from its footer, or wishing for less: GET changes nothing, a plain POST stops it (RFC 8058 too)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.services.links import MAIL_CONSENTS, unsubscribe_from
from outreach.services.unsubscribing import as_often_as_before, ask_less, resume_mail, stop_mail
from patrons.models import Consent, Patron
from relcrm.kit.links import LinkError

KINDS = {
    Consent.Purpose.CHECK_IN: _("the question how you liked the books"),
    Consent.Purpose.PROACTIVE: _("suggestions you did not ask for"),
    Consent.Purpose.COMMUNITY: _("mail from reading circles"),
    Consent.Purpose.PULSE: _("the question how the library does for you"),
}

# Of these the reader can wish for less; what was asked for comes when it is due.
BEGUN_BY_US = (Consent.Purpose.PROACTIVE, Consent.Purpose.PULSE)


# Mail programs POST here without a page, a cookie or a key (RFC 8058). The token is what allows it.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One button that ends one kind of mail, a second choice that ends all, and a way back."""
    now = timezone.now()
    try:
        patron, purpose = unsubscribe_from(token, now=now)
    except LinkError as error:
        raise Http404 from error
    with translation.override(patron.language):
        if request.method != "POST":
            response = _ask(request, patron, purpose)
        elif request.POST.get("action") == "less":
            response = _less(request, patron, now)
        elif request.POST.get("action") == "as_before":
            response = _as_before(request, patron, now)
        elif request.POST.get("action") == "undo":
            resumed = resume_mail(patron=patron, purposes=request.POST.getlist("stopped"), now=now)
            response = render(request, "outreach/unsubscribe_undone.html", {"kinds": _kinds(resumed)})
        else:
            response = _stop(request, patron, purpose, now)
    response.headers["Content-Language"] = patron.language
    return response


def _ask(request: HttpRequest, patron: Patron, purpose: str) -> HttpResponse:
    context = {
        "kind": KINDS[Consent.Purpose(purpose)],
        "stopped": not Consent.objects.holds(patron, purpose),
        "may_be_less": purpose in BEGUN_BY_US and patron.frequency != Patron.Frequency.QUARTERLY,
        "less_first": "less" in request.GET,
    }
    return render(request, "outreach/unsubscribe.html", context)


def _less(request: HttpRequest, patron: Patron, now: datetime) -> HttpResponse:
    before, frequency = ask_less(patron=patron, now=now)
    return render(request, "outreach/unsubscribe_less.html", {"before": before, "frequency": frequency})


def _as_before(request: HttpRequest, patron: Patron, now: datetime) -> HttpResponse:
    try:
        as_often_as_before(patron=patron, frequency=request.POST.get("before", ""), now=now)
    except ValueError:
        return render(request, "outreach/unsubscribe_undone.html", {"kinds": []})
    return render(request, "outreach/unsubscribe_less.html", {"before": "", "frequency": patron.frequency})


def _stop(request: HttpRequest, patron: Patron, purpose: str, now: datetime) -> HttpResponse:
    """Anything that is not the way back stops mail: a one-click request and the plain button mean the same."""
    everything = request.POST.get("action") == "all"
    by_hand = "List-Unsubscribe" not in request.POST
    purposes = MAIL_CONSENTS if everything else (purpose,)
    stopped = stop_mail(patron=patron, purposes=purposes, by_hand=by_hand, now=now)
    context = {"kind": KINDS[Consent.Purpose(purpose)], "everything": everything, "stopped": stopped}
    return render(request, "outreach/unsubscribe_done.html", context)


def _kinds(purposes: list[str]) -> list[object]:
    return [KINDS[Consent.Purpose(purpose)] for purpose in purposes]
