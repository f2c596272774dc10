"""One thread: reading it, answering in place, and taking the answer back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from library.services.staff import StaffRequest
from outreach.forms.inbox import LATER, AnswerForm
from outreach.models import Thread, ThreadTurn
from outreach.services.answering import (
    AlreadyLeft,
    AnswerConflict,
    AnsweredMeanwhile,
    AnswerNotReady,
    NotTheLatest,
    WroteAgain,
    save_answer,
    send_answer,
    take_back_turn,
)
from outreach.services.readiness import Problem
from outreach.services.reports.promise_clock import zone_of
from outreach.services.reports.thread_page import thread_page, with_thread_facts
from outreach.views.inbox import list_of, view_of
from relcrm.kit.web import for_roles

NAME_MISSING = "Your account has no name that readers see. An admin can add it in the settings."


@dataclass(frozen=True)
class Sheet:
    """The answer as typed or saved, with what stands in its way. `theirs`: a draft somebody else saved meanwhile."""

    words: str
    version: object
    minutes: object = ""
    problems: tuple[Problem, ...] = ()
    theirs: Thread | None = None
    meanwhile: ThreadTurn | None = None
    wrote_again: bool = False

    @property
    def stopped(self) -> bool:
        return bool(self.problems or self.theirs or self.meanwhile or self.wrote_again)


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_thread(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything exchanged, and the answer: GET shows, POST saves the draft or sends it."""
    now = timezone.now()
    thread = _thread(request, pk)
    if thread is None:
        return _gone(request)
    if request.method == "POST":
        return _post(request, thread, now)
    return _show(request, thread, Sheet(thread.draft, thread.draft_version), now)


@for_roles("librarian")
@require_POST
def inbox_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what was done last in this thread."""
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=pk)
    turn = ThreadTurn.objects.filter(thread=thread).select_related("thread").newest().first()
    if turn is None:
        messages.info(request, "There is nothing to take back here.")
        return redirect("inbox_thread", pk=pk)
    try:
        take_back_turn(turn=turn, now=timezone.now())
    except (AlreadyLeft, NotTheLatest):
        messages.error(request, "The answer has left. It can no longer be taken back.")
    else:
        again = {"mail": "The answer did not leave. It is a draft again.", "page": "It is a draft again."}
        messages.success(request, again.get(turn.way, "It waits in the inbox again."))
    return redirect("inbox_thread", pk=pk)


def _post(request: StaffRequest, thread: Thread, now: datetime) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _not_saved(request, thread, form, now)
    words = form.cleaned_data["words"]
    try:
        saved = save_answer(thread=thread, by=request.user, words=words, version=form.seen_version(), now=now)
    except Thread.DoesNotExist:
        return _gone(request)
    except AnswerConflict as conflict:
        sheet = Sheet(words, form.data.get("version", ""), form.data.get("minutes", ""), theirs=conflict.thread)
        return _conflict(request, thread, sheet, now)
    if _is_fetch(request):
        return render(request, "outreach/inbox_answer_saved.html", {"version": saved.draft_version, "saved_at": now})
    if request.POST.get("action") in {"send", "page"}:
        return _send(request, thread, saved, form, now)
    messages.success(request, "Draft saved.")
    return redirect("inbox_thread", pk=thread.pk)


def _send(request: StaffRequest, thread: Thread, saved: Thread, form: AnswerForm, now: datetime) -> HttpResponse:
    on_page = request.POST.get("action") == "page" and thread.channel == Thread.Channel.SOCIAL
    way = ThreadTurn.Way.PAGE if on_page else ThreadTurn.Way.MAIL
    minutes = form.cleaned_data["minutes"]
    typed = Sheet(saved.draft, saved.draft_version, "" if minutes is None else minutes)
    try:
        turn = send_answer(thread=saved, by=request.user, seen=form.seen(), now=now, way=way, minutes=minutes)
    except Thread.DoesNotExist:
        return _gone(request)
    except AnsweredMeanwhile as error:
        return _stop(request, thread, typed, now, meanwhile=error.turn)
    except WroteAgain:
        return _stop(request, thread, typed, now, wrote_again=True)
    except AnswerNotReady as error:
        return _stop(request, thread, typed, now, problems=tuple(error.problems))
    except AnswerConflict:
        messages.error(request, "Somebody saved this answer at the same moment. Read it once more, then send it.")
        return redirect("inbox_thread", pk=thread.pk)
    return redirect(list_of(view_of(request.POST.get("view", "")), done=f"turn-{turn.pk}"))


def _stop(request: StaffRequest, thread: Thread, typed: Sheet, now: datetime, **why: object) -> HttpResponse:
    """Nothing was sent; the page shows how the thread stands now, and the words typed."""
    fresh = _thread(request, thread.pk)
    values: dict[str, object] = {name: getattr(typed, name) for name in ("words", "version", "minutes")}
    return _show(request, fresh, Sheet(**(values | why)), now) if fresh else _gone(request)  # type: ignore[arg-type]  # the caller names the fields


def _not_saved(request: StaffRequest, thread: Thread, form: AnswerForm, now: datetime) -> HttpResponse:
    problems = tuple(Problem(name, str(words)) for name, found in form.errors.items() for words in found)
    data = form.data
    sheet = Sheet(str(data.get("words", "")), data.get("version", ""), data.get("minutes", ""), problems)
    if _is_fetch(request):
        return render(request, "outreach/inbox_answer_unsaved.html", {"sheet": sheet}, status=422)
    return _show(request, thread, sheet, now)


def _conflict(request: StaffRequest, thread: Thread, sheet: Sheet, now: datetime) -> HttpResponse:
    if _is_fetch(request):
        context = {"sheet": sheet, "thread": thread}
        return render(request, "outreach/inbox_answer_conflict.html", context, status=409)
    return _show(request, thread, sheet, now, status=409)


def _show(request: StaffRequest, thread: Thread, sheet: Sheet, now: datetime, *, status: int = 200) -> HttpResponse:
    context = {
        "section": "inbox",
        "page": thread_page(thread=thread, now=now),
        "thread": thread,
        "sheet": sheet,
        "later": LATER.items(),
        "today": now.astimezone(zone_of(thread)).date(),
        "view": view_of(request.GET.get("view", "") or request.POST.get("view", "")),
        "nameless": not request.user.name.strip(),
    }
    return render(request, "outreach/inbox_thread.html", context, status=status)


def _gone(request: StaffRequest) -> HttpResponse:
    """No such thread (any more), or not this librarian's: what was typed is not lost with it."""
    context = {"section": "inbox", "words": request.POST.get("words", "")}
    return render(request, "outreach/inbox_gone.html", context, status=404)


def _thread(request: StaffRequest, pk: int) -> Thread | None:
    return with_thread_facts(Thread.objects.visible_to(request.user), request.user).filter(pk=pk).first()


def _is_fetch(request: StaffRequest) -> bool:
    """Whether the page's own script saves in the background, and wants only a part back."""
    return bool(request.headers.get("X-Requested-With") or request.headers.get("HX-Request"))
