"""Hold-out experiments: started once, ended once, and never changed in between.

Who takes part is drawn in `drawing_lots`; an experiment ends by itself when enough readers have been drawn
(`proof_statistics.readers_to_draw`). What happened to each reader is looked at when their days are over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from engagement.models import Draw, Experiment
from engagement.services.proof_statistics import readers_to_draw
from library.models import User
from library.services.audit import write_line

UNDO_FOR = timedelta(minutes=1)
ANSWERS = ("check_in_answer", "reply")
DUE = """
    FROM engagement_experiment AS experiment
    JOIN engagement_draw AS draw ON draw.experiment_id = experiment.id AND draw.looked_at IS NULL
        AND draw.drawn_at <= %(now)s - make_interval(days => experiment.days)
"""
# Each reader's own days, whenever the tick comes round. Who has withdrawn or been erased since can no longer be looked
# at: `happened` stays empty, and they are counted apart.
SETTLE = f"""
WITH rules AS (
    SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1
), due AS MATERIALIZED (
    SELECT draw.id, draw.patron_id, experiment.outcome, draw.drawn_at AS since,
        draw.drawn_at + make_interval(days => experiment.days) AS until
    {DUE}
    ORDER BY draw.id FOR NO KEY UPDATE OF draw SKIP LOCKED
)
UPDATE engagement_draw AS draw
SET looked_at = %(now)s, happened = CASE WHEN due.patron_id IS NULL THEN NULL
    WHEN due.outcome = 'answered' THEN EXISTS (
        SELECT 1 FROM engagement_interaction AS line
        WHERE line.patron_id = due.patron_id AND line.at > due.since AND line.at <= due.until
            AND line.kind = ANY(%(answers)s))
    WHEN due.outcome = 'came_back' THEN EXISTS (
        SELECT 1 FROM engagement_interaction AS line
        WHERE line.patron_id = due.patron_id AND line.at > due.since AND line.at <= due.until
            AND line.kind IN (
                SELECT kind FROM engagement_rule WHERE version_id = (SELECT id FROM rules) AND shows_use))
    -- By what happened: a stage that staff set is no outcome.
    ELSE EXISTS (
        SELECT 1 FROM engagement_score AS score
        WHERE score.patron_id = due.patron_id AND score.reactive_until > due.until AND score.follow_up_until > due.until
    ) END
FROM due WHERE due.id = draw.id
"""  # noqa: S608  (fixed words)


class NameTaken(ValueError):
    """Another experiment has that name."""


class StillRunning(ValueError):
    """An experiment on the same subject has not ended."""


class TooLate(Exception):
    """It has ended already, or the minute in which ending it can be taken back is over."""


@transaction.atomic
def start_experiment(
    *, name: str, note: str, subject: str, share: int, outcome: str, days: int, salt: str, by: User, now: datetime
) -> Experiment:
    """From now on, `share` percent of the readers drawn are held out. `salt` is random, and new for each experiment.

    Raises NameTaken, StillRunning.
    """
    facts = {"subject": subject, "share": share, "outcome": outcome, "days": days, "salt": salt}
    title = " ".join(name.split())
    if Experiment.objects.filter(name__iexact=title).exists():
        raise NameTaken(title)
    try:
        with transaction.atomic():
            started = Experiment.objects.create(name=title, note=note, by=by, started_at=now, **facts)
    except IntegrityError as error:
        raise StillRunning(subject) from error
    _audit("experiment.started", started, by, now)
    return started


@transaction.atomic
def end_experiment(*, experiment: Experiment, by: User, now: datetime) -> None:
    """Draw nobody any more; who was drawn is still looked at. Raises TooLate when it has ended already."""
    locked = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if locked.ended_at is not None:
        raise TooLate
    locked.ended_at = now
    locked.save(update_fields=["ended_at"])
    _audit("experiment.ended", locked, by, now)


@transaction.atomic
def go_on_with(*, experiment: Experiment, by: User, now: datetime) -> None:
    """It had been ended by mistake: as if it had not, within a minute; no result is shown before. Raises TooLate."""
    locked = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if locked.ended_at is None:
        return
    newer = Experiment.objects.filter(subject=locked.subject, ended_at=None).exists()
    if newer or now > locked.ended_at + UNDO_FOR:
        raise TooLate
    locked.ended_at = None
    locked.save(update_fields=["ended_at"])
    _audit("experiment.went_on", locked, by, now)


def look_at_outcomes(*, now: datetime) -> int:
    """Write down what happened to everyone whose days are over, in one statement; how many. Ends what is complete.

    Where nobody's are, which is asked first, nothing is planned: that alone would cost a tick a millisecond.
    """
    end_complete(now=now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT {DUE})", {"now": now})
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute(SETTLE, {"now": now, "answers": list(ANSWERS)})
        return int(cursor.rowcount)


def end_complete(*, now: datetime) -> int:
    """End every experiment that has drawn its readers: nobody is held out for longer than it takes."""
    ended = 0
    for running in Experiment.objects.filter(ended_at=None):
        if Draw.objects.filter(experiment=running).count() >= readers_to_draw(held_percent=running.share):
            ended += Experiment.objects.filter(pk=running.pk, ended_at=None).update(ended_at=now)
    return ended


def _audit(what: str, experiment: Experiment, by: User, now: datetime) -> None:
    write_line(what=what, thing="experiment", reference=str(experiment.pk), by=by, now=now)
