"""The rule table as everybody reads it: the one in force, earlier ones, and what each changed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.models import RuleDraft, RuleVersion
from engagement.services.reports.rules import draft_changes, read_history, read_version
from engagement.services.rules import rules_in_force
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

PAGE = {"section": "settings", "part": "rules"}
READERS = ("librarian", "manager", "viewer")


@for_roles("manager")
@require_safe
def rules(request: StaffRequest) -> HttpResponse:
    """The table in force, the draft if there is one, and the history."""
    version = rules_in_force()
    draft = RuleDraft.objects.select_related("by").first()
    context = {
        "version": version,
        "channels": read_version(version, in_force=version),
        "history": read_history(),
        "draft": draft,
        "changes": draft_changes(draft, in_force=version) if draft and not draft.set_aside_at else (),
    }
    return render(request, "engagement/rules.html", PAGE | context)


@for_roles("manager")
@require_safe
def rules_progress(request: StaffRequest) -> HttpResponse:
    """How far the ledger follows the table in force; the part of the page that asks for itself again."""
    return render(request, "engagement/rules.html#progress", {"version": rules_in_force(), "now": timezone.now()})


@for_roles(*READERS)
@require_safe
def rules_published(request: StaffRequest, number: int | None = None) -> HttpResponse:
    """A published table, the one in force unless another is asked for: what every number in a report rests on."""
    newest = rules_in_force()
    version = newest if number is None else get_object_or_404(RuleVersion.objects.select_related("by"), number=number)
    context = {
        "section": "reports",
        "version": version,
        "newest": newest,
        "channels": read_version(version, in_force=newest),
        "history": read_history(),
    }
    return render(request, "engagement/rules_published.html", context)
