"""Notes on a reader's card. The words are opened by a POST, and who opened them is written down."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from engagement.models import Note
from engagement.services.notes import (
    TooLate,
    change_note,
    looks_at,
    open_note,
    take_back_note,
    talk_of,
    write_note,
)
from engagement.services.notes_key import Damaged, NoKey
from library.services.staff import StaffRequest
from patrons.models import Patron
from relcrm.desk.forms.notes import NoteForm, initial_of
from relcrm.desk.views.patron import show_card
from relcrm.kit.web import for_roles

NO_KEY = "The key for these words is not here. Whoever runs the server can put it back into NOTES_KEY."
DAMAGED = "These words do not open any more; they may come back from a backup."


@sensitive_post_parameters("words")
@for_roles("librarian")
@require_POST
def note_write(request: StaffRequest, public_id: str) -> HttpResponse:
    """Keep what was said."""
    now = timezone.now()
    patron = get_object_or_404(Patron.objects.visible_to(request.user).select_related("branch"), public_id=public_id)
    form = NoteForm(request.POST, now=now, zone=_zone(patron))
    if form.is_valid():
        try:
            write_note(patron=patron, talk=form.talk(), by=request.user, now=now)
        except NoKey:
            form.add_error(None, "Notes cannot be locked yet: whoever runs the server sets NOTES_KEY first.")
        else:
            messages.success(request, "Kept. You can take it back for a minute, and change it later.")
            return redirect("patron", public_id)
    return show_card(request, public_id, note_form=form)


@sensitive_variables("talk", "form")
@for_roles("librarian")
@require_POST
def note_open(request: StaffRequest, public_id: str, pk: int) -> HttpResponse:
    """The words of a note; the look is written down."""
    now, note = timezone.now(), _note(request, public_id, pk)
    try:
        open_note(note=note, by=request.user, now=now)
        talk = talk_of(note)
    except (NoKey, Damaged) as error:
        messages.error(request, NO_KEY if isinstance(error, NoKey) else DAMAGED)
        return redirect("patron", public_id)
    zone = _zone(note.patron)
    form = NoteForm(initial=initial_of(talk, zone=zone), now=now, zone=zone)
    return _show(request, note, form)


@sensitive_post_parameters("words")
@for_roles("librarian")
@require_POST
def note_change(request: StaffRequest, public_id: str, pk: int) -> HttpResponse:
    """Put a note right."""
    now, note = timezone.now(), _note(request, public_id, pk)
    form = NoteForm(request.POST, now=now, zone=_zone(note.patron))
    if not form.is_valid():
        return _show(request, note, form)
    try:
        change_note(note=note, talk=form.talk(at=note.at), by=request.user, now=now)
        messages.success(request, "Kept as changed.")
    except NoKey:
        messages.error(request, NO_KEY)
    return redirect("patron", public_id)


@for_roles("librarian")
@require_POST
def note_take_back(request: StaffRequest, public_id: str, pk: int) -> HttpResponse:
    """Undo, for a minute."""
    try:
        take_back_note(note=_note(request, public_id, pk), by=request.user, now=timezone.now())
        messages.success(request, "Taken back, as if it had never been written.")
    except TooLate:
        messages.info(request, "The minute is over. Open the note to change it.")
    return redirect("patron", public_id)


def _note(request: StaffRequest, public_id: str, pk: int) -> Note:
    patrons = Patron.objects.visible_to(request.user).filter(public_id=public_id)
    return get_object_or_404(Note.objects.select_related("patron__branch", "by"), pk=pk, patron__in=patrons)


def _zone(patron: Patron) -> str:
    return patron.branch.time_zone if patron.branch else ""


def _show(request: StaffRequest, note: Note, form: NoteForm) -> HttpResponse:
    context = {"section": "patrons", "patron": note.patron, "note": note, "form": form, "looks": looks_at(note)}
    return render(request, "desk/patron_note.html", context)
