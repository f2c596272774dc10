"""Work that workers do for the measure. Altair and Typst are loaded where they are used: never in the web process."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from engagement.services.reports.pictures import draw_missing
from engagement.services.reports.shelf import keep_board_report
from engagement.services.rule_effects import count_effect
from engagement.services.rule_following import follow_rules
from engagement.services.snapshots import take_snapshots


@shared_task
def draw_pictures(keys: list[str]) -> None:
    """Draw the tables a page left in the cache."""
    from engagement.services.reports.drawing import draw_picture  # noqa: PLC0415  (Altair takes 185 MB)

    draw_missing(keys=keys, draw=draw_picture)


@shared_task
def make_board_report(key: str) -> None:
    """Set the board report somebody asked for."""
    from engagement.services.reports.board import board_report  # noqa: PLC0415  (Typst, and Altair for its pictures)
    from engagement.services.reports.drawing import draw_picture  # noqa: PLC0415  (as above)

    keep_board_report(key=key, write=lambda report: board_report(report=report, draw=draw_picture))


# Twenty million lines take half an hour; the tick takes up what a dead worker left.
@shared_task(soft_time_limit=3 * 60 * 60)
def follow_new_rules() -> None:
    """Judge older lines by the rules just published, and count the scores."""
    follow_rules(clock=timezone.now)


@shared_task(soft_time_limit=60 * 60)
def count_rule_effect() -> None:
    """What publishing the draft of the rules would change."""
    count_effect(clock=timezone.now)


# A quarter of a million lines takes a minute; the next tick goes on with the next one.
@shared_task(soft_time_limit=60 * 60)
def count_periods() -> None:
    """Count the months and quarters that are due, the newest first."""
    take_snapshots(now=timezone.now())
