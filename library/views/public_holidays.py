"""Adding the public holidays of a country: chosen, looked at, added, taken back. For admins."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from library.forms.public_holidays import PublicHolidaysForm
from library.services.public_holidays import add_public_days, public_days, take_back_days
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

MOST_AT_ONCE = 400
LONGEST_NUMBER = 18


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def public_holidays(request: StaffRequest) -> HttpResponse:
    """Choose a country and a year, look at its days; a POST adds those that are ticked."""
    sent = request.POST if request.method == "POST" else request.GET
    form = _form(sent if "country" in sent else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        days = _days(request.POST)
        if days:
            return _add(request, form, days)
        problem = "Tick the days on which you are closed"
    context: dict[str, Any] = {"section": "settings", "part": "holidays", "form": form, "problem": problem}
    if form.is_valid():
        found = public_days(form.wish())
        left = [one for one in found if not one.there]
        context |= {"days": found, "left": left, "title": form.title(), "wish": form.wish()}
    return render(request, "library/public_holidays.html", context)


@for_roles("admin")
@require_POST
def public_holidays_undo(request: StaffRequest) -> HttpResponse:
    """Take back the days that were just added."""
    said = request.POST.getlist("holiday")[:MOST_AT_ONCE]
    numbers = [int(one) for one in said if one.isascii() and one.isdigit() and len(one) <= LONGEST_NUMBER]
    gone = take_back_days(numbers=numbers, by=request.user, now=timezone.now())
    if gone:
        messages.success(request, f"Taken back: {_count(gone)}.")
    else:
        messages.info(request, "They were gone already.")
    return redirect("holidays")


def _form(sent: QueryDict | None) -> PublicHolidaysForm:
    today = timezone.localdate()
    return PublicHolidaysForm(sent, year=today.year, month=today.month)


def _add(request: StaffRequest, form: PublicHolidaysForm, days: set[date]) -> HttpResponse:
    added = add_public_days(wish=form.wish(), days=days, by=request.user, now=timezone.now())
    if added:
        what = f"{_count(len(added))} of {form.title()}"
        request.session["added_holidays"] = {"what": what, "numbers": [holiday.pk for holiday in added]}
    else:
        messages.info(request, "You were closed on all of these days already.")
    return redirect("holidays")


def _days(sent: QueryDict) -> set[date]:
    """The days that were ticked; what is no day is passed over."""
    found = set()
    for words in sent.getlist("day")[:MOST_AT_ONCE]:
        try:
            found.add(date.fromisoformat(words))
        except ValueError:
            continue
    return found


def _count(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
