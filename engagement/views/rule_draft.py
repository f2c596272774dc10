"""The draft of the rule table: begun, changed row by row, tried, published or set aside."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.forms.rules import PublishForm, ScaleForm
from engagement.models import RuleDraft, RuleVersion
from engagement.services.reports.rule_effects import effect_of
from engagement.services.reports.rules import draft_changes, read_draft
from engagement.services.rule_drafts import (
    BadRow,
    DraftMovedOn,
    DraftOpen,
    NoDraft,
    NothingChanged,
    begin_draft,
    keep_scale,
    open_draft,
    publish_draft,
    set_draft_aside,
    state_of,
    take_draft_up,
)
from engagement.services.rule_effects import ask_effect
from engagement.services.rules import NotPublishable, rules_in_force
from engagement.tasks import count_rule_effect, follow_new_rules
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

PAGE = {"section": "settings", "part": "rules"}
MOVED_ON = "A colleague changed the draft since you looked. It stands below; look again, then publish."
SAME = "The draft is what the rules in force say already. Change a row, or set the draft aside."


@for_roles("manager")
@require_safe
def rule_draft(request: StaffRequest) -> HttpResponse:
    """The draft, what it changes, and what that would do."""
    draft = open_draft()
    if draft is None:
        return no_draft(request)
    return _page(request, draft)


@for_roles("manager")
@require_POST
def rule_draft_begin(request: StaffRequest, number: int) -> HttpResponse:
    """Make a published table the draft."""
    version = get_object_or_404(RuleVersion, number=number)
    try:
        begin_draft(of=version, by=request.user, now=timezone.now())
    except DraftOpen:
        messages.error(request, "There is a draft already. Publish it or set it aside, then begin another.")
    return redirect("rule_draft")


@for_roles("manager")
@require_POST
def rule_draft_scale(request: StaffRequest) -> HttpResponse:
    """How many points show as 50."""
    form = ScaleForm(request.POST)
    draft = open_draft()
    if draft is None:
        return no_draft(request)
    if not form.is_valid():
        return _page(request, draft, scale=form)
    keep_scale(**form.cleaned_data, by=request.user, now=timezone.now())
    messages.success(request, "The scale is kept in the draft.")
    return redirect("rule_draft")


@for_roles("manager")
@require_POST
def rule_draft_aside(request: StaffRequest) -> HttpResponse:
    """Set the draft aside, or (`back`) take it up again: each is the undo of the other."""
    if request.POST.get("back"):
        if not take_draft_up():
            messages.error(request, "That draft is gone: another one was begun since.")
        return redirect("rule_draft")
    try:
        set_draft_aside(now=timezone.now())
    except NoDraft:
        return no_draft(request)
    return redirect("rules")


@for_roles("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_draft_effect(request: StaffRequest) -> HttpResponse:
    """POST: have the effect counted. GET: the part of the page that asks for itself until it is."""
    if request.method == "POST":
        if ask_effect(now=timezone.now()):
            transaction.on_commit(count_rule_effect.delay, robust=True)
        return redirect("rule_draft")
    draft = open_draft()
    if draft is None:
        raise Http404
    return render(request, "engagement/rules_draft.html#effect", {"draft": draft, "effect": effect_of(draft)})


@for_roles("manager")
@require_POST
def rule_draft_publish(request: StaffRequest) -> HttpResponse:
    """Put the draft in force."""
    form = PublishForm(request.POST)
    draft = open_draft()
    if draft is None:
        return no_draft(request)
    if not form.is_valid():
        return _page(request, draft, publish=form)
    problem = _publish(request, form, timezone.now())
    if problem:
        form.add_error(None, problem)
        return _page(request, draft, publish=form)
    return redirect("rules")


def no_draft(request: StaffRequest) -> HttpResponse:
    """Somebody published the draft, or set it aside, since the page was opened."""
    messages.info(request, "There is no draft any more. Begin one from the rules in force.")
    return redirect("rules")


def _publish(request: StaffRequest, form: PublishForm, now: datetime) -> str:
    """What stands in the way; empty: it is published."""
    try:
        version = publish_draft(
            note=form.cleaned_data["note"], seen=request.POST.get("seen", ""), by=request.user, now=now
        )
    except DraftMovedOn:
        return MOVED_ON
    except (NothingChanged, NoDraft):
        return SAME
    except (BadRow, NotPublishable) as error:
        return str(error)
    transaction.on_commit(follow_new_rules.delay, robust=True)
    messages.success(request, f"{version} are in force. What was recorded before is judged again now.")
    return ""


def _page(
    request: StaffRequest, draft: RuleDraft, *, scale: ScaleForm | None = None, publish: PublishForm | None = None
) -> HttpResponse:
    in_force = rules_in_force()
    scales = {"s50_relational": draft.s50_relational, "s50_transactional": draft.s50_transactional}
    context = {
        "draft": draft,
        "channels": read_draft(draft, in_force=in_force),
        "changes": draft_changes(draft, in_force=in_force),
        "effect": effect_of(draft),
        "scale": scale or ScaleForm(initial=scales),
        "publish": publish or PublishForm(initial={"note": draft.note}),
        "seen": state_of(draft),
        "problems": next((form for form in (scale, publish) if form is not None), None),
    }
    return render(request, "engagement/rules_draft.html", PAGE | context)
