"""My page: ask for the link, open it, and the page itself in its own half hour."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from relcrm.desk.forms.my_page import AskForm
from relcrm.desk.services.my_page import OPEN_FOR, check_link, open_page, send_link
from relcrm.kit.limits import Limit, LimiterDown, client_address, over_limits
from relcrm.kit.links import LinkError
from relcrm.kit.web import too_many

LIMITS = (Limit(10, timedelta(minutes=10)), Limit(40, timedelta(days=1)))


@login_not_required
@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
def my(request: HttpRequest) -> HttpResponse:
    """Ask for the link. What follows looks the same whether we know the address or not."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            if over_limits("my", client_address(request), LIMITS, now=now):
                return too_many(request)
        except LimiterDown:
            # One link in ten minutes to an address still holds: the database counts those.
            pass
        send_link(address=form.cleaned_data["email"], language=translation.get_language() or "en", now=now)
        return redirect("my_sent")
    return render(request, "desk/my_ask.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "HEAD"])
def my_sent(request: HttpRequest) -> HttpResponse:
    """Look into your mail."""
    return render(request, "desk/my_sent.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_open(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, so that programs that follow links open nothing; POST spends the link."""
    now = timezone.now()
    try:
        patron = check_link(token, now=now)
        if request.method != "POST":
            with translation.override(patron.language):
                return render(request, "desk/my_open.html", {"patron": patron})
        visit = open_page(token=token, now=now)
    except LinkError as error:
        raise Http404 from error
    request.session.cycle_key()
    request.session["my_page"] = asdict(visit)
    if not request.user.is_authenticated:
        request.session.set_expiry(OPEN_FOR)
    return redirect("my_page")
