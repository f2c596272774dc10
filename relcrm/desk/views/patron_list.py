"""The list of patrons: found by words and filters that stand in the address, and the filters people keep."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from library.models import Branch, SavedFilter, User
from library.services.filters import (
    NameTaken,
    Removed,
    filters_for,
    remove_filter,
    rename_filter,
    restore_filter,
    save_filter,
)
from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.desk.forms.patrons import BulkForm, SaveForm, filter_fields, read_filters
from relcrm.desk.services.exporting import PERSONAL
from relcrm.desk.services.patron_list import find_page, narrow
from relcrm.kit.web import for_roles

PAGE = "patrons"
REMOVED = "removed_list"  # in the session: a list just deleted, for the undo


def places_of(user: User) -> list[Branch]:
    """The branches this person works for, all by default."""
    return user.places or list(Branch.objects.order_by("name"))


@for_roles("librarian")
@require_safe
def patrons(request: StaffRequest) -> HttpResponse:
    """Readers by name; `?q=` finds name, e-mail address, card, telephone or public id."""
    branches = places_of(request.user)
    filters = read_filters(request.GET, branches)
    found = find_page(
        narrow(Patron.objects.visible_to(request.user), filters),
        words=filters.words,
        after=request.GET.get("after", "")[:12].replace("\0", ""),
        places=[branch.pk for branch in request.user.places],
    )
    page = {
        "section": "patrons",
        "filters": filters,
        "fields": filter_fields(filters, branches),
        "found": found,
        "saved": filters_for(request.user, PAGE),
        "save_form": SaveForm(branches=branches),
        "bulk_form": BulkForm(branches=branches),
        "personal_columns": PERSONAL.items(),
        "removed": request.session.get(REMOVED),
    }
    return render(request, "desk/patrons.html", page)


@for_roles("librarian")
@require_POST
def list_save(request: StaffRequest) -> HttpResponse:
    """Keep the filter under a name, for oneself or for others too."""
    branches = places_of(request.user)
    filters = read_filters(request.POST, branches)
    form = SaveForm(request.POST, branches=branches)
    if not form.is_valid():
        messages.error(request, "Give the list a name of at most 60 letters, and choose who it is for.")
        return to_list(filters.query)
    wanted = form.cleaned_data["shared"]
    saved = save_filter(
        owner=request.user,
        page=PAGE,
        name=form.cleaned_data["name"],
        query=filters.query,
        shared=bool(wanted),
        branch=next((branch for branch in branches if str(branch.pk) == wanted), None),
        now=timezone.now(),
    )
    messages.success(request, f"“{saved.name}” is among your lists now.")
    return to_list(saved.query)


@for_roles("librarian")
@require_POST
def list_rename(request: StaffRequest, pk: int) -> HttpResponse:
    """One's own list gets another name."""
    saved = get_object_or_404(SavedFilter, owner=request.user, page=PAGE, pk=pk)
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:60]
    try:
        if name:
            rename_filter(saved=saved, name=name)
    except NameTaken:
        messages.error(request, f"You have a list called “{name}” already. Choose another name.")
    return to_list(saved.query)


@for_roles("librarian")
@require_POST
def list_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """One's own list goes; the next page offers it back."""
    saved = get_object_or_404(SavedFilter, owner=request.user, page=PAGE, pk=pk)
    request.session[REMOVED] = asdict(remove_filter(saved=saved))
    return to_list("")


@for_roles("librarian")
@require_POST
def list_restore(request: StaffRequest) -> HttpResponse:
    """Undo of `list_remove`."""
    kept = request.session.pop(REMOVED, None)
    if kept is None:
        return to_list("")
    saved = restore_filter(owner=request.user, removed=Removed(**kept), now=timezone.now())
    return to_list(saved.query)


def to_list(query: str) -> HttpResponse:
    """Back to the list with these filters."""
    return redirect(f"{reverse('patrons')}?{query}" if query else "patrons")
