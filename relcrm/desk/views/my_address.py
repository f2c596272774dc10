"""The two links of an address change: GET shows what is asked, POST answers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from relcrm.desk.services.my_address import answer_step, read_step
from relcrm.kit.links import LinkError


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_address(request: HttpRequest, token: str) -> HttpResponse:
    """One mailbox of the two answers; nobody has to be on my page for it."""
    now = timezone.now()
    try:
        step = read_step(token, now=now)
        outcome = ""
        if request.method == "POST":
            outcome = answer_step(step=step, agree=request.POST.get("answer") != "no", now=now)
    except LinkError as error:
        raise Http404 from error
    with translation.override(step.change.patron.language):
        return render(request, "desk/my_address.html", {"step": step, "outcome": outcome})
