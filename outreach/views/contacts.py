"""Whom to contact next, and what was done: written, called, a ticket given, put off, set aside, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.services.own_list import change_contacts_a_day
from library.services.staff import StaffRequest
from outreach.forms.contacts import ContactForm, LaterForm, LimitForm, NotNowForm
from outreach.models import ContactReason
from outreach.services.contact_words import sentence_for
from outreach.services.contacts import (
    Contact,
    DealtWith,
    finish_reason,
    put_off_reason,
    reasons_visible_to,
    reopen_reason,
    set_aside_reason,
    write_for,
)
from outreach.services.links import TOO_MANY_DIGITS
from outreach.services.our_letters import NotWelcome
from outreach.services.reports.contact_list import read_contacts
from relcrm.kit.web import for_roles

Ending = ContactReason.Ending
QUICKER = "Somebody has dealt with this already."
NOT_UNDERSTOOD = "That could not be read. Choose one of the answers offered, and minutes as a number up to 600."


@for_roles("librarian")
@require_safe
def contacts(request: StaffRequest) -> HttpResponse:
    """Today's list: whom, why, the last words, and what can be done at once."""
    now = timezone.now()
    found = read_contacts(user=request.user, now=now)
    context = {
        "section": "contact",
        "list": found,
        "because": NotNowForm.CHOICES,
        "later": LaterForm.CHOICES,
        "changed": _changed(request),
    }
    return render(request, "outreach/contacts.html", context)


@for_roles("librarian")
@require_POST
def contacts_limit(request: StaffRequest) -> HttpResponse:
    """How many a day this librarian wants on her list."""
    form = LimitForm(request.POST)
    if form.is_valid():
        change_contacts_a_day(user=request.user, number=form.cleaned_data["number"])
        messages.success(request, "Kept.")
    else:
        messages.error(request, "Choose a number from 0 to 40.")
    return redirect("contacts")


@for_roles("librarian")
@require_safe
def contact_reason(request: StaffRequest, pk: int) -> HttpResponse:
    """One reason with what was done about it, and the way to take that back."""
    reason = get_object_or_404(reasons_visible_to(request.user), pk=pk)
    now = timezone.now()
    context = {
        "section": "contact",
        "reason": reason,
        "sentence": sentence_for(reason, now=now),
        "put_off": reason.closed_at is None and reason.later_until is not None and reason.later_until > now,
    }
    return render(request, "outreach/contact_reason.html", context)


@for_roles("librarian")
@require_POST
def contact_write(request: StaffRequest, pk: int) -> HttpResponse:
    """To the page of a letter, begun for this reason."""
    reason = get_object_or_404(reasons_visible_to(request.user), pk=pk)
    try:
        letter = write_for(reason=reason, now=timezone.now())
    except DealtWith:
        messages.info(request, QUICKER)
        return redirect("contact_reason", pk)
    except NotWelcome as problem:
        messages.error(request, problem.words)
        return redirect("contacts")
    return redirect("letter_edit", letter.pk)


@for_roles("librarian")
@require_POST
def contact_later(request: StaffRequest, pk: int) -> HttpResponse:
    """Not today: it comes back by itself."""
    form = LaterForm(request.POST)

    def put_off(reason: ContactReason, now: datetime) -> None:
        put_off_reason(reason=reason, days=form.days(), now=now)

    return _do(request, pk, put_off if form.is_valid() else None)


@for_roles("librarian")
@require_POST
def contact_done(request: StaffRequest, pk: int) -> HttpResponse:
    """Dealt with: called, a ticket given, or otherwise."""
    form = ContactForm(request.POST)

    def finish(reason: ContactReason, now: datetime) -> None:
        finish_reason(reason=reason, by=request.user, contact=Contact(**form.cleaned_data), now=now)

    return _do(request, pk, finish if form.is_valid() else None)


@for_roles("librarian")
@require_POST
def contact_not_now(request: StaffRequest, pk: int) -> HttpResponse:
    """Set aside, with why; the list learns from it."""
    form = NotNowForm(request.POST)

    def set_aside(reason: ContactReason, now: datetime) -> None:
        set_aside_reason(reason=reason, by=request.user, because=form.cleaned_data["because"], now=now)

    return _do(request, pk, set_aside if form.is_valid() else None)


@for_roles("librarian")
@require_POST
def contact_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Back to where it was."""
    return _do(request, pk, lambda reason, now: reopen_reason(reason=reason, now=now))


def _do(request: StaffRequest, pk: int, use_case: Callable[[ContactReason, datetime], None] | None) -> HttpResponse:
    """Do it and go back to the list, which shows the undo; None: what was sent could not be read."""
    reason = get_object_or_404(reasons_visible_to(request.user), pk=pk)
    if use_case is None:
        messages.error(request, NOT_UNDERSTOOD)
        return redirect(f"{reverse('contacts')}#reason-{pk}")
    try:
        use_case(reason, timezone.now())
    except DealtWith:
        messages.info(request, QUICKER)
    return redirect(f"{reverse('contacts')}?changed={pk}")


def _changed(request: StaffRequest) -> ContactReason | None:
    """The reason something was just done with, to take that back."""
    number = request.GET.get("changed", "")
    known = reasons_visible_to(request.user)
    reason = (
        known.filter(pk=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < TOO_MANY_DIGITS
        else None
    )
    return reason if reason and (reason.closed_at or reason.later_until) and reason.ending != Ending.WROTE else None
