"""The second step of signing in: setting it up, taking it away, recovery codes; and who must have one first."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.recovery_codes.internal.flows import view_recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.http import require_http_methods

from library.models import User
from library.services.accounts import start_page, tell_about
from library.services.second_step import is_barred, may_wait, record_change, steps_of
from library.services.staff import StaffRequest
from relcrm.kit.web import View, for_roles

EVERYONE = ("librarian", "manager", "viewer", "admin")


class SecondStepFirst(MiddlewareMixin):
    """Whoever must have a second step and has none is led to its set-up, and reaches no page of the desk before."""

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True) or getattr(view, "without_second_step", False):
            return None
        return redirect("mfa_index") if isinstance(request.user, User) and is_barred(request.user) else None


def staff_page(*, barred_too: bool = False) -> Callable[[View], View]:
    """A page of allauth's among ours: in English like the desk, and what it changes is written down.

    A change gives the session a new id (SEC-09). `barred_too`: open to those who have no second step yet.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def answer(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with translation.override("en"):
                return _recorded(view, request, *args, **kwargs)

        answer.without_second_step = barred_too  # type: ignore[attr-defined]  # read by the middleware above
        return answer

    return wrap


def _recorded(view: View, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    user = request.user
    if request.method != "POST" or not isinstance(user, User):
        return _shown(view(request, *args, **kwargs))
    with transaction.atomic():
        before = steps_of(user)
        response = _shown(view(request, *args, **kwargs))
        happened = record_change(user=user, before=before, after=steps_of(user), now=timezone.now())
    if happened:
        request.session.cycle_key()
    for what in happened:
        tell_about(user=user, what=what)
    return response


def _shown(response: HttpResponseBase) -> HttpResponseBase:
    """The page put into words now, while the language is English."""
    return response.render() if isinstance(response, TemplateResponse) else response


@for_roles(*EVERYONE)
@require_http_methods(["GET", "HEAD"])
def second_step(request: StaffRequest) -> HttpResponse:
    """What somebody has set up, and what to do next; for whoever must have one, the only page there is."""
    found = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    kinds = {kind: [one for one in found if one.type == kind] for kind in Authenticator.Type.values}
    spare = kinds["recovery_codes"][0].wrap() if kinds["recovery_codes"] else None
    page = {
        "section": "account",
        "part": "second_step",
        "app": next(iter(kinds["totp"]), None),
        "passkeys": kinds["webauthn"],
        "codes_left": len(spare.get_unused_codes()) if spare else 0,
        "codes_seen": spare is not None and spare.did_view,
        "later": start_page(request.user) if may_wait(request.user) else "",
    }
    return render(request, "mfa/index.html", page)


second_step.without_second_step = True  # type: ignore[attr-defined]  # as in staff_page


@for_roles(*EVERYONE)
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.mfa", allow_get=True)  # type: ignore[untyped-decorator]  # allauth ships no types
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """The ten recovery codes: asked for with a button and shown once, so that looking at a page spends nothing."""
    spare = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    page: dict[str, Any] = {"section": "account", "part": "second_step", "seen": spare.wrap().did_view}
    if request.method == "POST" and not page["seen"]:
        wrapper, may_see = view_recovery_codes(request)
        page["codes"] = wrapper.get_unused_codes() if wrapper and may_see else []
    return render(request, "mfa/recovery_codes/index.html", page)


@for_roles(*EVERYONE)
def passkeys(request: StaffRequest) -> HttpResponse:
    """Passkeys stand on the page of the second step."""
    return redirect("mfa_index")


recovery_codes.without_second_step = True  # type: ignore[attr-defined]  # as in staff_page
activate_app = staff_page(barred_too=True)(totp.activate_totp)
remove_app = staff_page()(totp.deactivate_totp)
add_passkey = staff_page(barred_too=True)(webauthn.add_webauthn)
remove_passkey = staff_page()(webauthn.remove_webauthn)
renew_codes = staff_page()(codes.generate_recovery_codes)
reauthenticate = staff_page(barred_too=True)(account.reauthenticate)
reauthenticate_code = staff_page(barred_too=True)(base.reauthenticate)
reauthenticate_passkey = staff_page(barred_too=True)(webauthn.reauthenticate_webauthn)
change_password = staff_page()(account.password_change)
sign_in_passkey = login_not_required(webauthn.login_webauthn)
ask_second_step = base.authenticate
