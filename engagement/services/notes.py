"""What staff write down about a talk: one note, its words locked, and one line of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from engagement.models import Interaction, Note, NoteView
from engagement.services.judging import TESTS
from engagement.services.ledger import record_interaction, retract_interaction
from engagement.services.lines import source_keys
from engagement.services.notes_key import seal, unseal
from engagement.services.stages import CLOSED, RETURNING_KINDS
from library.models import User
from library.services.audit import write_line
from patrons.models import Patron
from patrons.services.references import reference_of

UNDO_FOR = timedelta(minutes=1)
# Kind of the ledger line, by channel and by who began: what a reader writes is a reply, however it came.
KINDS = {
    ("desk", "patron"): "desk_talk",
    ("desk", "library"): "desk_talk",
    ("phone", "patron"): "phone_call",
    ("phone", "library"): "phone_call",
    ("letter", "patron"): "reply",
    ("letter", "library"): "letter_on_paper",
    ("email", "patron"): "reply",
    ("email", "library"): "reply_answered",
    ("visit", "patron"): "visit",
    ("visit", "library"): "visit",
}


class TooLate(Exception):
    """The minute in which a note can be taken back is over; it can still be changed."""


@dataclass(frozen=True)
class Talk:
    """The facts of a note. `tests` answers what the rule leaves to the event; `closed`: we heard how the books were."""

    channel: str
    started_by: str
    words: str
    at: datetime
    minutes: int | None = None
    tests: dict[str, bool] = field(default_factory=dict)
    closed: bool = False

    @property
    def kind(self) -> str:
        return KINDS[self.channel, self.started_by]

    @property
    def value(self) -> str:
        """What the stage ladder reads: the loop is closed."""
        return CLOSED if self.closed and self.kind in RETURNING_KINDS else ""


@dataclass(frozen=True)
class Look:
    """Somebody opened the words of a note. `who` is empty for someone who has left the library."""

    who: str
    at: datetime
    note: int
    note_at: datetime
    channel: str


def source_of(note: int) -> str:
    """How the ledger knows the line of a note."""
    return f"note:{note}"


@transaction.atomic
def write_note(*, patron: Patron, talk: Talk, by: User, now: datetime) -> Note:
    """Keep what was said, locked, and write its line of the ledger. Raises NoKey, and what the ledger refuses."""
    note = Note(patron=patron, written_at=now, by=by, words=b"", **_facts(talk))
    note.save()
    _lock_words(note, talk.words)
    _record(note, talk, now)
    _audit("note.written", patron, by, now)
    return note


@transaction.atomic
def change_note(*, note: Note, talk: Talk, by: User, now: datetime) -> None:
    """Put a note right, facts and words; its line is judged anew and the patron recounted.

    Raises NoKey, and what the ledger refuses.
    """
    held = Note.objects.select_for_update(of=("self",)).select_related("patron").get(pk=note.pk)
    for name, value in _facts(talk).items():
        setattr(held, name, value)
    held.save(update_fields=[*_facts(talk)])
    _lock_words(held, talk.words)
    retract_interaction(source=source_of(held.pk), now=now)
    _record(held, talk, now)
    _audit("note.changed", held.patron, by, now)


@transaction.atomic
def take_back_note(*, note: Note, by: User, now: datetime) -> None:
    """As if it had never been written, within a minute and by its writer. Raises TooLate."""
    if note.by_id != by.pk or now > note.written_at + UNDO_FOR:
        raise TooLate
    retract_interaction(source=source_of(note.pk), now=now)
    _audit("note.taken_back", note.patron, by, now)
    note.delete()


@transaction.atomic
def open_note(*, note: Note, by: User, now: datetime) -> str:
    """The words of a note, for someone who may see its patron; the look is written down. Raises NoKey, Damaged."""
    words = words_of(note)
    NoteView.objects.create(note=note, by=by, at=now)
    _audit("note.viewed", note.patron, by, now)
    return words


def words_of(note: Note) -> str:
    """The words, without a trace: for the patron's own copy and for putting a note right. Raises NoKey, Damaged."""
    return unseal(bytes(note.words), key_id=note.key_id, note=note.pk)


def talk_of(note: Note) -> Talk:
    """The note as it was written, with what its line of the ledger says of the talk. Raises NoKey, Damaged."""
    line = Interaction.objects.filter(source_key__in=source_keys(source_of(note.pk))).first()
    tests = dict(zip(TESTS, (letter == "y" for letter in line.tests), strict=True)) if line else {}
    closed = line is not None and line.value == CLOSED
    return Talk(note.channel, note.started_by, words_of(note), note.at, note.minutes, tests, closed)


def views_for(patron: Patron) -> list[Look]:
    """Who opened the words of this patron's notes, the latest first; one query."""
    return _looks(NoteView.objects.filter(note__patron=patron))


def looks_at(note: Note) -> list[Look]:
    """Who opened the words of this note, the latest first; one query."""
    return _looks(NoteView.objects.filter(note=note))


def _looks(seen: QuerySet[NoteView]) -> list[Look]:
    rows = seen.select_related("note", "by").defer("note__words").order_by("-at", "-pk")
    return [Look(str(view.by or ""), view.at, view.note_id, view.note.at, view.note.channel) for view in rows]


@transaction.atomic
def forget_notes_before(*, before: datetime) -> int:
    """Notes about what happened before that time go, with the looks at them; their ledger lines stay. How many."""
    _all, by_model = Note.objects.filter(at__lt=before).delete()
    return by_model.get("engagement.Note", 0)


def _facts(talk: Talk) -> dict[str, object]:
    return {"channel": talk.channel, "started_by": talk.started_by, "minutes": talk.minutes, "at": talk.at}


def _lock_words(note: Note, words: str) -> None:
    """The number of the note is bound to its words, so they are locked once it has one."""
    note.words, note.key_id = seal(words, note=note.pk)
    note.save(update_fields=["words", "key_id"])


def _record(note: Note, talk: Talk, now: datetime) -> None:
    """Staff and reader know each other's name in everything that is written down here."""
    record_interaction(
        kind=talk.kind,
        source=source_of(note.pk),
        at=note.at,
        patron=note.patron,
        started_by=note.started_by,
        tests={"named_people": True} | talk.tests,
        value=talk.value,
        minutes=note.minutes,
        staff=note.by,
        now=now,
    )


def _audit(what: str, patron: Patron, by: User, now: datetime) -> None:
    write_line(what=what, thing="patron", reference=reference_of(patron), by=by, now=now)
