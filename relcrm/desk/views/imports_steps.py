"""What can be done with one run: say what its file is, try it out, bring it in, stop it, undo it, take the rejects."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from library.models import ImportRun
from library.services.audit import write_line
from library.services.imports import rejected_csv
from library.services.staff import StaffRequest
from relcrm.desk.forms.imports import ColumnsForm
from relcrm.desk.forms.imports_options import OptionsForm
from relcrm.desk.services.importing.columns import read_columns
from relcrm.desk.services.importing.draft import Draft, read_draft
from relcrm.desk.services.importing.registry import KINDS, importer_of
from relcrm.desk.services.importing.states import FileGone, NotNow
from relcrm.desk.services.importing.steps import (
    ask_undo,
    back_to_draft,
    cancel_run,
    choose_preset,
    map_columns,
    queue_run,
)
from relcrm.desk.services.importing.uploads import LOST, discard_draft, file_of
from relcrm.desk.tasks import run_imports
from relcrm.desk.views.imports import say_not_now
from relcrm.kit.web import for_roles


def _run(request: StaffRequest, pk: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(request.user), pk=pk)


@for_roles("librarian", "admin")
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the system the file comes from, or say which column means what."""
    run = _run(request, pk)
    path = file_of(run)
    if run.state != ImportRun.State.DRAFT or path is None:
        return redirect("import_run", pk=run.pk)
    importer, columns = importer_of(run.what), read_columns(path=path)
    form = ColumnsForm(request.POST or None, run=run, importer=importer, columns=columns)
    if request.method == "POST" and form.is_valid():
        draft = _say_what_it_is(request, run, form)
        if not draft.error:
            return redirect("import_run", pk=run.pk)
        form.add_error("preset", draft.error)
    page = {"section": "imports", "run": run, "kind": KINDS[run.what], "form": form, "columns": columns}
    return render(request, "desk/imports_columns.html", page, status=422 if form.errors else 200)


def _say_what_it_is(request: StaffRequest, run: ImportRun, form: ColumnsForm) -> Draft:
    now = timezone.now()
    try:
        if form.chosen_preset:
            return choose_preset(run=run, preset=form.chosen_preset, now=now)
        return map_columns(run=run, mapping=form.chosen_mapping, by=request.user, now=now)
    except NotNow:
        say_not_now(request)
    return Draft()


@for_roles("librarian", "admin")
@require_POST
def import_start(request: StaffRequest, pk: int) -> HttpResponse:
    """`action`: try (a dry run, with the options sent along), run (bring it in), again (as it was asked for last),
    back (to the options).
    """
    run = _run(request, pk)
    action = request.POST.get("action", "")
    try:
        if action == "back":
            back_to_draft(run=run)
            return redirect("import_run", pk=run.pk)
        if action == "try":
            return _try_out(request, run)
        if action in {"run", "again"}:
            _queue(request, run, dry_run=run.dry_run and action == "again")
    except NotNow:
        say_not_now(request)
    except FileGone:
        messages.error(request, LOST)
    return redirect("import_run", pk=run.pk)


def _try_out(request: StaffRequest, run: ImportRun) -> HttpResponse:
    """A dry run; options that cannot be meant are answered beside the preview."""
    form = OptionsForm(request.POST, run=run, fields=importer_of(run.what).FIELDS)
    if form.is_valid():
        _queue(request, run, dry_run=True, options=form.options)
        return redirect("import_run", pk=run.pk)
    draft = read_draft(run=run, now=timezone.now())
    page = {"section": "imports", "run": run, "kind": KINDS[run.what], "draft": draft, "form": form}
    return render(request, "desk/imports_draft.html", page, status=422)


def _queue(request: StaffRequest, run: ImportRun, *, dry_run: bool, options: dict[str, Any] | None = None) -> None:
    """The row says that it is due; the nudge only makes it quicker (law 2)."""
    queue_run(run=run, dry_run=dry_run, options=options, by=request.user, now=timezone.now())
    transaction.on_commit(run_imports.delay, robust=True)


@for_roles("librarian", "admin")
@require_POST
def import_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop it; nothing of it is kept."""
    run = _run(request, pk)
    try:
        cancel_run(run=run, by=request.user, now=timezone.now())
    except NotNow:
        say_not_now(request)
    return redirect("import_run", pk=run.pk)


@for_roles("librarian", "admin")
@require_POST
def import_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Put back what the run changed, row by row."""
    run = _run(request, pk)
    try:
        ask_undo(run=run, by=request.user, now=timezone.now())
        transaction.on_commit(run_imports.delay, robust=True)
    except NotNow:
        say_not_now(request)
    return redirect("import_run", pk=run.pk)


@for_roles("librarian", "admin")
@require_POST
def import_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a file that was not brought in."""
    run = _run(request, pk)
    try:
        discard_draft(run=run, by=request.user, now=timezone.now())
    except NotNow:
        say_not_now(request)
        return redirect("import_run", pk=run.pk)
    messages.success(request, f"{run.file_name} is forgotten. Nothing of it was brought in.")
    return redirect("imports")


@for_roles("librarian", "admin")
@require_POST
def import_rejected(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The rows left out, for whoever looks after the library system. By POST: that it was taken is written down."""
    run = _run(request, pk)
    write_line(what="import.downloaded", thing="import", reference=str(run.pk), by=request.user, now=timezone.now())
    response = StreamingHttpResponse(rejected_csv(run), content_type="text/csv; charset=utf-8")
    name = f"{slugify(run.file_name.rpartition('.')[0] or run.file_name)[:60] or run.what}-left-out.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
