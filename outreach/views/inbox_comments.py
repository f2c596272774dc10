"""Comments on the library's social pages: one by hand, or a table of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from library.models import Branch
from library.services.staff import StaffRequest
from outreach.forms.inbox import PAGES, CommentForm, CommentsFileForm
from outreach.services.comment_files import COLUMNS, MOST_BYTES, NEEDED, CommentsNotRead, read_comments
from outreach.services.comments import enter_comment, enter_comments
from outreach.views.inbox import list_of
from relcrm.kit.bodies import takes_at_most
from relcrm.kit.web import for_roles


@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_comment(request: StaffRequest) -> HttpResponse:
    """Add a comment; it waits for an answer like a mail."""
    now = timezone.now()
    form = CommentForm(request.POST if request.method == "POST" else None, user=request.user, now=now)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form=form)
    branch = form.cleaned_data["branch"] or (form.patron.branch if form.patron else None)
    thread, new = enter_comment(comment=form.comment, branch=branch, patron=form.patron, now=now)
    if not new and thread.branch and request.user.places and thread.branch not in request.user.places:
        messages.info(request, "This comment is here already, with colleagues of another branch.")
        return redirect("inbox")
    messages.success(request, "The comment waits for an answer now." if new else "This comment is here already.")
    return redirect("inbox_thread", pk=thread.pk)


@takes_at_most(2 * MOST_BYTES)
@for_roles("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_comments(request: StaffRequest) -> HttpResponse:
    """A table of comments: all of it comes in, or none."""
    if request.method != "POST":
        return redirect("inbox_comment")
    form = CommentsFileForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _show(request, file_form=form)
    branch, now = form.cleaned_data["file_branch"], timezone.now()
    try:
        comments = _read(form.cleaned_data["file"], branch, now)
    except CommentsNotRead as error:
        return _show(request, file_form=form, problems=error.problems)
    entered = enter_comments(comments=comments, branch=branch, now=now)
    words = f"{entered.new} comment{'' if entered.new == 1 else 's'} came in"
    known = f"; {entered.known} {'was' if entered.known == 1 else 'were'} here already" if entered.known else ""
    messages.success(request, f"{words}{known}.")
    return redirect(list_of(""))


def _read(file: UploadedFile[bytes], branch: Branch | None, now: Any) -> Any:
    """The table as a file of its own, which goes when it is read."""
    with NamedTemporaryFile(suffix=".csv") as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        return read_comments(path=Path(kept.name), branch=branch, now=now)


def _show(
    request: StaffRequest,
    *,
    form: CommentForm | None = None,
    file_form: CommentsFileForm | None = None,
    problems: list[str] | None = None,
) -> HttpResponse:
    context = {
        "section": "inbox",
        "form": form or CommentForm(user=request.user, now=timezone.now()),
        "file_form": file_form or CommentsFileForm(user=request.user),
        "problems": problems or [],
        "pages": PAGES,
        "columns": COLUMNS,
        "needed": NEEDED,
    }
    return render(request, "outreach/inbox_comment.html", context)
