"""The page behind the link: everything a reader can see, change and erase."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Concatenate

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.services.joining import NotTheSame
from outreach.services.taste import remove_taste, restore_taste
from patrons.models import Patron
from patrons.services.consents import NotForChildren, NoWording, give_consent, withdraw_consent
from patrons.services.details import change_details
from patrons.services.suppressions import lift_suppression, suppress_address
from relcrm.desk.forms.my_page import DetailsForm, EraseForm
from relcrm.desk.services.my_page import Visit, join_other, read_my_page, switch_record, visited
from relcrm.desk.services.privacy import erase_patron, export_patron, withdraw_profile

BECAUSE = "The reader asked for it on their own page."


def of_reader[**P](
    view: Callable[Concatenate[HttpRequest, Patron, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Only while a reader's half hour runs; in that reader's language. Else the page that asks for a link."""

    @login_not_required
    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        patron = visited(request.session.get("my_page"), now=timezone.now())
        if patron is None:
            return redirect("my")
        with translation.override(patron.language):
            return view(request, patron, *args, **kwargs)

    return shown


@of_reader
@require_safe
def my_page(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Everything, in plain words."""
    return _show(request, patron, DetailsForm(patron=patron), EraseForm())


@of_reader
@require_POST
def my_details(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Change the name and the language."""
    form = DetailsForm(request.POST, patron=patron)
    if not form.is_valid():
        return _show(request, patron, form, EraseForm())
    change_details(patron=patron, **form.cleaned_data)
    with translation.override(patron.language):
        messages.success(request, gettext("Kept. From now on we write like this."))
    return redirect("my_page")


@of_reader
@require_POST
def my_consent(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Agree to one purpose, or take it back."""
    now, purpose = timezone.now(), request.POST.get("purpose", "")
    if request.POST.get("agree") == "yes":
        try:
            give_consent(patron=patron, purpose=purpose, language=patron.language, how="my page", now=now)
        except (NoWording, NotForChildren) as error:
            raise Http404 from error
        messages.success(request, gettext("Kept. You can take it back here at any time."))
    elif purpose == "profile":
        withdraw_profile(patron=patron, now=now)
        messages.success(request, gettext("Your taste and your numbers are erased. Nothing is measured any more."))
    else:
        withdraw_consent(patron=patron, purpose=purpose, now=now)
        messages.success(request, gettext("Taken back. It counts at once."))
    return redirect("my_page")


@of_reader
@require_POST
def my_taste(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Take one piece of taste out for good, or put it back."""
    kind, name = (request.POST.get(field, "").replace("\0", "") for field in ("kind", "name"))
    if request.POST.get("back") == "yes":
        restore_taste(patron=patron, kind=kind, name=name)
    elif remove_taste(patron=patron, kind=kind, name=name, now=timezone.now()):
        request.session["taken_out"] = {"kind": kind, "name": name}
    return redirect("my_page")


@of_reader
@require_POST
def my_mail(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Stop all mail to this address, or allow it again."""
    now = timezone.now()
    if request.POST.get("stop") == "yes" and patron.email:
        suppress_address(address=patron.email, reason=BECAUSE, now=now)
        messages.success(request, gettext("We no longer write to your address."))
    elif patron.email:
        lift_suppression(address=patron.email, reason=BECAUSE, now=now)
        messages.success(request, gettext("We may write to you again."))
    return redirect("my_page")


@of_reader
@require_safe
def my_data(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Everything we keep, as a file."""
    words = json.dumps(export_patron(patron=patron, now=timezone.now()), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="{patron.public_id}.json"'}
    return HttpResponse(words, content_type="application/json; charset=utf-8", headers=headers)


@of_reader
@require_POST
def my_record(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Open another record with the same address, or put the two together."""
    public_id, now = request.POST.get("record", "")[:12].replace("\0", ""), timezone.now()
    try:
        if request.POST.get("join") == "yes":
            join_other(patron=patron, public_id=public_id, now=now)
            messages.success(request, gettext("The two are one now."))
        else:
            visit = switch_record(patron=patron, public_id=public_id, visit=Visit(**request.session["my_page"]))
            request.session["my_page"] = asdict(visit)
    except (Patron.DoesNotExist, NotTheSame) as error:
        raise Http404 from error
    return redirect("my_page")


@of_reader
@require_POST
def my_erase(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Erase everything, once the word is typed."""
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _show(request, patron, DetailsForm(patron=patron), form)
    erase_patron(patron=patron, now=timezone.now())
    for name in ("my_page", "taken_out"):
        request.session.pop(name, None)
    return render(request, "desk/my_erased.html")


@login_not_required
@require_http_methods(["POST"])
def my_close(request: HttpRequest) -> HttpResponse:
    """Close the page on this device before the half hour is over."""
    request.session.pop("my_page", None)
    return redirect("my")


def _show(request: HttpRequest, patron: Patron, details: DetailsForm, erase: EraseForm) -> HttpResponse:
    page = read_my_page(patron=patron, now=timezone.now())
    taken_out = request.session.pop("taken_out", None)
    context = {"my": page, "patron": patron, "details": details, "erase": erase, "taken_out": taken_out}
    return render(request, "desk/my_page.html", context)
