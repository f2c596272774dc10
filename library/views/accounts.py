"""Staff sessions: nobody stays signed in on a desk that was left (SEC-11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from library.services.accounts import session_ended

KEEP_SEEN_SECONDS = 60


def end_left_sessions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: sign out a member of staff who was away too long or signed in too long ago."""

    def answer(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            _look_at_the_clock(request)
        return get_response(request)

    return answer


def _look_at_the_clock(request: HttpRequest) -> None:
    now = timezone.now()
    seen = request.session.get("seen", now.timestamp())
    began = request.session.get("began", now.timestamp())
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if session_ended(began=began, seen=seen, idle=settings.STAFF_IDLE, longest=longest, now=now):
        logout(request)
        request.session["left"] = True
        return
    request.session.pop("left", None)
    if "seen" not in request.session or now.timestamp() - seen > KEEP_SEEN_SECONDS:
        request.session["seen"], request.session["began"] = now.timestamp(), began
