"""Staff sessions: nobody stays signed in on a desk that was left (SEC-11), and whoever signs in comes back to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from library.services.accounts import session_ended
from relcrm.kit.web import View

KEEP_SEEN_SECONDS = 60
SAFE = ("GET", "HEAD", "OPTIONS")


class SignInFirst(LoginRequiredMiddleware):
    """Whoever sent a form after the desk was closed comes back to the page it stood on.

    The address of a form often takes forms only: after signing in there would be nothing to see.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseRedirect:
        if request.method in SAFE:
            return super().handle_no_permission(request, view_func)
        came_from = urlsplit(request.headers.get("Referer", ""))
        here = came_from.netloc == request.get_host()
        back = urlunsplit(("", "", came_from.path, came_from.query, "")) if here else ""
        return redirect_to_login(back)


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
