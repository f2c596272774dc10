"""Everything that is due: what the beat asks for every 30 seconds, and the `tick` command at any time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime

from django.conf import settings

from engagement.services.experiments import look_at_outcomes
from engagement.services.rule_effects import count_effect
from engagement.services.rule_following import follow_rules
from engagement.services.scores import retest_stages
from engagement.services.snapshots import take_snapshots
from library.services.audit import keep_head
from outreach.services.answers_lost import reopen_lost
from outreach.services.checkins import queue_due
from outreach.services.delivery import deliver_due
from outreach.services.events import apply_waiting
from outreach.services.postbox import note_outbox
from patrons.services.duplicates import find_if_due
from patrons.services.suppressions import lift_ended_pauses
from patrons.services.tombstones import file_tombstones
from relcrm.desk.services.board_mail import mail_board_reports
from relcrm.desk.services.bulk import run_left
from relcrm.desk.services.ended_profiles import LOOKS_BACK, end_left_profiles
from relcrm.desk.services.exporting import drop_old_exports
from relcrm.desk.services.forgetting import forget_unproved
from relcrm.desk.services.importing.running import end_left_runs, run_all
from relcrm.desk.services.importing.uploads import drop_old_uploads
from relcrm.desk.services.nightly import run_nightly

# The beat comes back in 30 seconds; a run of its own must not outlive its worker's patience.
BEAT_SECONDS = 60.0

log = logging.getLogger(__name__)
Counts = dict[str, int]


def run_tick(*, now: datetime, seconds: float | None = BEAT_SECONDS, sending: bool = True) -> Counts:
    """Do all that is due at `now`; returns what was done, by name, and the number of steps that broke (`errors`).

    Each step stands alone: one that breaks is logged, and the others still run. `seconds` bounds the sending
    (None: until nothing is due); without `sending`, mails are left to the workers' own tasks. Safe to run in any
    number of processes at once.
    """
    counts: Counts = {}
    errors = 0
    for name, step in _steps(now, seconds, sending):
        try:
            counts |= step()
        except Exception:
            log.exception("tick: %s broke", name)
            errors += 1
    return counts | {"errors": errors}


def _steps(now: datetime, seconds: float | None, sending: bool) -> Iterator[tuple[str, Callable[[], Counts]]]:
    """What a tick does, in this order: a check-in queued now leaves in the same tick."""
    yield "pauses", lambda: {"pauses_over": lift_ended_pauses(now=now)}
    yield "told by mail services", lambda: {"events_applied": apply_waiting(now=now)}
    yield "check-ins", lambda: {"check_ins": queue_due(now=now)}
    if sending:
        yield "deliveries", lambda: asdict(deliver_due(now=now, seconds=seconds))
    yield "lost answers", lambda: {"answers_lost": reopen_lost(now=now)}
    yield "stages", lambda: {"stages": retest_stages(now=now)}
    yield "experiments", lambda: {"outcomes_seen": look_at_outcomes(now=now)}
    yield "forgetting", lambda: {"forgotten": forget_unproved(now=now)}
    yield "tombstones", lambda: {"tombstones_filed": file_tombstones(now=now)}
    yield "the night's work", lambda: {"nightly": sum(run_nightly(now=now).values())}
    yield "uploads", lambda: {"uploads_dropped": drop_old_uploads(now=now)}
    yield "exports", lambda: {"exports_dropped": drop_old_exports(now=now)}
    yield "duplicates", lambda: {"duplicates": find_if_due(now=now)}
    yield "profiles", lambda: {"profiles_ended": end_left_profiles(now=now, since=now - LOOKS_BACK)}
    yield "left imports", lambda: {"imports_ended": end_left_runs(now=now)}
    yield "audit", _note_head
    yield "outbox", _note_outbox
    if seconds is None:  # a command does all in its own process; the beat's worker is woken for them (tasks.py)
        yield "many at once", lambda: {"bulk_actions": run_left(now=now)}
        yield "imports", lambda: {"imports": run_all(now=now)}
        yield "rules", lambda: {"rules_followed": int(follow_rules(clock=lambda: now) is not None)}
        yield "effect of rules", lambda: {"rule_effects": int(count_effect(clock=lambda: now))}
        yield "counts", lambda: {"quarters_counted": take_snapshots(now=now, seconds=None)}
        yield "board reports", lambda: {"board_reports": mail_board_reports(now=now)}


def _note_head() -> Counts:
    """Noting where the audit lines end is no work that was due: it counts as nothing."""
    keep_head(folder=settings.AUDIT_FOLDER)
    return {}


def _note_outbox() -> Counts:
    """Nor is noting how far the outbox has come."""
    note_outbox()
    return {}
