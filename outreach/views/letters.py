"""Writing, seeing, sending and taking back a letter."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library.services.settings import current_settings
from library.services.staff import StaffRequest
from outreach.forms.letter import LetterForm
from outreach.models import Letter, Request
from outreach.services.letters import (
    AlreadyLeft,
    AlreadySent,
    DraftConflict,
    LetterNotReady,
    save_draft,
    send_letter,
    undo_send,
)
from outreach.services.picking import past_of
from outreach.services.reports.letter_desk import search_for
from outreach.services.reports.request_page import with_facts
from outreach.views.letter_sheet import (
    Sheet,
    draft_beside,
    is_fetch,
    sheet_of_form,
    sheet_of_letter,
    show_conflict,
    show_preview,
    show_saved,
    show_sheet,
    show_unsaved,
)
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def letter_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The letter of one request: GET shows the draft, or a blank one that is stored nowhere; POST saves."""
    now = timezone.now()
    asked = get_object_or_404(with_facts(Request.objects.visible_to(request.user)), pk=pk)
    if request.method == "POST":
        return _post(request, asked, now)
    letter = draft_beside(asked, request.user, now)
    if letter.sent_at:
        return redirect("request", pk=asked.pk)
    return show_sheet(request, sheet_of_letter(asked, letter, find=request.GET.get("find", ""), now=now))


@for_roles("librarian")
@require_safe
def letter_find(request: StaffRequest, pk: int) -> HttpResponse:
    """What a search in the catalogue finds, as a part of the letter page."""
    asked = get_object_or_404(with_facts(Request.objects.visible_to(request.user)), pk=pk)
    found = search_for(past_of(asked), request.GET.get("find", ""))
    return render(request, "outreach/letter_edit_found.html", {"found": found, "asked": asked})


@for_roles("librarian")
@require_POST
def letter_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a letter back while its mail waits."""
    letter = get_object_or_404(Letter.objects.visible_to(request.user).select_related("request"), request=pk)
    try:
        undo_send(letter=letter, now=timezone.now())
    except AlreadyLeft:
        messages.error(request, "The letter has left. It can no longer be taken back.")
        return redirect("request", pk=pk)
    messages.success(request, "The letter did not leave. It is a draft again.")
    return redirect("letter_edit", pk=pk)


def _post(request: StaffRequest, asked: Request, now: datetime) -> HttpResponse:
    form = LetterForm(request.POST)
    if not form.is_valid():
        return show_unsaved(request, asked, form, now)
    try:
        letter = save_draft(
            request=asked, librarian=request.user, draft=form.draft(), version=form.seen_version(), now=now
        )
    except AlreadySent:
        return _sent_already(request, asked)
    except DraftConflict as conflict:
        return show_conflict(request, asked, form, conflict.letter, now)
    return _after_saving(request, asked, form, letter, now)


def _after_saving(
    request: StaffRequest, asked: Request, form: LetterForm, letter: Letter, now: datetime
) -> HttpResponse:
    """What was asked for besides saving. A title that breaks a limit stops everything but the draft."""
    if is_fetch(request):
        return show_saved(request, asked, letter)
    sheet = sheet_of_form(asked, form, letter, version=letter.version, now=now)
    if sheet.problems:
        return show_sheet(request, sheet)
    if form.is_asked_to() == "preview":
        return show_preview(request, asked, letter, now)
    if form.is_asked_to() == "send":
        return _send(request, asked, letter, sheet, now)
    return _saved(request, asked, form, sheet)


def _send(request: StaffRequest, asked: Request, letter: Letter, sheet: Sheet, now: datetime) -> HttpResponse:
    try:
        send_letter(letter=letter, librarian=request.user, now=now)
    except AlreadySent:
        return _sent_already(request, asked)
    except DraftConflict:
        messages.error(request, "Somebody saved this letter at the same moment. Read it once more, then send it.")
        return redirect("letter_edit", pk=asked.pk)
    except LetterNotReady as error:
        return show_sheet(request, sheet.with_problems(error.problems))
    night = " At night, and while the library is closed, it waits for the morning." if asked.is_ours else ""
    messages.success(request, f"The letter leaves in {current_settings().undo_seconds} seconds.{night}")
    return redirect("request", pk=asked.pk)


def _saved(request: StaffRequest, asked: Request, form: LetterForm, sheet: Sheet) -> HttpResponse:
    """Back to the letter, to the place where the work goes on."""
    if form.removed():
        return show_sheet(request, sheet)
    where = reverse("letter_edit", args=[asked.pk])
    words = form.cleaned_data["find"]
    query = f"?{urlencode({'find': words})}" if words else ""
    place = form.added()
    if place is not None:
        return redirect(f"{where}{query}#picks-{place}-why")
    if words:
        return redirect(f"{where}{query}#find")
    messages.success(request, "Draft saved.")
    return redirect(where)


def _sent_already(request: StaffRequest, asked: Request) -> HttpResponse:
    if is_fetch(request):
        return HttpResponse("The letter was sent. It can no longer change.", status=409, content_type="text/plain")
    messages.info(request, "The letter was sent already. It can no longer change.")
    return redirect("request", pk=asked.pk)
