"""The tick: all that is due, each step on its own, at whatever time it is told."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from engagement.models import Interaction
from engagement.services.ledger import record_interaction
from outreach.models import Letter, Message, Request, Thread
from outreach.services.checkins import schedule_check_in
from outreach.services.postbox import pause_mail
from patrons.models import Consent, Patron
from relcrm.desk.services.forgetting import forget_unproved
from relcrm.desk.services.tick import run_tick
from tests.builders import NOON, make_letter, make_patron, make_request, make_title
from tests.outreach.inboxes import make_reply
from tests.outreach.test_delivery import queue, settled

pytestmark = pytest.mark.django_db
NAMES = {
    "check_ins", "sent", "put_off", "failed", "in_doubt", "cancelled", "quiet", "stages", "outcomes_seen", "forgotten",
    "tombstones_filed", "nightly", "uploads_dropped", "exports_dropped", "duplicates", "profiles_ended",
    "imports_ended", "pauses_over", "events_applied", "answers_lost", "errors",
}  # fmt: skip
# What the command does itself; the beat wakes a worker for it.
BY_COMMAND = {"board_reports", "bulk_actions", "imports", "quarters_counted", "rules_followed", "rule_effects"}


def answered(patron: Patron, *, days_ago: int) -> Letter:
    """A request answered so many days before noon."""
    at = NOON - timedelta(days=days_ago)
    request = make_request(patron, asked_at=at, state="answered", answered_at=at)
    return make_letter(request, titles=(make_title(),), sent_at=at)


def test_nothing_due_is_nothing_done() -> None:
    assert run_tick(now=NOON) == dict.fromkeys(NAMES, 0)


def test_a_check_in_that_is_due_is_queued_and_leaves_in_the_same_tick() -> None:
    patron = make_patron("check_in")
    letter = answered(patron, days_ago=21)
    queue(patron, str(letter.pk))
    Message.objects.update(state="sent")
    schedule_check_in(letter=letter, now=NOON - timedelta(days=21))
    assert run_tick(now=NOON - timedelta(minutes=1))["check_ins"] == 0
    done = run_tick(now=NOON)
    assert (done["check_ins"], done["sent"], done["errors"]) == (1, 1, 0)
    assert len(mail.outbox) == 1
    assert run_tick(now=NOON)["sent"] == 0


def test_a_step_that_breaks_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*, now: object) -> int:
        raise RuntimeError("check-ins are broken")

    monkeypatch.setattr("relcrm.desk.services.tick.queue_due", broken)
    monkeypatch.setattr("relcrm.desk.services.tick.retest_stages", broken)
    message = queue()
    forgotten = make_patron(standing="provisional", created_at=NOON - timedelta(days=61))
    done = run_tick(now=NOON)
    assert (done["sent"], done["forgotten"], done["errors"]) == (1, 1, 2)
    assert settled(message).state == "sent"
    assert not Patron.objects.filter(pk=forgotten.pk).exists()


def test_the_command_does_what_is_due_at_the_time_given_and_says_it_in_json() -> None:
    message = queue(due_at=NOON + timedelta(days=2))
    out = StringIO()
    call_command("tick", "--now", (NOON + timedelta(days=2)).isoformat(), "--json", stdout=out)
    lines = out.getvalue().strip().splitlines()
    assert lines[0] == "sent 1"
    assert json.loads(lines[-1]) == dict.fromkeys(NAMES | BY_COMMAND, 0) | {"sent": 1}
    assert settled(message).sent_at == NOON + timedelta(days=2)


def test_the_command_says_with_its_end_that_a_step_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relcrm.desk.services.tick.queue_due", lambda now: 1 / 0)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("tick", "--json", "--now", NOON.isoformat(), stdout=out)
    assert ended.value.code == 1
    assert json.loads(out.getvalue().splitlines()[-1])["errors"] == 1


def test_the_command_leaves_nothing_due_behind() -> None:
    patron = make_patron()
    for number in range(45):
        queue(patron, str(number))
    out = StringIO()
    call_command("tick", "--now", NOON.isoformat(), stdout=out)
    assert out.getvalue() == "sent 45\n"
    out = StringIO()
    call_command("tick", "--now", NOON.isoformat(), stdout=out)
    assert out.getvalue() == "Nothing was due.\n"


def test_the_command_says_when_all_mail_is_paused() -> None:
    queue(due_at=NOON)
    pause_mail(by=None, because="", now=NOON)
    out = StringIO()
    call_command("tick", "--now", NOON.isoformat(), stdout=out)
    assert out.getvalue() == "Nothing was due.\nAll mail is paused: what is due waits.\n"


def test_a_time_without_a_zone_is_the_librarys(settings: pytest.FixtureRequest) -> None:
    settings.TIME_ZONE = "Europe/Paris"  # type: ignore[attr-defined]
    queue(due_at=NOON)
    out = StringIO()
    call_command("tick", "--now", "2026-11-24T12:59:59", stdout=out)
    assert out.getvalue() == "Nothing was due.\n"
    call_command("tick", "--now", "2026-11-24T13:00:00", stdout=out)
    assert "sent 1" in out.getvalue()


@pytest.mark.parametrize("words", ["yesterday", "", "2026-13-01", "1e9"])
def test_a_time_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(CommandError):
        call_command("tick", f"--now={words}")


def test_who_never_proved_the_address_is_forgotten_sixty_days_after_the_last_letter() -> None:
    patron = make_patron("check_in", "profile", standing="provisional", created_at=NOON - timedelta(days=100))
    answered(patron, days_ago=90)
    letter = answered(patron, days_ago=60)
    at = letter.sent_at
    assert at is not None
    record_interaction(kind="letter", source="letter:1", at=at, patron=patron, started_by="library", now=at)
    queue(patron)
    assert forget_unproved(now=NOON) == 0
    assert forget_unproved(now=NOON + timedelta(seconds=1)) == 1
    for model in (Patron, Request, Letter, Message, Consent):
        assert not model.objects.exists()
    line = Interaction.objects.get()
    assert (line.patron, line.at, line.day) == (None, None, at.date())


def test_who_talks_with_us_stays_until_60_days_after_the_last_word() -> None:
    old = NOON - timedelta(days=200)
    someone, another, third = (make_patron(standing="provisional", created_at=old) for _ in range(3))
    make_reply(make_bare(someone), at=NOON - timedelta(days=60))
    Thread.objects.filter(pk=make_bare(another).pk).update(waiting_since=old)
    answer = queue(third, "answer")
    Message.objects.filter(pk=answer.pk).update(
        purpose="reply", state="sent", sent_at=NOON - timedelta(days=60), thread=make_bare(third)
    )
    assert forget_unproved(now=NOON) == 0
    assert forget_unproved(now=NOON + timedelta(seconds=1)) == 2
    assert Patron.objects.get() == another, "who waits for an answer is never forgotten"


def make_bare(patron: Patron) -> Thread:
    return Thread.objects.create(patron=patron, subject="A mail", started_at=patron.created_at)


def test_who_waits_or_has_proved_the_address_stays() -> None:
    old = NOON - timedelta(days=200)
    own = make_patron(created_at=old)
    answered(own, days_ago=150)
    for state in ("waiting", "held"):
        make_request(make_patron(standing="provisional", created_at=old), asked_at=old, state=state)
    make_request(
        make_patron(standing="provisional", created_at=old),
        asked_at=old,
        state="withdrawn",
        withdrawn_at=NOON - timedelta(days=59),
    )
    make_patron(standing="provisional", created_at=NOON - timedelta(days=59))
    assert forget_unproved(now=NOON) == 0
    assert Patron.objects.count() == 5
    make_request(make_patron(standing="provisional", created_at=old), asked_at=old, state="withdrawn", withdrawn_at=old)
    assert forget_unproved(now=NOON) == 1
    assert Patron.objects.count() == 5
