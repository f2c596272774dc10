"""One person, once: records that may be the same, and two of them made one."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library.services.staff import StaffRequest
from patrons.models import Duplicate, Merge, Patron
from patrons.services.duplicates import dismiss_duplicate, restore_duplicate
from patrons.services.merging import CHOSEN
from relcrm.desk.services.merging import NotTheSame, UndoTooLate, merge_patrons, undo_merge
from relcrm.desk.services.one_person import proposed_pairs, side_by_side, with_counts
from relcrm.kit.web import for_roles

OF_ANOTHER_BRANCH = "One of the two belongs to another branch. A colleague who works for both can undo this."
NOT_ONE = "A child's record and a grown-up's are never made one, and a record is not merged with itself."
TOO_LATE = "This can no longer be undone: it was undone already, its time is over, or a later merge comes first."


class NotTheirs(Exception):
    """Of the two records that an undo brings back, one would be out of sight: nothing is undone."""


@for_roles("librarian")
@require_safe
def duplicates(request: StaffRequest) -> HttpResponse:
    """Pairs that may be one person, newest first, with the reason."""
    pairs = proposed_pairs(user=request.user, after=_number(request.GET.get("after", "")), now=timezone.now())
    page = {"section": "patrons", "pairs": pairs, "dismissed": _number(request.GET.get("dismissed", ""))}
    return render(request, "desk/duplicates.html", page)


@for_roles("librarian")
@require_POST
def duplicate_dismiss(request: StaffRequest, pk: int) -> HttpResponse:
    """Two different people, for good; the next page offers it back."""
    pair = _pair(request, pk)
    dismiss_duplicate(pair=pair, by=request.user, now=timezone.now())
    return redirect(f"{reverse('duplicates')}?dismissed={pair.pk}")


@for_roles("librarian")
@require_POST
def duplicate_restore(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo of `duplicate_dismiss`."""
    restore_duplicate(pair=_pair(request, pk), by=request.user, now=timezone.now())
    return redirect("duplicates")


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: StaffRequest, kept: str, gone: str) -> HttpResponse:
    """Two records side by side; a POST makes them one, `take` names the fields of the second that stay."""
    seen = with_counts(Patron.objects.visible_to(request.user)).filter(public_id__in=[kept, gone])
    both = {patron.public_id: patron for patron in seen}
    if kept not in both or gone not in both:
        raise Http404
    if both[kept].is_child != both[gone].is_child or kept == gone:
        messages.error(request, NOT_ONE)
        return redirect("patron", kept)
    if request.method != "POST":
        shown = side_by_side(kept=both[kept], gone=both[gone])
        return render(request, "desk/merge.html", {"section": "patrons", "shown": shown})
    chosen = [name for name in CHOSEN if request.POST.get(f"take-{name}") == "gone"]
    try:
        merge_patrons(gone=both[gone], kept=both[kept], from_gone=chosen, by=request.user, now=timezone.now())
    except NotTheSame:
        messages.error(request, NOT_ONE)
        return redirect("patron", kept)
    messages.success(request, f"{both[kept]} is one reader now. It can be undone here for a while.")
    return redirect("duplicates")


@for_roles("librarian")
@require_POST
def merge_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Two records again."""
    visible = Patron.objects.visible_to(request.user)
    merged = get_object_or_404(Merge, pk=pk, into__in=visible)
    try:
        with transaction.atomic():
            back = undo_merge(merge=merged, by=request.user, now=timezone.now())
            if visible.filter(pk__in=[back.pk, merged.into_id]).count() != len({back.pk, merged.into_id}):
                raise NotTheirs
    except NotTheirs:
        messages.error(request, OF_ANOTHER_BRANCH)
        return redirect("duplicates")
    except UndoTooLate:
        messages.error(request, TOO_LATE)
        return redirect("duplicates")
    messages.success(request, f"{back} has a record of their own again.")
    return redirect("patron", back.public_id)


def _pair(request: StaffRequest, pk: int) -> Duplicate:
    visible = Patron.objects.visible_to(request.user)
    return get_object_or_404(Duplicate.objects.select_related("first"), pk=pk, first__in=visible, second__in=visible)


def _number(words: str) -> int:
    """The number of a row; 0 where it is none."""
    fits = words.isascii() and words.isdecimal() and len(words) < 19  # noqa: PLR2004  (of a bigint)
    return int(words) if fits else 0
