"""Libraries of whom everything is known: the reports find what is true, and a hold-out what it did.

Written as a library would live it (tests/engagement/synthetic.py), read as anybody reads it: in the reports.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from engagement.models import Draw, Experiment, Interaction
from engagement.services.drawing_lots import draw_lots
from engagement.services.experiments import look_at_outcomes
from engagement.services.reports.counts import Counts, read_counts
from engagement.services.reports.periods import period_between, quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.reports.trials import MOST, State, read_trials
from patrons.models import Patron
from tests.builders import NOON
from tests.engagement.synthetic import DAY, Line, Synthetic, make_synthetic, write_lines

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SEEDS, READERS = range(20), 1500
RELATIONAL_IN_TRUTH = 5.0
WITHIN = 0.5
ANSWERED_WITHIN = 60 * DAY
LADDER = ("basic", "reactive", "follow_up", "proactive")
SO_FAR = period_between(quarter_of(NOON.date()).first, NOON.date())

# The hold-out: what is true of every reader, with the reminder and without it.
WITH, WITHOUT = 0.42, 0.30
EXPERIMENTS, TAKING_PART, ASKED_READERS = 15, 200, 500


@contextmanager
def library(seed: int, readers: int = READERS) -> Iterator[Synthetic]:
    """One library at a time; the next finds the house empty."""
    with transaction.atomic():
        yield make_synthetic(seed, readers=readers, now=NOON)
        transaction.set_rollback(True)


def read() -> Counts:
    """What the report of this quarter so far rests on."""
    return read_counts(period=SO_FAR, slice_=Slice(), now=NOON)


def stage_share(counts: Counts, *stages: str) -> float:
    """Percent of the readers with a profile whom the report shows at these stages, today."""
    shown = {stage: counts.people(f"stages:{stage}") for stage in LADDER}
    people = {stage: many for stage, many in shown.items() if isinstance(many, int)}
    assert set(people) == set(LADDER)
    return 100 * sum(people[stage] for stage in stages) / sum(people.values())


def answered_share(counts: Counts) -> int:
    """Percent of what we wrote that the report shows as answered."""
    share = counts.share("answered:yes", "answered:no")
    assert isinstance(share, int)
    return share


def truly_answered(there: Synthetic) -> float:
    """The same, from what is true: of letters and check-ins whose days for an answer ended in the quarter so far."""
    first, _end = SO_FAR.moments(ZoneInfo("UTC"))
    yes, no = there.contacts_between(first - ANSWERED_WITHIN, NOON.replace(hour=0) - ANSWERED_WITHIN)
    return 100 * yes / (yes + no)


def test_the_report_finds_who_became_relational_and_how_many_answered() -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ("relational", *LADDER, "answered")}
    for seed in SEEDS:
        with library(seed) as there:
            counts = read()
            stages = {"relational": ("follow_up", "proactive")} | {stage: (stage,) for stage in LADDER}
            for name, rungs in stages.items():
                found[name].append((stage_share(counts, *rungs), there.share_at(*rungs)))
            found["answered"].append((answered_share(counts), truly_answered(there)))
    for name, pairs in found.items():
        assert abs(fmean(shown - true for shown, true in pairs)) <= WITHIN, name
        # No library is far off either: counts of people are rounded to 5, shares to whole percent.
        assert max(abs(shown - true) for shown, true in pairs) <= 2 * WITHIN, name
    assert abs(fmean(shown for shown, _true in found["relational"]) - RELATIONAL_IN_TRUTH) <= WITHIN


def test_measures_that_are_often_taken_for_it_miss_by_far() -> None:
    """The libraries hold what would mislead: else to be right about them would be no proof."""
    naive = {"wrote to us": "request", "got a letter": "letter", "answered anything": "check_in_answer"}
    off: dict[str, list[float]] = {words: [] for words in naive}
    ever: list[float] = []
    for seed in list(SEEDS)[:4]:
        with library(seed) as there:
            true = there.share_at("follow_up", "proactive")
            lines = Interaction.objects.exclude(patron=None)
            everybody = len(there.measured)
            for words, kind in naive.items():
                people = lines.filter(kind=kind).values("patron").distinct().count()
                off[words].append(100 * people / everybody - true)
            closed = lines.filter(value="closed").values("patron").distinct().count()
            ever.append(100 * closed / everybody - true)
    assert all(fmean(miss) > 10 * WITHIN for miss in off.values())
    assert fmean(ever) > 10 * WITHIN


# The hold-out


def hold_out(number: int, readers: list[Patron], dice: random.Random, began: datetime) -> None:
    """One experiment: the lots are drawn as the reminder's are, and then readers do what is true of them."""
    experiment = Experiment.objects.create(
        name=f"Number {number}", subject=f"journey:{number}", share=50, outcome="answered", days=7,
        salt=str(dice.random()), started_at=began, ended_at=None,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE step_due (kind text, patron_id bigint) ON COMMIT DROP")
        cursor.execute("INSERT INTO step_due SELECT 'step', unnest(%s)", [[patron.pk for patron in readers]])
        held_back = draw_lots(subject=experiment.subject, table="step_due", kind="step", now=began)
        cursor.execute("DROP TABLE step_due")
    arms = dict(Draw.objects.filter(experiment=experiment).values_list("patron", "arm"))
    assert len(arms) == len(readers)
    assert held_back == list(arms.values()).count("held")
    answering = [p for p in readers if dice.random() < (WITHOUT if arms[p.pk] == "held" else WITH)]
    at = began + timedelta(days=dice.randint(1, 7))
    write_lines([(f"{number}-{p.pk}", p, True, Line("check_in_answer", at, "patron", "closed")) for p in answering])
    Experiment.objects.filter(pk=experiment.pk).update(ended_at=at)


def test_the_effect_of_a_hold_out_lies_inside_its_interval_as_often_as_it_says() -> None:
    inside, values = [], []
    assert EXPERIMENTS <= MOST
    for seed in SEEDS:
        dice = random.Random(f"hold-out {seed}")  # noqa: S311  (no secret)
        with library(seed, ASKED_READERS) as there:
            known = [one for one, reader in zip(there.patrons, there.readers, strict=True) if reader.has_profile]
            began = NOON + 10 * DAY
            for number in range(EXPERIMENTS):
                hold_out(number, dice.sample(known, TAKING_PART), dice, began + number * 10 * DAY)
            after = began + EXPERIMENTS * 10 * DAY
            assert look_at_outcomes(now=after) == EXPERIMENTS * TAKING_PART
            trials = read_trials(now=after)
            assert {trial.state for trial in trials} == {State.OVER}
            found = [trial.difference for trial in trials if trial.difference]
        assert len(found) == EXPERIMENTS
        inside += [one.low <= WITH - WITHOUT <= one.high for one in found]
        values += [one.value for one in found]
    assert 0.92 <= fmean(inside) <= 0.98  # 300 experiments: 95 in 100, give or take
    assert fmean(values) == pytest.approx(WITH - WITHOUT, abs=0.01)
