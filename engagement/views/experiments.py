"""Experiments: started by a manager, ended by a manager or by themselves. What they found stands in the reports."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagement.forms.experiments import STARTS_WITH, ExperimentForm
from engagement.models import Experiment
from engagement.services.experiments import (
    UNDO_FOR,
    NameTaken,
    StillRunning,
    TooLate,
    end_experiment,
    go_on_with,
    start_experiment,
)
from engagement.services.reports.trial_words import say_plan, say_trial
from engagement.services.reports.trials import read_trials
from library.services.staff import StaffRequest
from relcrm.kit.web import for_roles

PAGE = {"section": "settings", "part": "experiments"}


@for_roles("manager")
@require_safe
def experiments(request: StaffRequest) -> HttpResponse:
    """All experiments, newest first, and where each of them stands."""
    now = timezone.now()
    trials = read_trials(now=now)
    context = {
        "trials": [(trial, say_trial(trial), say_plan(trial)) for trial in trials],
        "just_ended": [
            trial.experiment
            for trial in trials
            if trial.experiment.ended_at and trial.experiment.ended_at + UNDO_FOR >= now
        ],
    }
    return render(request, "engagement/experiments.html", PAGE | context)


@for_roles("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_new(request: StaffRequest) -> HttpResponse:
    """Start one. It cannot be changed afterwards, and the page says why."""
    form = ExperimentForm(request.POST or None, initial=STARTS_WITH)
    if request.method == "POST" and form.is_valid():
        salt = secrets.token_hex(16)
        try:
            start_experiment(salt=salt, by=request.user, now=timezone.now(), **form.cleaned_data)
        except NameTaken:
            form.add_error("name", "Another experiment already has that name")
        except StillRunning:
            form.add_error("subject", "An experiment with this is still running: end it first")
        else:
            messages.success(request, f"{form.cleaned_data['name']} has started.")
            return redirect("experiments")
    return render(request, "engagement/experiments_new.html", PAGE | {"form": form})


@for_roles("manager")
@require_POST
def experiment_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Draw nobody any more; `again` takes that back, for a minute."""
    found = get_object_or_404(Experiment, pk=pk)
    again = "again" in request.POST
    try:
        (go_on_with if again else end_experiment)(experiment=found, by=request.user, now=timezone.now())
    except TooLate:
        messages.info(request, "The minute is over; start a new one." if again else f"{found} had ended already.")
    else:
        messages.success(request, f"{found} {'goes on' if again else 'has ended'}.")
    return redirect("experiments")
