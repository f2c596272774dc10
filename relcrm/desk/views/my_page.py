"""The page behind the link: everything a reader can see, and what they say about themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Concatenate

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.services.joining import NotTheSame
from patrons.models import Patron
from patrons.services.addresses import SameAddress, cancel_address
from patrons.services.details import change_details
from patrons.services.wishes import change_wishes
from relcrm.desk.forms.my_page import DetailsForm, EraseForm, HistoryForm, NewAddressForm, WishesForm
from relcrm.desk.services.my_address import TooOften, begin_change
from relcrm.desk.services.my_page import Visit, join_other, switch_record, visited
from relcrm.desk.services.own_record import read_my_page
from relcrm.desk.services.privacy import erase_patron

# What the last POST left for the next look at the page, so that it can be undone.
FOR_ONE_LOOK = ("taken_out", "turned", "not_me", "stopped", "typed")


def of_reader[**P](
    view: Callable[Concatenate[HttpRequest, Patron, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Only while a reader's half hour runs; in that reader's language. Else the page that asks for a link."""

    @login_not_required
    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
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
    return show_page(request, patron)


@of_reader
@require_POST
def my_details(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Change name, language, branch and time zone."""
    form = DetailsForm(request.POST, patron=patron)
    if not form.is_valid():
        return show_page(request, patron, details=form)
    change_details(patron=patron, **form.changes())
    with translation.override(patron.language):
        messages.success(request, gettext("Kept. From now on we write like this."))
    return redirect("my_page")


@of_reader
@require_POST
def my_wishes(request: HttpRequest, patron: Patron) -> HttpResponse:
    """How often, and on which way."""
    form = WishesForm(request.POST, patron=patron)
    if not form.is_valid():
        return show_page(request, patron, wishes=form)
    change_wishes(patron=patron, now=timezone.now(), **form.cleaned_data)
    messages.success(request, gettext("Kept. We hold to it from now on."))
    return redirect("my_page")


@of_reader
@require_POST
def my_new_address(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Ask both mailboxes, or take that back."""
    if request.POST.get("stop") == "yes":
        cancel_address(patron=patron)
        messages.success(request, gettext("Your address stays as it is."))
        return redirect("my_page")
    form = NewAddressForm(request.POST)
    if form.is_valid():
        try:
            begin_change(patron=patron, address=form.cleaned_data["email"], now=timezone.now())
        except SameAddress:
            form.add_error("email", gettext("We write to that address already"))
        except TooOften:
            form.add_error("email", gettext("Enough for today. Try again tomorrow"))
        else:
            messages.success(request, gettext("Look into both mailboxes: each has a link that works for two days."))
            return redirect("my_page")
    return show_page(request, patron, new_address=form)


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
        return show_page(request, patron, erase=form)
    erase_patron(patron=patron, now=timezone.now())
    for name in ("my_page", "disowned", *FOR_ONE_LOOK):
        request.session.pop(name, None)
    return render(request, "desk/my_erased.html")


@login_not_required
@require_http_methods(["POST"])
def my_close(request: HttpRequest) -> HttpResponse:
    """Close the page on this device before the half hour is over."""
    for name in ("my_page", "disowned", *FOR_ONE_LOOK):
        request.session.pop(name, None)
    return redirect("my")


def show_page(request: HttpRequest, patron: Patron, **filled: forms.Form) -> HttpResponse:
    """The page with its forms; `filled` are those that came back with a problem, by name."""
    context: dict[str, Any] = {
        "my": read_my_page(patron=patron, now=timezone.now()),
        "patron": patron,
        "details": filled.get("details") or DetailsForm(patron=patron),
        "wishes": filled.get("wishes") or WishesForm(patron=patron),
        "history": filled.get("history") or HistoryForm(patron=patron),
        "new_address": filled.get("new_address") or NewAddressForm(),
        "erase": filled.get("erase") or EraseForm(),
        "wrong": next(iter(filled.values()), None),
    }
    context |= {name: request.session.pop(name, None) for name in FOR_ONE_LOOK}
    return render(request, "desk/my_page.html", context)
