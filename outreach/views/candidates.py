"""Titles worth a look for one letter."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from library.services.staff import StaffRequest
from outreach.models import Request
from outreach.services.candidates.finding import find_candidates
from outreach.services.picking import past_of
from outreach.services.reports.request_page import with_facts
from outreach.views.letter_sheet import is_fetch
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def letter_candidates(request: StaffRequest, pk: int) -> HttpResponse:
    """The list as a part of the letter page, which asks for it once it stands; without script, as a page."""
    asked = get_object_or_404(with_facts(Request.objects.visible_to(request.user)), pk=pk)
    found = find_candidates(request=asked, past=past_of(asked))
    part = is_fetch(request)
    template = "outreach/letter_candidates_rows.html" if part else "outreach/letter_candidates.html"
    context = {"candidates": found, "asked": asked, "part": part, "section": "requests"}
    answer = render(request, template, context)
    answer.headers["Vary"] = "HX-Request, X-Requested-With"
    return answer
