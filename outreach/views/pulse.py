"""The pulse as the reader meets it. GET shows, POST writes (DESIGN section 6)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from engagement.models import Pulse
from outreach.forms.pulse import PulseForm
from outreach.services.links import pulse_from
from outreach.services.pulse_answers import record_pulse
from relcrm.kit.links import LinkError


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pulse(request: HttpRequest, token: str) -> HttpResponse:
    """The questions, answered or changed."""
    asked = _opened(token)
    with translation.override(asked.language):
        form = PulseForm(request.POST if request.method == "POST" else None, pulse=asked, library=settings.LIBRARY_NAME)
        if request.method == "POST" and form.is_valid():
            record_pulse(pulse=asked, said=form.said(), now=timezone.now())
            return redirect("pulse_thanks", token)
        return _in_its_language(render(request, "outreach/pulse.html", {"form": form, "pulse": asked}), asked)


@login_not_required
@require_safe
def pulse_thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What becomes of the answers."""
    asked = _opened(token)
    if asked.answered_at is None:
        return redirect("pulse", token)
    with translation.override(asked.language):
        return _in_its_language(render(request, "outreach/pulse_thanks.html", {"token": token, "pulse": asked}), asked)


def _opened(token: str) -> Pulse:
    """What the link asks; a wrong link is the neutral 404."""
    try:
        return pulse_from(token, now=timezone.now())
    except LinkError as error:
        raise Http404 from error


def _in_its_language(response: HttpResponse, asked: Pulse) -> HttpResponse:
    response.headers["Content-Language"] = asked.language
    return response
