"""What an experiment says, in sentences for people who know nothing of statistics. Pure."""

from __future__ import annotations

from engagement.models import Experiment
from engagement.services.proof_statistics import WORTH_KNOWING, Verdict, about
from engagement.services.reports.small_numbers import HIDDEN, Shown
from engagement.services.reports.trials import State, Trial

Outcome = Experiment.Outcome
# What was sent or held back: as the subject of a sentence, and the two groups.
SUBJECTS = {Experiment.Subject.REMINDER.value: ("The reminder", "Got the reminder", "Held out: no reminder")}
ANY_SUBJECT = ("What was sent", "Got it", "Held out")
MORE = {
    Outcome.ANSWERED.value: "answers",
    Outcome.CAME_BACK.value: "readers who used the library again",
    Outcome.FOLLOW_UP.value: "readers at follow-up or higher",
}
DEFINITIONS = {
    Outcome.ANSWERED.value: "Answered a check-in, or wrote back in their own words, within {days} days of being drawn.",
    Outcome.CAME_BACK.value: "Used the library as an active reader does within {days} days of being drawn.",
    Outcome.FOLLOW_UP.value: "Stood at follow-up or higher {days} days after being drawn, by what happened; a stage "
    "set by staff does not count.",
}


def groups_of(trial: Trial) -> tuple[str, str]:
    """What the two groups are called."""
    _what, sent, held = SUBJECTS.get(trial.experiment.subject, ANY_SUBJECT)
    return sent, held


def say_plan(trial: Trial) -> str:
    """What is held back from whom, and what is counted, in a sentence."""
    one = trial.experiment
    what = dict(Experiment.Subject.choices).get(one.subject, one.subject)
    days = f"{one.days} day" if one.days == 1 else f"{one.days} days"
    return f"{one.share} % of readers go without {what}; counted is who {one.get_outcome_display()} within {days}."


def say_trial(trial: Trial) -> str:
    """Where it stands, or what it found."""
    if trial.state == State.RUNNING:
        drawn = "Nobody has been drawn so far" if trial.people == 0 else f"{_readers(trial.people)} been drawn so far"
        return f"Not enough data yet: about {about(trial.wanting):,} more readers are needed. {drawn}."
    if trial.state == State.WAITING:
        return _say_waiting(trial)
    return _say_result(trial)


def _say_waiting(trial: Trial) -> str:
    if trial.ready_at is None:
        return "It draws nobody any more. What it found is here in a minute."
    day = f"{trial.ready_at.day} {trial.ready_at:%B %Y}"
    return f"It draws nobody any more. What it found is here when the last reader's days are over, on {day}."


def _say_result(trial: Trial) -> str:
    if trial.people == 0:
        return "Nobody took part."
    if trial.difference is None:
        return f"One side rests on fewer than 8 readers, so there is nothing to show. {_took_part(trial.people)}"
    what, thing = SUBJECTS.get(trial.experiment.subject, ANY_SUBJECT)[0], MORE[trial.experiment.outcome]
    value, low, high = trial.difference.points
    if trial.verdict == Verdict.SEEN:
        ends = f"from {low} to {high}" if value > 0 else f"from {-high} to {-low}"
        return (
            f"{what} brought {_count(value)} {thing} per 100 readers; it could be anything {ends}."
            f" {_took_part(trial.people)}"
        )
    span = f"anything from {_count(low)} to {_count(high)} {thing} per 100 readers"
    if trial.verdict == Verdict.NOT_ENOUGH:
        return (
            f"Not enough data: {_small(what)} may have brought {span}. {_took_part(trial.people)} About"
            f" {about(trial.wanting):,} more would have been needed."
        )
    enough = f"enough to see a difference of {WORTH_KNOWING:.0%}".replace("%", " in 100")
    took = _took_part(trial.people).rstrip(".")
    return f"No difference was seen: {_small(what)} may have brought {span}. {took}, {enough}."


def _count(points: int) -> str:
    """Of a hundred: '4 more', '3 fewer'; nought is either."""
    return f"{abs(points)} {'fewer' if points < 0 else 'more'}"


def _small(words: str) -> str:
    return words[0].lower() + words[1:]


def _took_part(people: Shown) -> str:
    return "Fewer than 8 readers took part." if people == HIDDEN else f"{people:,} readers took part."


def _readers(people: Shown) -> str:
    return "Fewer than 8 readers have" if people == HIDDEN else f"About {people:,} readers have"
