"""What the ledger, scores, loans, notes and promises keep about a person: handed out, erased, let go in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from engagement.models import (
    Draw,
    Drift,
    Interaction,
    Loan,
    LoanChange,
    NeedAsk,
    Note,
    Promise,
    Pulse,
    ReaderType,
    Score,
    StageChange,
    StageOverride,
)
from engagement.services.history import let_go_of_history
from engagement.services.notes import forget_notes_before, views_for, words_of
from engagement.services.notes_key import Damaged, NoKey
from engagement.services.promises import withdraw_promise
from engagement.services.reasons import read_standing
from engagement.services.scores import forget_profile, forget_profiles
from library.services.privacy import Limits
from patrons.models import Consent, Patron

LINE_FIELDS = (
    "kind",
    "at",
    "started_by",
    "value",
    "wait_minutes",
    "title__name",
    "transactional",
    "relational",
    "tests",
)
LOAN_FIELDS = (
    "title__name",
    "title_words",
    "branch__name",
    "borrowed_at",
    "borrowed_as",
    "due_at",
    "returned_at",
    "returned_as",
    "renewals",
)
SET_FIELDS = ("stage", "reason", "made_at", "until", "ended_at")
TYPE_FIELDS = ("told", "facts", "told_on", "said", "none_of_these", "said_at")
DRIFT_FIELDS = ("days", "first_day", "last_day", "rhythm_days", "chance", "fact", "model", "counted_on")
PULSE_FIELDS = (
    "asked_at",
    "answered_at",
    "recommend",
    "learned",
    "confident",
    "will_do",
    "aware",
    "feeling",
    "thinking",
    "doing",
    "words",
    "may_quote",
)
DRAW_FIELDS = ("experiment__name", "arm", "drawn_at", "looked_at", "happened")


def export_for(*, patron: Patron, now: datetime) -> dict[str, Any]:
    """Everything this app keeps about the patron, in plain values; no profile without consent."""
    measured = Consent.objects.holds(patron, Consent.Purpose.PROFILE)
    standing = read_standing(patron=patron, now=now) if measured else None
    return {
        "interactions": list(Interaction.objects.of(patron).values(*LINE_FIELDS)),
        "score": {
            "relational": standing.relational,
            "transactional": standing.transactional,
            "stage": standing.stage.value,
            "rules_version": standing.rules_version,
            "as_of": standing.as_of,
        }
        if standing
        else None,
        "stage_changes": list(
            StageChange.objects.filter(patron=patron).order_by("at").values("before", "after", "at", "because")
        ),
        **_profile(patron),
        "loans": list(Loan.objects.of(patron).values(*LOAN_FIELDS)),
        "notes": [_note(note) for note in Note.objects.filter(patron=patron).select_related("by").order_by("at", "pk")],
        "who_opened_notes": [
            {"who": look.who, "at": look.at, "note_of": look.note_at, "channel": look.channel}
            for look in views_for(patron)
        ],
        "needs": list(NeedAsk.objects.filter(patron=patron).order_by("at", "pk").values("need__name", "at", "met")),
        "promises": list(
            Promise.objects.filter(patron=patron)
            .order_by("made_at")
            .values("kind", "made_at", "due_at", "kept_at", "withdrawn_at")
        ),
    }


@transaction.atomic
def end_profile(*, patron: Patron, now: datetime) -> None:
    """Profile consent has ended: score, stage, the name on lines, loans and needs go, as far as they rested on it."""
    end_profiles(patrons=[patron.pk], now=now)


@transaction.atomic
def end_profiles(*, patrons: Sequence[int], now: datetime) -> None:
    """The same for any number of people, in as many statements as for one."""
    forget_profiles(patrons=patrons, now=now)
    NeedAsk.objects.filter(patron__in=list(patrons)).update(patron=None)


@transaction.atomic
def erase_for(*, patron: Patron, now: datetime) -> None:
    """Take the person out: lines, loans, needs and promises stay countable without a name; score, stage, notes go.

    A promise that is still open is withdrawn: nobody is left to keep it to.
    """
    Pulse.objects.filter(patron=patron).update(words="", may_quote=False)
    forget_profile(patron=patron, now=now)
    Score.objects.filter(patron=patron).delete()
    Loan.objects.filter(patron=patron).update(patron=None, let_go=True)
    Note.objects.filter(patron=patron).delete()
    NeedAsk.objects.filter(patron=patron).update(patron=None)
    for promise in Promise.objects.open().filter(patron=patron):
        withdraw_promise(promise=promise, now=now)
    Promise.objects.filter(patron=patron).update(patron=None)


@transaction.atomic
def anonymise_before(*, before: Limits, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """Notes grow old, journals of loan imports run out, and returned loans forget their reader where none is kept.

    The ledger's line of a note stays: it counts without its words. So does an answer to the pulse; words whose reader
    allowed to quote them are kept.
    """
    journal = LoanChange.objects.filter(run__finished_at__lt=before.undo)
    said = Pulse.objects.filter(answered_at__lt=before.notes, may_quote=False).exclude(words="")
    if dry_run:
        notes = Note.objects.filter(at__lt=before.notes).count()
        return {"notes": notes, "pulse_words": said.count(), "undo_journals": journal.count()}
    let_go_of_history(now=now)
    return {
        "notes": forget_notes_before(before=before.notes),
        "pulse_words": said.update(words=""),
        "undo_journals": journal.delete()[0],
    }


def _profile(patron: Patron) -> dict[str, Any]:
    """What is told of the reader or was asked of them; who set a stage is named by role."""
    said = StageOverride.objects.filter(patron=patron).order_by("made_at")
    return {
        "stages_set": list(said.values(*SET_FIELDS, by_role=F("by__role"))),
        "reader_type": list(ReaderType.objects.filter(patron=patron).values(*TYPE_FIELDS)),
        "drifting": list(Drift.objects.filter(patron=patron).values(*DRIFT_FIELDS)),
        "pulse": list(Pulse.objects.filter(patron=patron).order_by("asked_at").values(*PULSE_FIELDS)),
        "drawn_for_experiments": list(Draw.objects.filter(patron=patron).order_by("drawn_at").values(*DRAW_FIELDS)),
    }


def _note(note: Note) -> dict[str, Any]:
    """A note with its words; without them where the key is gone, which is said."""
    try:
        words = words_of(note)
    except (NoKey, Damaged):
        words = None
    return {
        "channel": note.channel,
        "started_by": note.started_by,
        "minutes": note.minutes,
        "at": note.at,
        "written_at": note.written_at,
        "by": str(note.by) if note.by else None,
        "words": words,
    }
