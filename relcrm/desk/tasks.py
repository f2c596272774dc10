"""Work that workers do for the desk."""

from celery import shared_task
from django.utils import timezone

from engagement.services.rule_effects import effect_waits
from engagement.services.rule_following import rules_to_follow
from engagement.services.snapshots import next_quarter
from engagement.tasks import count_periods, count_rule_effect, follow_new_rules
from outreach.services.postbox import begin_tick
from outreach.services.transports.choose import SENDERS
from outreach.tasks import send_mails
from relcrm.desk.services.board_mail import board_reports_due, mail_board_reports
from relcrm.desk.services.bulk import left_actions, run_bulk
from relcrm.desk.services.health import record_beat
from relcrm.desk.services.importing.running import run_next, something_waits
from relcrm.desk.services.tick import run_tick

# A run that no worker was free for in this time is left out: the next tick asks again.
EVERY_SECONDS = 30


@shared_task
def tick() -> None:
    """What the beat asks for every 30 seconds. Mails leave in tasks of their own, so that no server holds this up."""
    now = timezone.now()
    record_beat(now=now)
    if not begin_tick(now=now):
        return
    run_tick(now=now, sending=False)
    for sender in SENDERS:
        send_mails.apply_async((sender,), expires=EVERY_SECONDS)
    for pk in left_actions(now=now):
        run_bulk_action.delay(pk)
    for is_due, task in (
        (something_waits(), run_imports),
        (rules_to_follow(now=now), follow_new_rules),
        (effect_waits(now=now), count_rule_effect),
        (next_quarter(now) is not None, count_periods),
        (board_reports_due(now=now), send_board_reports),
    ):
        if is_due:
            task.apply_async(expires=EVERY_SECONDS)


# A million rows take minutes, a slow disk hours; whatever else is due waits for none of it, because one import at a
# time is at work and every worker has two processes or more.
@shared_task(soft_time_limit=3 * 60 * 60)
def run_imports() -> None:
    """The import or the undoing that waits longest; then the next one gets its turn."""
    if run_next(clock=timezone.now):
        run_imports.delay()


@shared_task(soft_time_limit=60 * 60)
def run_bulk_action(pk: int) -> None:
    """A change to many patrons, or putting it back; the tick takes up what a dead worker left."""
    run_bulk(pk=pk, clock=timezone.now)


@shared_task(soft_time_limit=60 * 60)
def send_board_reports() -> None:
    """The month's report to everybody who asked for it."""
    mail_board_reports(now=timezone.now())
