"""The rows of the draft: changed, added, put back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from engagement.forms.rules import RuleForm
from engagement.services.reports.rules import say_changes
from engagement.services.rule_drafts import BadRow, DraftMovedOn, NoDraft, keep_row, open_draft, put_back_row, rows_of
from engagement.services.rule_table import RuleFacts
from engagement.services.rules import NotPublishable
from engagement.views.rule_draft import PAGE, no_draft
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles


@for_roles("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_draft_row(request: StaffRequest, kind: str = "") -> HttpResponse:
    """Change a row of the draft, or (without `kind`) add one."""
    row = _row_of(kind) if kind else None
    form = RuleForm(request.POST or None, row=row)
    seen = request.POST.get("seen") or (row.state if row else "")
    if request.method == "POST" and form.is_valid():
        try:
            keep_row(row=form.facts(), new=row is None, seen=seen, by=request.user, now=timezone.now())
        except DraftMovedOn:
            now_in_draft = _row_of(kind)
            seen = now_in_draft.state
            form.add_error(None, _moved_on(form.facts(), now_in_draft))
        except BadRow as error:
            form.add_error(error.field, str(error))
        except NotPublishable as error:
            form.add_error(None, str(error))
        except NoDraft:
            return no_draft(request)
        else:
            messages.success(request, f"{form.cleaned_data['label']} is kept in the draft.")
            return redirect("rule_draft")
    return render(request, "engagement/rules_row.html", PAGE | {"form": form, "row": row, "seen": seen})


@for_roles("manager")
@require_POST
def rule_draft_back(request: StaffRequest, kind: str) -> HttpResponse:
    """The row as it is in force; a new kind leaves the draft."""
    try:
        found = put_back_row(kind=kind, by=request.user, now=timezone.now())
    except NoDraft:
        return no_draft(request)
    if not found:
        raise Http404
    return redirect("rule_draft")


def _moved_on(mine: RuleFacts, theirs: RuleFacts) -> str:
    """What a colleague kept meanwhile, beside what is about to be kept."""
    lines = say_changes([mine], [theirs])
    apart = f" Yours against theirs: {'; '.join(lines)}." if lines else ""
    return f"A colleague changed this row since you opened it.{apart} Keep it once more to have yours, or go back."


def _row_of(kind: str) -> RuleFacts:
    draft = open_draft()
    row = next((row for row in rows_of(draft) if row.kind == kind), None) if draft else None
    if row is None:
        raise Http404
    return row
