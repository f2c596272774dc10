"""Experiments: what was held out by lot, and what that proves."""

from __future__ import annotations

from datetime import datetime

from engagement.services.reports.periods import Period
from engagement.services.reports.shapes import COUNT, PEOPLE, PERCENT, TEXT, Column, Drawing, Part, Table
from engagement.services.reports.trial_words import DEFINITIONS, groups_of, say_trial
from engagement.services.reports.trials import State, Trial, read_trials
from engagement.services.working_days import zone_of

STATES = {State.RUNNING: "running", State.WAITING: "being looked at", State.OVER: "over"}
ALL = (
    Column("experiment", "Experiment", TEXT),
    Column("state", "Now", TEXT),
    Column("held_out", "Held out", PERCENT),
    Column("readers", "Readers", PEOPLE),
    Column("difference", "More per 100 readers", COUNT),
    Column("low", "at least", COUNT),
    Column("high", "at most", COUNT),
)
GROUPS = (Column("group", "Group", TEXT), Column("readers", "Readers", PEOPLE), Column("share", "Share", PERCENT))
HOW = (
    "Readers who agreed to a profile and to the mail itself are put into one of two groups by lot, before anything is "
    "sent; nothing we know of them has a part in it. The difference is the share of those who got it less the share "
    "of those who did not. In 95 of 100 experiments the truth lies between 'at least' and 'at most' (Newcombe's "
    "interval, 1998)."
)
NOTES = (
    "Experiments are about all branches. What a reader asked for is never held back.",
    "A result is shown once everybody drawn has been looked at, and not before: whoever could look earlier and stop "
    "when it looks good would find differences that are not there.",
)


def read_experiments(*, period: Period, now: datetime) -> Part:
    """The experiments that drew readers or looked at them in a period, newest first (2 queries)."""
    start, end = period.moments(zone_of(None))
    trials = [trial for trial in read_trials(now=now) if trial.ran_between(start, end)]
    if not trials:
        return Part("experiments", "Experiments", "No experiment ran in this period.", notes=NOTES)
    return Part(
        "experiments",
        "Experiments",
        _sum_up(trials),
        tables=(_all(trials), *(_groups(trial) for trial in trials)),
        notes=(*NOTES, *(note for trial in trials for note in _left(trial))),
    )


def _sum_up(trials: list[Trial]) -> str:
    over = next((trial for trial in trials if trial.state == State.OVER), None)
    running = sum(trial.state != State.OVER for trial in trials)
    found = f"{over.experiment.name}: {say_trial(over)}" if over else "None is over yet."
    going = f" {running} {'is' if running == 1 else 'are'} still going on." if running and over else ""
    return found + going


def _all(trials: list[Trial]) -> Table:
    rows = tuple(
        (trial.experiment.name, STATES[trial.state], trial.experiment.share, trial.people, *_difference(trial))
        for trial in trials
    )
    return Table("experiments", "All experiments", f"{len(trials)} in this period.", ALL, rows, HOW)


def _difference(trial: Trial) -> tuple[int, int, int] | tuple[None, None, None] | tuple[str, str, str]:
    if trial.state != State.OVER or trial.people == 0:
        return None, None, None
    return trial.difference.points if trial.difference else ("*", "*", "*")


def _groups(trial: Trial) -> Table:
    experiment = trial.experiment
    rows = tuple(
        (name, group.people, group.share)
        for name, group in zip(groups_of(trial), (trial.sent, trial.held), strict=True)
    )
    shown = all(isinstance(group.share, int) for group in (trial.sent, trial.held))
    return Table(
        f"experiment-{experiment.pk}",
        experiment.name,
        say_trial(trial),
        GROUPS,
        rows,
        DEFINITIONS[experiment.outcome].format(days=experiment.days),
        Drawing("bars", "group", ("share",)) if shown else None,
    )


def _left(trial: Trial) -> tuple[str, ...]:
    """Who could no longer be looked at is left out of both groups, and that is said."""
    if not trial.left:
        return ()
    many = "Fewer than 8 readers" if trial.left == "*" else f"About {trial.left} readers"
    return (f"{trial.experiment.name}: {many} withdrew or were erased before their days were over; they are left out.",)
