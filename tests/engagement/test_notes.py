"""Notes: locked words, one line of the ledger, a trace of every look, keys that can be changed."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg2 import sql
from pytest_django import Settings

from engagement.models import Interaction, Note, NoteView, Score
from engagement.services import notes_key
from engagement.services.lines import source_keys
from engagement.services.notes import (
    KINDS,
    Talk,
    TooLate,
    change_note,
    forget_notes_before,
    looks_at,
    open_note,
    source_of,
    take_back_note,
    talk_of,
    views_for,
    words_of,
    write_note,
)
from engagement.services.notes_key import Damaged, NoKey, missing_keys, notes_under_older_keys, rotate_keys
from library.models import AuditLine, User
from patrons.models import Patron
from patrons.services.references import reference_of
from tests.builders import NOON, make_patron, make_staff

pytestmark = pytest.mark.django_db
CANARY = "Her mother died in spring; asks for quiet books."
SECOND = timedelta(seconds=1)


def talk(**over: object) -> Talk:
    facts = {"channel": "desk", "started_by": "patron", "words": CANARY, "at": NOON, "minutes": 7}
    return Talk(**(facts | over))  # type: ignore[arg-type]  # any facts of a talk


@pytest.fixture
def amara() -> User:
    return make_staff(name="Amara Nkosi")


@pytest.fixture
def iris() -> Patron:
    return make_patron("profile", name="Iris")


def line_of(note: Note) -> Interaction:
    return Interaction.objects.get(source_key__in=source_keys(source_of(note.pk)))


def test_a_note_is_kept_with_one_line_of_the_ledger(amara: User, iris: Patron) -> None:
    note = write_note(patron=iris, talk=talk(tests={"used_knowledge": True}), by=amara, now=NOON)
    line = line_of(note)
    assert words_of(note) == CANARY
    assert (line.kind, line.patron, line.staff, line.minutes, line.tests) == ("desk_talk", iris, amara, 7, "yyynn")
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize(("channel", "started_by"), KINDS)
def test_every_way_to_talk_is_a_kind_the_rules_know(amara: User, iris: Patron, channel: str, started_by: str) -> None:
    note = write_note(patron=iris, talk=talk(channel=channel, started_by=started_by), by=amara, now=NOON)
    assert line_of(note).kind == KINDS[channel, started_by]


def test_a_talk_about_the_books_closes_the_loop_and_moves_the_stage(amara: User, iris: Patron) -> None:
    write_note(patron=iris, talk=talk(closed=True), by=amara, now=NOON)
    assert Score.objects.get(patron=iris).stage == "follow_up"
    paper = write_note(patron=iris, talk=talk(channel="letter", started_by="library", closed=True), by=amara, now=NOON)
    assert line_of(paper).value == ""


def test_without_profile_consent_the_note_stays_and_nothing_is_measured(amara: User) -> None:
    patron = make_patron()
    note = write_note(patron=patron, talk=talk(), by=amara, now=NOON)
    assert line_of(note).patron is None
    assert line_of(note).at is None
    assert not Score.objects.exists()
    assert Note.objects.get(patron=patron) == note


def test_no_row_of_any_table_holds_the_words(amara: User, iris: Patron) -> None:
    note = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    open_note(note=note, by=amara, now=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT row::text FROM {} AS row").format(sql.Identifier(table)))
            dumped = "".join(row for (row,) in cursor.fetchall())
            assert "mother died" not in dumped, table
            assert b"mother died".hex() not in dumped, table


def test_the_same_words_are_locked_differently_each_time(amara: User, iris: Patron) -> None:
    first, second = (write_note(patron=iris, talk=talk(), by=amara, now=NOON) for _ in range(2))
    assert bytes(first.words) != bytes(second.words)


def test_words_moved_to_another_note_or_changed_do_not_open(amara: User, iris: Patron) -> None:
    first = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    second = write_note(patron=iris, talk=talk(words="Something else"), by=amara, now=NOON)
    Note.objects.filter(pk=second.pk).update(words=bytes(first.words))
    second.refresh_from_db()
    with pytest.raises(Damaged):
        words_of(second)
    changed = bytearray(bytes(first.words))
    changed[-1] ^= 1
    first.words = bytes(changed)
    with pytest.raises(Damaged):
        words_of(first)


def test_without_a_key_nothing_is_kept(amara: User, iris: Patron, settings: Settings) -> None:
    settings.NOTES_KEY = " , "
    with pytest.raises(NoKey):
        write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    assert not Note.objects.exists()
    assert not Interaction.objects.exists()


def test_every_look_is_written_down_and_told_to_the_reader(amara: User, iris: Patron) -> None:
    note = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    colleague = make_staff(name="Ben Adeyemi")
    assert open_note(note=note, by=amara, now=NOON) == CANARY
    assert open_note(note=note, by=colleague, now=NOON + SECOND) == CANARY
    assert [(look.who, look.note_at) for look in views_for(iris)] == [("Ben Adeyemi", NOON), ("Amara Nkosi", NOON)]
    assert [look.who for look in looks_at(note)] == ["Ben Adeyemi", "Amara Nkosi"]
    assert views_for(make_patron()) == []
    seen = AuditLine.objects.filter(what="note.viewed", thing="patron", reference=reference_of(iris))
    assert list(seen.order_by("pk").values_list("actor", flat=True)) == [amara.username, colleague.username]
    colleague.delete()
    assert [look.who for look in looks_at(note)] == ["", "Amara Nkosi"]


def test_a_note_can_be_taken_back_for_a_minute_by_its_writer(amara: User, iris: Patron) -> None:
    note = write_note(patron=iris, talk=talk(closed=True), by=amara, now=NOON)
    for by, now in ((amara, NOON + 61 * SECOND), (make_staff(), NOON)):
        with pytest.raises(TooLate):
            take_back_note(note=note, by=by, now=now)
    take_back_note(note=note, by=amara, now=NOON + 60 * SECOND)
    assert not Note.objects.exists()
    assert not Interaction.objects.exists()
    score = Score.objects.get(patron=iris)
    assert (score.relational, score.transactional, score.stage) == (0, 0, "basic")


def test_a_note_is_put_right_and_counted_anew(amara: User, iris: Patron) -> None:
    note = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    right = talk(channel="phone", started_by="library", words="Asked about boats.", minutes=9, closed=True,
                 tests={"patron_took_part": True, "continued": True})  # fmt: skip
    change_note(note=note, talk=right, by=make_staff(), now=NOON + SECOND)
    note.refresh_from_db()
    line = line_of(note)
    assert (line.kind, line.started_by, line.minutes, line.tests, line.value) == (
        "phone_call", "library", 9, "yynyn", "closed",
    )  # fmt: skip
    assert line.staff == amara
    said = talk_of(note)
    assert (said.words, said.channel, said.closed) == ("Asked about boats.", "phone", True)
    assert {test for test, yes in said.tests.items() if yes} == {"named_people", "patron_took_part", "continued"}
    assert Interaction.objects.count() == 1
    assert Score.objects.get(patron=iris).relational == pytest.approx(_counted_anew(iris))


def _counted_anew(patron: Patron) -> float:
    from engagement.services.scores import rebuild_scores  # noqa: PLC0415  (only here)

    rebuild_scores(now=NOON)
    return Score.objects.get(patron=patron).relational


def test_old_notes_go_and_their_lines_stay(amara: User, iris: Patron) -> None:
    old = write_note(patron=iris, talk=talk(at=NOON - timedelta(days=400)), by=amara, now=NOON)
    new = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    open_note(note=old, by=amara, now=NOON)
    assert forget_notes_before(before=NOON - timedelta(days=365)) == 1
    assert list(Note.objects.all()) == [new]
    assert not NoteView.objects.exists()
    assert Interaction.objects.count() == 2


# The key


def rotated(*arguments: str) -> dict[str, object]:
    out = StringIO()
    call_command("rotate_notes_key", "--json", *arguments, stdout=out)
    outcome: dict[str, object] = json.loads(out.getvalue().splitlines()[-1])
    return outcome


def test_a_new_key_takes_over_every_note_and_the_old_one_may_go(
    amara: User, iris: Patron, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes_key, "BATCH", 2)
    notes = [write_note(patron=iris, talk=talk(words=f"Note {n}"), by=amara, now=NOON) for n in range(5)]
    old = settings.NOTES_KEY
    settings.NOTES_KEY = f"a-new-key , {old}"
    assert words_of(notes[0]) == "Note 0"
    outcome = rotated()
    assert (outcome["rotated"], outcome["current"], outcome["missing"], outcome["damaged"]) == (5, 5, 0, 0)
    assert rotated()["rotated"] == 0
    settings.NOTES_KEY = "a-new-key"
    assert [words_of(note) for note in Note.objects.order_by("pk")] == [f"Note {n}" for n in range(5)]
    assert missing_keys() == {}


def test_a_rotation_that_was_killed_goes_on_where_it_stopped(
    amara: User, iris: Patron, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes_key, "BATCH", 2)
    for n in range(5):
        write_note(patron=iris, talk=talk(words=f"Note {n}"), by=amara, now=NOON)
    settings.NOTES_KEY = f"a-new-key,{settings.NOTES_KEY}"
    notes_key._rotate_batch(notes_key.keys_in_force()[0], 0)
    assert rotate_keys().rotated == 3


def test_a_missing_key_is_said_and_the_other_notes_are_done(amara: User, iris: Patron, settings: Settings) -> None:
    kept = settings.NOTES_KEY
    settings.NOTES_KEY = "a-lost-key"
    lost = write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    settings.NOTES_KEY = kept
    write_note(patron=iris, talk=talk(), by=amara, now=NOON)
    settings.NOTES_KEY = f"a-new-key,{kept}"
    with pytest.raises(NoKey):
        words_of(lost)
    assert missing_keys() == {lost.key_id: 1}
    outcome = rotate_keys()
    assert (outcome.rotated, outcome.missing) == (1, 1)
    assert notes_under_older_keys() == 1
    with pytest.raises(CommandError):
        call_command("rotate_notes_key", stdout=StringIO(), stderr=StringIO())
