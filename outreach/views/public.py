"""The public side of asking: the form, the form inside another site, and what happens next."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from engagement.services.promises import recent_record
from library.services.settings import current_settings
from outreach.forms.public import SuggestForm
from outreach.models import Request
from outreach.services.acknowledgements import due_day
from outreach.services.bots import Rendering, read_rendering, sign_rendering, why_hold
from outreach.services.requests import promised_by, submit_request
from relcrm.kit.limits import client_address
from relcrm.kit.links import LinkError, make_token, path_for, read_token

View = Callable[..., HttpResponse]


def in_page_language(view: View) -> View:
    """The page speaks the language of ?language=, else the browser's."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = _language_asked(request) or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            response = view(request, *args, **kwargs)
        response.headers["Content-Language"] = language
        return response

    return spoken


def embeddable(view: View) -> View:
    """The sites of EMBED_ORIGINS may show this page in a frame; nobody else may."""

    @functools.wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        policy: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": settings.EMBED_ORIGINS or [CSP.NONE]}
        answer: View = xframe_options_exempt(csp_override(policy)(view))
        return answer(request, *args, **kwargs)

    return framed


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_page_language
def suggest(request: HttpRequest) -> HttpResponse:
    """The form on the library's own pages, protected by Django's CSRF cookie."""
    now = timezone.now()
    if request.method != "POST":
        return _show(request, "suggest", SuggestForm(language=_page_language()), sign_rendering(now=now), now)
    form = SuggestForm(request.POST, language=_page_language())
    rendering = read_rendering(request.POST.get("nonce", ""))
    return _answer(request, "suggest", form, rendering, now)


# No cookie exists inside another site's frame, so there is none to check; a signed rendering of the last day is
# asked for instead, and the form acts for nobody who is signed in.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@embeddable
@in_page_language
def suggest_embed(request: HttpRequest) -> HttpResponse:
    """The form in a frame on a site of EMBED_ORIGINS: no session, no cookie."""
    now = timezone.now()
    if request.method != "POST":
        return _show(request, "suggest_embed", SuggestForm(language=_page_language()), sign_rendering(now=now), now)
    form = SuggestForm(request.POST, language=_page_language())
    rendering = read_rendering(request.POST.get("nonce", ""))
    if not rendering.is_fresh(now):
        form.refuse_as_old()
    return _answer(request, "suggest_embed", form, rendering, now)


@login_not_required
@require_GET
@embeddable
@in_page_language
def suggest_sent(request: HttpRequest, token: str) -> HttpResponse:
    """What happens next and when; nothing personal, so it may be kept, reloaded and bookmarked."""
    now = timezone.now()
    try:
        link = read_token("sent", token, now=now)
    except LinkError as error:
        raise Http404 from error
    requests = Request.objects.select_related("promise", "branch", "patron")
    asked = requests.filter(reference=link.object_key, patron__link_generation=link.generation).first()
    if asked is None:
        raise Http404
    context = {"reference": asked.reference, "due_day": due_day(promised_by(asked), asked.branch).date()}
    return render(request, "outreach/suggest_sent.html", context)


def _answer(request: HttpRequest, page: str, form: SuggestForm, rendering: Rendering, now: datetime) -> HttpResponse:
    """Take a complete form, or show it again with everything that was typed and what is missing."""
    if not form.is_valid():
        signed = request.POST["nonce"] if rendering.is_fresh(now) else sign_rendering(now=now)
        return _show(request, page, form, signed, now)
    wishes = form.wishes().once_for(rendering.nonce)
    known = Request.objects.filter(nonce=wishes.nonce).select_related("patron").first()
    if known is None:
        trap, client = request.POST.get("website", ""), client_address(request)
        held_because = why_hold(rendering=rendering, trap=trap, client=client, now=now)
        known = submit_request(wishes=replace(wishes, held_because=held_because), now=now)
    token = make_token("sent", known.reference, known.patron.link_generation, now=known.asked_at)
    return HttpResponseRedirect(path_for("sent", token) + _kept_language(request))


def _show(request: HttpRequest, page: str, form: SuggestForm, signed: str, now: datetime) -> HttpResponse:
    record = recent_record(now=now)
    context = {
        "form": form,
        "problems": form.problems(),
        "nonce": signed,
        "action": reverse(page) + _kept_language(request),
        "languages": settings.LANGUAGES,
        "kept_days": record.days,
        "promised_days": current_settings().promise_working_days if record.days is None else 0,
    }
    return render(request, f"outreach/{page}.html", context)


def _page_language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _language_asked(request: HttpRequest) -> str:
    language = request.GET.get("language", "")
    return language if language in dict(settings.LANGUAGES) else ""


def _kept_language(request: HttpRequest) -> str:
    language = _language_asked(request)
    return f"?language={language}" if language else ""
