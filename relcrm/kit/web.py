"""What every page needs: who may see it, privacy headers, plain error pages."""

from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation

View = Callable[..., HttpResponseBase]
TOKEN_PATHS = (
    *("/letters/", "/checkin/", "/my/", "/pulse/", "/unsubscribe/", "/suggest/sent/"),
    "/accounts/password/reset/key/",
)
THEMES = ("light", "dark")


def for_roles(*roles: str) -> Callable[[View], View]:
    """Only staff with one of these roles; anyone else signed in gets a kind 403. (Not signed in: the login page.)"""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if getattr(request.user, "role", "") not in roles:
                raise PermissionDenied
            with translation.override("en"):  # the desk speaks English, dates included (docs/decisions/0004)
                return view(request, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]  # read by the URL x role test
        return guarded

    return guard


def private_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no cache keeps a page, pages behind a mailed link name no referrer, no device is asked for.

    An address with a NUL in it leads nowhere: no key has one, and the database takes none.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        _restore_origin(request)
        response = not_found(request) if "\0" in request.path else get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
            response = forms_only(request, response)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.path.startswith(TOKEN_PATHS):
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return answer


def _restore_origin(request: HttpRequest) -> None:
    """A form on a page without a referrer is sent with the origin `null`, which the CSRF check refuses.

    The browser itself says in Sec-Fetch-Site, which no page can set, that the form came from our own page.
    """
    same_origin = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if same_origin and request.headers.get("Origin") == "null":
        request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"


def page_context(request: HttpRequest) -> dict[str, object]:
    """For every template: the library's name and the theme chosen (empty: as the system has it)."""
    theme = request.COOKIES.get("theme", "")
    return {"library_name": settings.LIBRARY_NAME, "theme": theme if theme in THEMES else ""}


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """One neutral page for every unknown address, every bad, expired or foreign link."""
    return render(request, "errors/404.html", status=404)


def forms_only(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An address that only takes what a form sends was opened like a page, say by a browser that was started again."""
    page = render(request, "errors/404.html", status=response.status_code)
    page["Allow"] = response["Allow"]
    return page


def not_read(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was sent is too large or damaged. Reads nothing of it: that is what failed."""
    return render(request, "errors/400.html", status=400)


def not_for_you(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Signed in, but this page belongs to another role."""
    return render(request, "errors/403.html", status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without its key: too old, or from another site."""
    return render(request, "errors/expired.html", status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too often in too short a time; allauth and our own limits end here."""
    return render(request, "errors/429.html", status=429)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed on our side; the number helps to find it in the log."""
    number = uuid4().hex[:8]
    return render(request, "errors/500.html", {"number": number}, status=500)
