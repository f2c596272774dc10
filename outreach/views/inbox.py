"""The inbox: who waits for an answer, what was done, and the tray of what belongs to nobody yet."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library.services.staff import StaffRequest
from outreach.forms.inbox import NewReaderForm
from outreach.models import Reply, ReplyFile, Thread
from outreach.services.placing import (
    CannotTakeOut,
    NobodyWrote,
    PlacedAlready,
    bring_back_reply,
    may_meet,
    meet_reader,
    place_reply,
    put_away_reply,
    start_thread,
    take_out_reply,
)
from outreach.services.reports.inbox import ALL, TRAY, VIEWS, read_inbox
from outreach.services.reports.tray import files_of, find_readers, find_threads, just_done
from patrons.models import Patron
from relcrm.kit.names_of_files import safe_name
from relcrm.kit.numbers import row_number
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    """Words that wait for an answer, oldest first; other views beside it."""
    view, place = view_of(request.GET.get("view", "")), request.GET.get("place", "")
    now = timezone.now()
    context = {
        "section": "inbox",
        "inbox": read_inbox(user=request.user, view=view, place=place, now=now),
        "views": VIEWS.items(),
        "place": place,
        "just": just_done(user=request.user, words=request.GET.get("done", ""), now=now),
    }
    return render(request, "outreach/inbox.html", context)


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_place(request: StaffRequest, pk: int) -> HttpResponse:
    """One thing out of the tray: whose is it? GET finds threads and readers; POST places it, or starts a thread."""
    reply = get_object_or_404(
        Reply.objects.visible_to(request.user).select_related("thread", "proposed__patron", "handled_by"), pk=pk
    )
    if request.method == "POST":
        return _place(request, reply)
    if reply.thread_id is not None:
        return redirect("inbox_thread", pk=reply.thread_id)
    return _show_place(request, reply, NewReaderForm(user=request.user, name=reply.from_name))


@for_roles("librarian")
@require_POST
def inbox_meet(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody who is not on file wrote it: a record and a thread begin with it."""
    reply = get_object_or_404(Reply.objects.visible_to(request.user), pk=pk)
    if reply.thread_id is not None:
        messages.info(request, "It is placed already: here.")
        return redirect("inbox_thread", pk=reply.thread_id)
    form = NewReaderForm(request.POST, user=request.user, name=reply.from_name)
    if not form.is_valid():
        return _show_place(request, reply, form)
    typed = form.cleaned_data
    try:
        met = meet_reader(
            reply=reply,
            name=typed["name"],
            language=typed["language"] or settings.LANGUAGE_CODE,
            branch=typed["branch"],
            now=timezone.now(),
        )
    except NobodyWrote:
        messages.error(request, "No answer could go to this sender, so there is nobody to begin with.")
        return redirect("inbox_place", pk=pk)
    except PlacedAlready:
        messages.info(request, "A colleague placed it or put it away meanwhile.")
        return redirect(list_of(TRAY))
    messages.success(request, f"{met.patron} is on file now and waits for your answer here.")
    return redirect("inbox_thread", pk=met.thread_id)


def _show_place(request: StaffRequest, reply: Reply, form: NewReaderForm) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    context = {
        "section": "inbox",
        "reply": reply,
        "files": files_of(reply),
        "found": find_threads(user=request.user, reply=reply, words=words),
        "readers": find_readers(user=request.user, reply=reply, words=words),
        "words": words,
        "form": form if may_meet(reply) else None,
    }
    return render(request, "outreach/inbox_place.html", context)


@for_roles("librarian")
@require_POST
def inbox_away(request: StaffRequest, pk: int) -> HttpResponse:
    """Nobody needs it: out of the tray, or, as the undo, back into it."""
    reply = get_object_or_404(Reply.objects.visible_to(request.user), pk=pk)
    try:
        if request.POST.get("action") == "back":
            bring_back_reply(reply=reply)
            messages.success(request, "It is back in the tray.")
            return redirect(list_of(TRAY))
        put_away_reply(reply=reply, by=request.user, now=timezone.now())
    except PlacedAlready:
        messages.info(request, "A colleague placed it or put it away meanwhile.")
        return redirect(list_of(TRAY))
    return redirect(list_of(TRAY, done=f"away-{reply.pk}"))


@for_roles("librarian")
@require_POST
def inbox_take_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo of placing: back into the tray."""
    reply = get_object_or_404(Reply.objects.visible_to(request.user).select_related("thread"), pk=pk)
    try:
        take_out_reply(reply=reply, now=timezone.now())
    except CannotTakeOut:
        messages.info(request, "It stays: it was answered or set aside here, or came here by itself.")
        return redirect("inbox_thread", pk=reply.thread_id) if reply.thread_id else redirect(list_of(TRAY))
    messages.success(request, "It lies in the tray again.")
    return redirect(list_of(TRAY))


@for_roles("librarian")
@require_safe
def inbox_file(request: StaffRequest, pk: int) -> HttpResponse:
    """A file that came with a reply: always saved, never opened in the page, whatever it says it is."""
    theirs = Reply.objects.visible_to(request.user)
    file = get_object_or_404(ReplyFile.objects.filter(reply__in=theirs, content__isnull=False), pk=pk)
    answer = HttpResponse(bytes(file.content or b""), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, safe_name(file.name)) or "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def view_of(words: str) -> str:
    """One of the views there are."""
    return words if words in VIEWS else ALL


def list_of(view: str, **also: str) -> str:
    """The address of a view of the list."""
    query = urlencode({"view": view_of(view)} | also)
    return f"{reverse('inbox')}?{query}"


def _place(request: StaffRequest, reply: Reply) -> HttpResponse:
    thread = Thread.objects.visible_to(request.user).filter(pk=row_number(request.POST.get("thread", ""))).first()
    patron = Patron.objects.visible_to(request.user).filter(pk=row_number(request.POST.get("reader", ""))).first()
    if thread is None and patron is None:
        messages.error(request, "That thread is not here any more. Find the reader and choose another one.")
        return redirect("inbox_place", pk=reply.pk)
    now = timezone.now()
    try:
        if thread is not None:
            placed = place_reply(reply=reply, thread=thread, now=now)
        elif patron is not None:
            placed = start_thread(reply=reply, patron=patron, now=now)
    except PlacedAlready:
        messages.info(request, "A colleague placed it or put it away meanwhile.")
        return redirect(list_of(TRAY))
    messages.success(request, "Placed here. If it belongs elsewhere, take it out again below its words.")
    return redirect("inbox_thread", pk=placed.thread_id)
