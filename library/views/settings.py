"""Settings of the library: what it decides for itself, its branches and holidays. For admins, a page for managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.forms import Form
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from library.forms.settings import BranchForm, HolidayForm, MailForm, PeopleForm, ReckoningForm, SettingsForm
from library.models import Branch, Holiday, User
from library.services.branches import HolidayExists, add_branch, add_holiday, change_branch, remove_holiday
from library.services.settings import change_settings, current_settings
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles


@dataclass(frozen=True)
class Part:
    """One page of settings: whose it is, its heading, its form, and what is said once they are kept."""

    title: str
    heading: str
    form: type[Form]
    kept: str
    route: str
    roles: frozenset[str] = frozenset({"admin"})


PARTS = {
    "times": Part(
        "Times",
        "How long things take",
        SettingsForm,
        "Kept. New letters and promises follow these times.",
        "settings",
    ),
    "people": Part(
        "Readers and staff", "Readers and staff", PeopleForm, "Kept. It counts from now on.", "settings_people"
    ),
    "mail": Part("Mail", "Mail", MailForm, "Kept. It counts from the next mail on.", "settings_mail"),
    "reckoning": Part(
        "What reports reckon with",
        "What reports reckon with",
        ReckoningForm,
        "Kept. Reports reckon with it from now on.",
        "settings_reckoning",
        frozenset({"admin", "manager"}),
    ),
}


@for_roles("admin", "manager")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: StaffRequest, part: str) -> HttpResponse:
    """One page of what the library decides for itself."""
    page = PARTS[part]
    if request.user.role not in page.roles:
        raise PermissionDenied
    form = page.form(request.POST or None, initial=model_to_dict(current_settings()))
    if request.method == "POST" and form.is_valid():
        change_settings(facts=form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, page.kept)
        return redirect(page.route)
    context = {"section": "settings", "part": part, "page": page, "form": form}
    writers = part != "times" or User.objects.letter_writers().exists()
    return render(request, "library/settings.html", context | {"has_librarian": writers})


@for_roles("admin")
@require_http_methods(["GET", "HEAD"])
def branches(request: StaffRequest) -> HttpResponse:
    """All places of the library."""
    places = Branch.objects.annotate(people=Count("staff", distinct=True)).order_by("-is_open", "name")
    return render(request, "library/branches.html", {"section": "settings", "part": "branches", "branches": places})


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def branch(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a branch, or change one."""
    place = get_object_or_404(Branch, pk=pk) if pk else None
    form = BranchForm(request.POST or None, branch=place, initial=model_to_dict(place) if place else None)
    if request.method == "POST" and form.is_valid():
        if place:
            change_branch(branch=place, **form.cleaned_data, by=request.user, now=timezone.now())
        else:
            add_branch(**form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, f"{form.cleaned_data['name']} is kept.")
        return redirect("branches")
    page = {"section": "settings", "part": "branches", "form": form, "branch": place}
    return render(request, "library/branch.html", page)


@for_roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: StaffRequest) -> HttpResponse:
    """The days on which the library is closed; add one."""
    form = HolidayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            holiday = add_holiday(**form.cleaned_data, by=request.user, now=timezone.now())
        except HolidayExists:
            form.add_error("day", "That day is already a holiday there")
        else:
            messages.success(request, f"Closed on {holiday.day:%-d %B %Y}: {holiday.name}.")
            return redirect("holidays")
    page = {
        "section": "settings",
        "part": "holidays",
        "form": form,
        "holidays": Holiday.objects.select_related("branch").filter(day__gte=_this_year()).order_by("day", "pk"),
        "removed": request.session.pop("removed_holiday", None),
        "added": request.session.pop("added_holidays", None),
    }
    return render(request, "library/holidays.html", page)


@for_roles("admin")
@require_POST
def holiday_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a holiday out; the next page offers to put it back."""
    holiday = get_object_or_404(Holiday, pk=pk)
    remove_holiday(holiday=holiday, by=request.user, now=timezone.now())
    request.session["removed_holiday"] = {
        "day": holiday.day.isoformat(),
        "name": holiday.name,
        "branch": holiday.branch_id or "",
    }
    return redirect("holidays")


def _this_year() -> date:
    return timezone.localdate().replace(month=1, day=1)
