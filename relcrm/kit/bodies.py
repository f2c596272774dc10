"""How much one call may send: little, but where a page says otherwise.

Django has one limit for all addresses, and it has to be that of the largest mail a mail service may bring. Here every
other address keeps its own, before anything of the call is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase

USUAL = 1_000_000

View = Callable[..., HttpResponseBase]


def takes_at_most(size: int | None) -> Callable[[View], View]:
    """This view takes calls of up to so many bytes; None: it bounds them itself (a file, read piece by piece)."""

    def mark(view: View) -> View:
        view.takes_at_most = size  # type: ignore[attr-defined]  # read by BoundedBodies
        return view

    return mark


class BoundedBodies:
    """Middleware: a call that announces more than its address takes is refused unread (400).

    What announces nothing is read as empty by Django. It stands before whatever reads forms.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        """Look before the view, and before the CSRF check, which reads the form."""
        most = getattr(view, "takes_at_most", USUAL)
        if most is not None and _announced(request) > most:
            raise RequestDataTooBig(f"The call is larger than the {most} bytes this address takes.")


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
