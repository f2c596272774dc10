"""Bringing in files of the library system: all runs, a new file, one run, and how far it is."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from library.models import ImportRun, User
from library.services.importing import UnreadableFile
from library.services.staff import StaffRequest
from relcrm.desk.forms.imports import UploadForm
from relcrm.desk.forms.imports_options import OptionsForm
from relcrm.desk.services.importing.arriving import BoundedUpload
from relcrm.desk.services.importing.draft import read_draft
from relcrm.desk.services.importing.registry import KINDS, Kind, importer_of, kinds_for
from relcrm.desk.services.importing.report import list_runs, read_progress, read_report
from relcrm.desk.services.importing.states import is_under_way
from relcrm.desk.services.importing.uploads import receive_upload
from relcrm.kit.bodies import takes_at_most
from relcrm.kit.web import for_roles


@for_roles("librarian", "admin")
@require_safe
def imports(request: StaffRequest) -> HttpResponse:
    """All runs, newest first."""
    kinds = kinds_for(request.user)
    if not kinds:
        return _not_yours(request)
    place = request.GET.get("place", "")
    page = {"section": "imports", "kinds": kinds, "list": list_runs(user=request.user, place=place), "place": place}
    return render(request, "desk/imports.html", page)


@csrf_exempt  # import_upload checks, once it is known who sends and how much of it is kept
@takes_at_most(None)  # BoundedUpload counts
@for_roles("librarian", "admin")
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: StaffRequest) -> HttpResponse:
    """Choose a file. Nobody else gets as far as sending one."""
    kinds = kinds_for(request.user)
    if not kinds:
        return _not_yours(request)
    request.upload_handlers = [BoundedUpload(request)]
    return import_upload(request, kinds)


@csrf_protect
def import_upload(request: StaffRequest, kinds: list[Kind]) -> HttpResponse:
    """Take the file and see what it is; the next page shows what will become of it."""
    chosen = request.GET.get("what", "")
    form = UploadForm(
        request.POST or None, request.FILES or None, kinds=kinds, initial={"what": chosen if chosen in KINDS else None}
    )
    if request.method == "POST" and form.is_valid():
        run = _receive(request, form)
        if run:
            return redirect("import_run", pk=run.pk)
    page = {"section": "imports", "kinds": kinds, "form": form}
    return render(request, "desk/imports_new.html", page, status=422 if form.errors else 200)


def _receive(request: StaffRequest, form: UploadForm) -> ImportRun | None:
    file = form.cleaned_data["file"]
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101  (what our own handler makes)
    try:
        return receive_upload(
            what=form.cleaned_data["what"],
            source=Path(file.temporary_file_path()),
            file_name=file.name or "",
            by=request.user,
            now=timezone.now(),
        )
    except UnreadableFile as error:
        form.add_error("file", str(error))
    return None


@for_roles("librarian", "admin")
@require_safe
def import_run(request: StaffRequest, pk: int) -> HttpResponse:
    """One run: before it starts what the file will become, then how far it is, then what came of it."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("by"), pk=pk)
    now = timezone.now()
    page = {"section": "imports", "run": run, "kind": KINDS[run.what]}
    if run.state != ImportRun.State.DRAFT:
        return render(request, "desk/imports_run.html", page | {"report": read_report(run=run, now=now)})
    draft = read_draft(run=run, now=now)
    if draft.header and not (run.preset or run.mapping):
        return redirect("import_columns", pk=run.pk)
    form = OptionsForm(run=run, fields=importer_of(run.what).FIELDS)
    return render(request, "desk/imports_draft.html", page | {"draft": draft, "form": form})


@for_roles("librarian", "admin")
@require_safe
def import_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The moving part of the page; once the run has ended, the whole page is asked for again."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.user), pk=pk)
    if is_under_way(run):
        return render(request, "desk/imports_progress.html", {"progress": read_progress(run)})
    return HttpResponseClientRefresh() if request.headers.get("HX-Request") else redirect("import_run", pk=run.pk)


def _not_yours(request: StaffRequest) -> HttpResponse:
    """A librarian of some branches: an import is about all of them. Says who can."""
    return render(
        request,
        "desk/imports_not_yours.html",
        {"section": "imports", "able": User.objects.able_to_import()[:5]},
        status=403,
    )


def say_not_now(request: StaffRequest) -> None:
    """The run has moved on since the page was loaded."""
    messages.error(request, "This import has moved on meanwhile, so nothing was changed. Here is how it is now.")
