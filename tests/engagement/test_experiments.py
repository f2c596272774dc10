"""Experiments: who is drawn and held out, what is written down, and what may be said of it when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import Draw, Experiment, Interaction, Rule
from engagement.services import drawing_lots, experiments
from engagement.services.drawing_lots import LOT, LOTS, draw_lots, is_held
from engagement.services.experiments import (
    NameTaken,
    StillRunning,
    TooLate,
    end_experiment,
    go_on_with,
    look_at_outcomes,
    start_experiment,
)
from engagement.services.privacy import end_profile, erase_for, export_for
from engagement.services.reports.parts.experiments import read_experiments
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.trial_words import say_trial
from engagement.services.reports.trials import State, read_trials
from outreach.mail.checkin import ASKED, REMINDED
from outreach.models import CheckIn, Message
from outreach.services import check_in_queue
from outreach.services.check_in_queue import queue_due
from patrons.models import Consent, Patron
from relcrm.desk.services.tick import run_tick
from tests.builders import NOON, make_patron, make_staff, make_title
from tests.engagement.events import record
from tests.outreach.loops import DAY, Loop, make_loop
from tests.outreach.test_delivery_together import at_once
from tests.outreach.test_queueing import _sent

pytestmark = pytest.mark.django_db
MORNING = NOON + 28 * DAY
ALL = ("check_in", "profile")


def make_experiment(share: int = 50, *, outcome: str = "answered", days: int = 21, **over: object) -> Experiment:
    values = {"name": "The reminder", "subject": "check_in_reminder", "salt": "sea", "started_at": NOON}
    return Experiment.objects.create(**(values | {"share": share, "outcome": outcome, "days": days} | over))


def make_due(*consents: str, count: int = 1) -> list[Loop]:
    """Readers whose first question went unanswered and whose reminder is due."""
    titles = (make_title(),)
    loops = [make_loop(*(consents or ALL), titles=titles) for _ in range(count)]
    Message.objects.bulk_create([Message(**_sent(loop)) for loop in loops])
    CheckIn.objects.filter(pk__in=[loop.check_in.pk for loop in loops]).update(next_step="remind", next_at=MORNING)
    return loops


def draw(
    experiment: Experiment, arm: str, patrons: Sequence[Patron | None], *, at: datetime = MORNING, **seen: object
) -> list[Draw]:
    rows = [Draw(experiment=experiment, patron=patron, arm=arm, drawn_at=at, **seen) for patron in patrons]
    return Draw.objects.bulk_create(rows)


def seen_by(experiment: Experiment, *, sent: tuple[int, int], held: tuple[int, int]) -> None:
    """(how many were drawn, for how many it happened) in each group, all looked at."""
    for arm, (people, happened) in (("sent", sent), ("held", held)):
        draw(experiment, arm, [None] * happened, looked_at=MORNING, happened=True)
        draw(experiment, arm, [None] * (people - happened), looked_at=MORNING, happened=False)


def held_among(loops: list[Loop], experiment: Experiment) -> list[bool]:
    return [is_held(salt=experiment.salt, patron=loop.patron.pk, share=experiment.share) for loop in loops]


def _held_with(salt: str, loops: list[Loop]) -> bool:
    return any(is_held(salt=salt, patron=loop.patron.pk, share=1) for loop in loops)


# Drawing


@given(st.text(st.characters(categories=["L", "N"]), max_size=40), st.integers(1, 2**62), st.integers(1, 90))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_draws_the_same_lots_as_our_code(salt: str, patron: int, share: int) -> None:
    with connection.cursor() as cursor:
        statement = f"SELECT {LOT.format(patron='%(patron)s::bigint')} * 100 < %(share)s * %(lots)s"
        cursor.execute(statement, {"salt": salt, "patron": patron, "share": share, "lots": LOTS})
        assert cursor.fetchone()[0] == is_held(salt=salt, patron=patron, share=share)


@pytest.mark.parametrize("share", [1, 20, 50, 90])
def test_the_lots_fall_as_often_as_they_should_and_new_for_each_experiment(share: int) -> None:
    count = 20_000
    one, other = ({n for n in range(count) if is_held(salt=salt, patron=n, share=share)} for salt in ("sea", "land"))
    for held in (one, other):
        assert len(held) / count == pytest.approx(share / 100, abs=0.012)
    assert len(one & other) / count == pytest.approx(share**2 / 10_000, abs=0.012)
    assert one <= {n for n in range(count) if is_held(salt="sea", patron=n, share=share + 5)}


def test_held_readers_get_no_reminder_and_their_check_in_goes_on_as_if_they_had() -> None:
    loops, experiment = make_due(count=30), make_experiment()
    held = held_among(loops, experiment)
    assert queue_due(now=MORNING) == held.count(False)
    assert 2 < held.count(True) < 28
    assert [len(loop.mails(REMINDED)) for loop in loops] == [0 if out else 1 for out in held]
    after = set(CheckIn.objects.values_list("next_step", "next_at", "ended_because"))
    assert after == {("done", None, "")}
    drawn = dict(Draw.objects.filter(experiment=experiment, drawn_at=MORNING).values_list("patron", "arm"))
    assert drawn == {loop.patron.pk: "held" if out else "sent" for loop, out in zip(loops, held, strict=True)}
    assert Interaction.objects.filter(kind=REMINDED).count() == held.count(False)
    assert queue_due(now=MORNING + DAY) == 0


def test_only_the_reminder_is_held_back_and_only_while_an_experiment_on_it_runs() -> None:
    make_experiment(90, salt="first", ended_at=NOON)
    make_experiment(90, name="Later", subject="journey:welcome")
    (loop,) = make_due()
    fresh = make_loop(*ALL)
    assert queue_due(now=MORNING) == 2
    assert (len(loop.mails(REMINDED)), len(fresh.mails(ASKED))) == (1, 1)
    assert not Draw.objects.exists()


def test_a_first_question_is_never_held_back() -> None:
    make_experiment(90)
    loops = [make_loop(*ALL) for _ in range(8)]
    assert queue_due(now=MORNING) == 8
    assert all(len(loop.mails(ASKED)) == 1 for loop in loops)
    assert not Draw.objects.exists()


def test_without_profile_consent_a_reader_is_reminded_as_usual_and_not_in_the_experiment() -> None:
    loops = make_due("check_in", count=8)
    Consent.objects.create(
        patron=loops[0].patron, purpose="profile", how="form", given_at=NOON, withdrawn_at=NOON, wording="Yes."
    )
    make_experiment(90)
    assert queue_due(now=MORNING) == 8
    assert not Draw.objects.exists()


def test_whoever_would_not_be_reminded_anyway_is_not_drawn() -> None:
    answered, withdrawn, unwilling = make_due(count=3)
    CheckIn.objects.filter(pk=answered.check_in.pk).update(answered_at=NOON)
    type(withdrawn.letter.request).objects.filter(pk=withdrawn.letter.request_id).update(state="withdrawn")
    Consent.objects.filter(patron=unwilling.patron, purpose="check_in").update(withdrawn_at=NOON)
    make_experiment(90)
    assert queue_due(now=MORNING) == 0
    assert not Draw.objects.exists()


def test_a_reader_is_drawn_once_and_stays_where_the_lot_fell() -> None:
    experiment = make_experiment(90)
    loops = make_due(count=6)
    held = [loop for loop, out in zip(loops, held_among(loops, experiment), strict=True) if out]
    queue_due(now=MORNING)
    CheckIn.objects.update(next_step="remind", next_at=MORNING + DAY)
    queue_due(now=MORNING + DAY)
    assert held
    assert not any(loop.mails(REMINDED) for loop in held)
    assert Draw.objects.filter(drawn_at=MORNING).count() == Draw.objects.count() == 6


def test_nobody_is_drawn_beyond_what_it_takes_and_then_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drawing_lots, experiments):
        monkeypatch.setattr(module, "readers_to_draw", lambda **_share: 10)
    experiment = make_experiment(90)
    loops = make_due(count=25)
    sent = queue_due(now=MORNING)
    assert Draw.objects.count() == 10
    assert sent == 25 - Draw.objects.filter(arm="held").count()
    look_at_outcomes(now=MORNING)
    experiment.refresh_from_db()
    assert experiment.ended_at == MORNING
    CheckIn.objects.update(next_step="remind", next_at=MORNING + DAY)
    Message.objects.filter(purpose=REMINDED).delete()
    assert queue_due(now=MORNING + DAY) == len(loops)


def test_a_draw_stands_or_falls_with_the_mail() -> None:
    loops, experiment = make_due(count=6), make_experiment(1)
    experiment.salt = next(salt for salt in "abcdefghij" if not _held_with(salt, loops))
    experiment.save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        name = f"check_in:{loops[2].check_in.pk}"
        cursor.execute(f"ALTER TABLE outreach_message ADD CHECK (purpose <> '{REMINDED}' OR object_key <> '{name}')")
    with pytest.raises(ExceptionGroup):
        queue_due(now=MORNING)
    drawn = set(Draw.objects.values_list("patron", flat=True))
    assert drawn == {loop.patron.pk for loop in loops} - {loops[2].patron.pk}


def test_where_nothing_runs_drawing_costs_one_look(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        assert draw_lots(subject="check_in_reminder", table="check_ins_due", kind=REMINDED, now=NOON) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_draw_each_reader_once(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, loops = make_experiment(), make_due(count=24)
    for twin, other in zip(loops[::2], loops[1::2], strict=True):
        type(other.letter.request).objects.filter(pk=other.letter.request_id).update(patron=twin.patron)
    monkeypatch.setattr(check_in_queue, "BATCH", 5)
    counts = at_once(*(lambda: queue_due(now=MORNING) for _ in range(2)))
    held = held_among(loops[::2], experiment)
    assert sum(int(str(count)) for count in counts) == 2 * held.count(False)
    assert Draw.objects.count() == 12


# What happened


def test_what_counts_as_an_answer_and_when() -> None:
    experiment, readers = make_experiment(days=21), [make_patron("profile") for _ in range(6)]
    lines = [
        ("check_in_answer", MORNING + DAY),
        ("reply", MORNING + 21 * DAY),
        ("check_in_answer", MORNING + 21 * DAY + timedelta(seconds=1)),
        ("check_in_answer", MORNING),
        ("loan", MORNING + DAY),
    ]
    for reader, (kind, at) in zip(readers, lines, strict=False):
        record(kind, reader, at, now=MORNING + 30 * DAY)
    draw(experiment, "sent", readers)
    assert look_at_outcomes(now=MORNING + 21 * DAY - timedelta(seconds=1)) == 0
    then = MORNING + 30 * DAY
    assert look_at_outcomes(now=then) == 6
    happened = [Draw.objects.get(patron=reader).happened for reader in readers]
    assert happened == [True, True, False, False, False, False]
    assert set(Draw.objects.values_list("looked_at", flat=True)) == {then}
    assert look_at_outcomes(now=then + DAY) == 0


def test_who_used_the_library_again() -> None:
    experiment, (back, away, wrote) = make_experiment(outcome="came_back"), (make_patron("profile") for _ in range(3))
    Rule.objects.filter(kind="loan").update(shows_use=True)
    record("loan", back, MORNING + DAY, now=MORNING + DAY)
    record("loan", away, MORNING - DAY, now=MORNING)
    record("check_in", wrote, MORNING + DAY, started_by="library", now=MORNING + DAY)
    draw(experiment, "held", [back, away, wrote])
    look_at_outcomes(now=MORNING + 21 * DAY)
    assert [Draw.objects.get(patron=reader).happened for reader in (back, away, wrote)] == [True, False, False]


def test_who_reached_follow_up() -> None:
    experiment, (up, same) = make_experiment(outcome="follow_up"), (make_patron("profile") for _ in range(2))
    for reader in (up, same):
        record("letter", reader, NOON, started_by="library")
    record("check_in_answer", up, MORNING + DAY, value="closed", now=MORNING + DAY)
    draw(experiment, "held", [up, same])
    look_at_outcomes(now=MORNING + 21 * DAY)
    assert [Draw.objects.get(patron=reader).happened for reader in (up, same)] == [True, False]


def test_each_experiment_has_its_own_days_and_the_tick_looks() -> None:
    short, long = make_experiment(days=7), make_experiment(name="Longer", subject="journey:welcome", days=60)
    reader = make_patron("profile")
    draw(short, "sent", [reader])
    draw(long, "sent", [reader])
    assert run_tick(now=MORNING + 10 * DAY, seconds=0)["outcomes_seen"] == 1
    assert list(Draw.objects.filter(looked_at=None).values_list("experiment", flat=True)) == [long.pk]


def test_looking_is_one_statement_however_many(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    draw(make_experiment(), "sent", [make_patron("profile") for _ in range(12)])
    with django_assert_max_num_queries(4):
        assert look_at_outcomes(now=MORNING + 30 * DAY) == 12
    with django_assert_max_num_queries(3):
        assert look_at_outcomes(now=MORNING + 30 * DAY) == 0


@pytest.mark.parametrize("ending", ["withdrawn", "erased"])
def test_who_withdraws_or_is_erased_leaves_arm_and_outcome_and_nothing_that_names_them(ending: str) -> None:
    experiment, reader = make_experiment(), make_patron("profile")
    (seen,) = draw(experiment, "held", [reader], looked_at=MORNING, happened=True)
    (early,) = draw(make_experiment(name="Two", subject="journey:x"), "sent", [reader])
    if ending == "erased":
        erase_for(patron=reader, now=MORNING)
        reader.delete()
    else:
        Consent.objects.update(withdrawn_at=MORNING)
        end_profile(patron=reader, now=MORNING)
    seen.refresh_from_db()
    assert (seen.patron, seen.arm, seen.happened) == (None, "held", True)
    look_at_outcomes(now=MORNING + 21 * DAY)
    early.refresh_from_db()
    assert (early.patron, early.arm, early.happened, early.looked_at) == (None, "sent", None, MORNING + 21 * DAY)


def test_a_reader_is_told_what_they_took_part_in() -> None:
    reader = make_patron("profile")
    draw(make_experiment(), "held", [reader], looked_at=MORNING, happened=False)
    (told,) = export_for(patron=reader, now=MORNING)["drawn_for_experiments"]
    assert (told["experiment__name"], told["arm"], told["happened"]) == ("The reminder", "held", False)


# Starting and ending


def start(**over: object) -> Experiment:
    facts: dict[str, object] = {"name": " The  reminder ", "note": "", "subject": "check_in_reminder", "share": 50}
    facts |= {"outcome": "answered", "days": 21, "salt": "sea", "by": make_staff("manager"), "now": NOON}
    return start_experiment(**(facts | over))  # type: ignore[arg-type]  # the facts of one test


def test_one_experiment_on_a_subject_at_a_time_and_a_name_of_its_own() -> None:
    first = start()
    assert first.name == "The reminder"
    with pytest.raises(StillRunning):
        start(name="Another")
    end_experiment(experiment=first, by=make_staff("manager"), now=NOON + DAY)
    with pytest.raises(NameTaken):
        start(name="THE REMINDER")
    start(name="Another")
    with pytest.raises(TooLate):
        end_experiment(experiment=first, by=make_staff("manager"), now=NOON + 2 * DAY)


def test_ending_can_be_taken_back_for_a_minute_unless_the_next_has_begun() -> None:
    manager = make_staff("manager")
    first = start()
    end_experiment(experiment=first, by=manager, now=NOON)
    go_on_with(experiment=first, by=manager, now=NOON + timedelta(seconds=60))
    assert Experiment.objects.get().ended_at is None
    end_experiment(experiment=first, by=manager, now=NOON)
    with pytest.raises(TooLate):
        go_on_with(experiment=first, by=manager, now=NOON + timedelta(seconds=61))
    start(name="Another")
    with pytest.raises(TooLate):
        go_on_with(experiment=first, by=manager, now=NOON)


@pytest.mark.parametrize(("share", "days"), [(0, 21), (91, 21), (50, 0), (50, 731)])
def test_the_database_refuses_what_is_no_experiment(share: int, days: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_experiment(share, days=days)


# What is said


def told(*, now: datetime = MORNING + 40 * DAY) -> str:
    (trial,) = read_trials(now=now)
    return say_trial(trial)


def test_while_it_runs_it_says_how_many_are_needed_and_nothing_of_the_outcome() -> None:
    experiment = make_experiment()
    assert told() == "Not enough data yet: about 790 more readers are needed. Nobody has been drawn so far."
    draw(experiment, "sent", [None] * 4)
    assert (
        told() == "Not enough data yet: about 780 more readers are needed. Fewer than 8 readers have been drawn so far."
    )
    seen_by(experiment, sent=(190, 150), held=(190, 20))
    assert told() == "Not enough data yet: about 400 more readers are needed. About 385 readers have been drawn so far."
    (trial,) = read_trials(now=MORNING)
    assert (trial.sent.share, trial.held.share, trial.difference, trial.verdict) == (None, None, None, None)


def test_it_waits_for_the_last_reader_and_for_the_minute_of_the_undo() -> None:
    experiment = make_experiment(ended_at=MORNING)
    seen_by(experiment, sent=(190, 150), held=(190, 20))
    assert read_trials(now=MORNING + timedelta(seconds=60))[0].state == State.WAITING
    assert told(now=MORNING) == "It draws nobody any more. What it found is here in a minute."
    assert read_trials(now=MORNING + timedelta(seconds=61))[0].state == State.OVER
    draw(experiment, "held", [None], at=MORNING - DAY)
    assert told().endswith("when the last reader's days are over, on 11 January 2027.")


@pytest.mark.parametrize(
    ("sent", "held", "words"),
    [
        ((0, 0), (0, 0), "Nobody took part."),
        ((2, 1), (1, 0), "Fewer than 8 readers took part."),
        ((100, 60), (40, 5), "One side rests on fewer than 8 readers, so there is nothing to show. 140 readers"),
        (
            (170, 85),
            (170, 60),
            "The reminder brought 15 more answers per 100 readers; it could be anything from 4 to 25."
            " 340 readers took part.",
        ),
        (
            (170, 60),
            (170, 85),
            "The reminder brought 15 fewer answers per 100 readers; it could be anything from 4 to 25.",
        ),
        (
            (60, 20),
            (60, 15),
            "Not enough data: the reminder may have brought anything from 8 fewer to 24 more answers per 100 readers."
            " 120 readers took part. About 540 more would have been needed.",
        ),
        (
            (400, 110),
            (400, 100),
            "No difference was seen: the reminder may have brought anything from 4 fewer to 9 more answers per 100"
            " readers. 800 readers took part, enough to see a difference of 10 in 100.",
        ),
    ],
)
def test_what_it_found_in_a_sentence(sent: tuple[int, int], held: tuple[int, int], words: str) -> None:
    seen_by(make_experiment(ended_at=MORNING), sent=sent, held=held)
    assert words in told()


def test_other_outcomes_and_subjects_have_words_of_their_own() -> None:
    seen_by(
        make_experiment(ended_at=MORNING, outcome="came_back", subject="journey:welcome"),
        sent=(170, 85),
        held=(170, 60),
    )
    assert told().startswith("What was sent brought 15 more readers who used the library again per 100 readers;")


def test_the_part_shows_groups_difference_and_who_left() -> None:
    experiment = make_experiment(ended_at=MORNING)
    seen_by(experiment, sent=(172, 85), held=(171, 60))
    draw(experiment, "held", [None] * 9, looked_at=MORNING)
    part = read_experiments(period=quarter_of(MORNING.date()), now=MORNING + 40 * DAY)
    overview, groups = part.tables
    assert overview.rows == (("The reminder", "over", 50, 345, 14, 3, 25),)
    assert groups.rows == (("Got the reminder", 170, 49), ("Held out: no reminder", 170, 35))
    assert groups.drawing is not None
    assert part.sentence.startswith("The reminder: The reminder brought 14 more answers per 100 readers;")
    assert part.notes[-1].startswith("The reminder: About 10 readers withdrew or were erased")


def test_small_groups_are_stars() -> None:
    experiment = make_experiment(ended_at=MORNING)
    seen_by(experiment, sent=(30, 20), held=(9, 3))
    overview, groups = read_experiments(period=quarter_of(MORNING.date()), now=MORNING + 40 * DAY).tables
    assert overview.rows[0][3:] == (40, "*", "*", "*")
    assert [row[1:] for row in groups.rows] == [(30, 67), (10, "*")]
    assert groups.drawing is None


def test_a_period_shows_the_experiments_that_went_on_in_it() -> None:
    make_experiment(ended_at=NOON + DAY, days=45)
    for day, tables in ((NOON - 91 * DAY, 0), (NOON, 2), (NOON + 45 * DAY, 2), (NOON + 180 * DAY, 0)):
        part = read_experiments(period=quarter_of(day.date()), now=NOON + 300 * DAY)
        assert len(part.tables) == tables, day
    assert part.sentence == "No experiment ran in this period."


# The pages

FORM = {"name": "The reminder", "note": "Is it worth it", "subject": "check_in_reminder", "share": "20"}
FORM |= {"outcome": "came_back", "days": "30"}


def test_a_manager_starts_one_and_ends_it_and_takes_that_back(client: Client) -> None:
    client.force_login(make_staff("manager"))
    assert "No experiment so far" in client.get("/desk/settings/experiments/").content.decode()
    assert "cannot be changed" in client.get("/desk/settings/experiments/new/").content.decode()
    page = client.post("/desk/settings/experiments/new/", FORM, follow=True).content.decode()
    experiment = Experiment.objects.get()
    assert (experiment.share, experiment.outcome, experiment.days, len(experiment.salt)) == (20, "came_back", 30, 32)
    assert "about 1,250 more readers are needed" in page
    plan = (
        "20 % of readers go without the reminder of a check-in; counted is who used the library again within 30 days."
    )
    assert plan in page
    url = f"/desk/settings/experiments/{experiment.pk}/end/"
    assert "Undo: let it go on" in client.post(url, follow=True).content.decode()
    client.post(url, {"again": "yes"})
    assert Experiment.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Give the experiment a name"),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"name": "\0"}, "Give the experiment a name"),
        ({"share": "0"}, "a whole number from 1 to 90"),
        ({"share": "1e9"}, "a whole number from 1 to 90"),
        ({"days": "-3"}, "a whole number from 1 to 730"),
        ({"outcome": "love"}, "Choose what we count"),
        ({"subject": "letter"}, "Choose what is held back"),
        ({"name": "first"}, "Another experiment already has that name"),
        ({"name": "Second"}, "still running: end it first"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_starts(client: Client, wrong: dict[str, str], words: str) -> None:
    make_experiment(name="First")
    client.force_login(make_staff("manager"))
    answer = client.post("/desk/settings/experiments/new/", FORM | wrong)
    assert words in answer.content.decode()
    assert Experiment.objects.count() == 1


def test_the_list_takes_few_queries_however_many_there_are(client: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    client.force_login(make_staff("manager"))
    for number in range(12):
        seen_by(make_experiment(name=f"Number {number}", ended_at=NOON), sent=(20, 9), held=(20, 9))
    with django_assert_max_num_queries(10):
        assert client.get("/desk/settings/experiments/").content.decode().count("<h3") == 12


def test_each_table_of_the_report_leads_to_its_definition(client: Client) -> None:
    experiment = make_experiment(ended_at=timezone.now() - DAY, started_at=timezone.now() - 2 * DAY)
    seen_by(experiment, sent=(170, 85), held=(170, 60))
    client.force_login(make_staff("viewer"))
    quarter = quarter_of(timezone.now().date()).key
    page = client.get("/reports/experiments/", {"quarter": quarter}).content.decode()
    assert "The reminder brought 15 more answers per 100 readers; it could be anything from 4 to 25." in page
    for key in ("experiments", f"experiment-{experiment.pk}"):
        assert client.get(f"/reports/figure/{key}/", {"quarter": quarter}).status_code == 200
