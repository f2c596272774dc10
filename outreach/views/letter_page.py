"""The letter on the web, for its reader."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from outreach.mail.letter import shown_in_mail
from outreach.services.links import letter_from
from relcrm.kit.links import LinkError


@login_not_required
@require_safe
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """The same words as the mail. Shows; changes nothing."""
    try:
        written = letter_from(token, now=timezone.now())
    except LinkError as error:
        raise Http404 from error
    if written.sent_at is None:
        raise Http404
    asked = written.request
    picks = written.picks.select_related("title").order_by("position", "pk")
    context = {"letter": written, "asked": asked, "picks": [shown_in_mail(pick) for pick in picks]}
    with translation.override(asked.patron.language):
        answer = render(request, "outreach/letter.html", context)
    answer.headers["Content-Language"] = asked.patron.language
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
