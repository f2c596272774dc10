"""What follows from an answer: ledger, tasks, the proved address; the same again changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from engagement.models import Interaction
from library.models import User
from outreach.models import Answer, CheckIn, ContactReason
from outreach.services.answers import accept_offer
from outreach.services.checkins import GivenAnswer, NothingChosen, RequestWithdrawn, UnknownPick, record_answers
from outreach.services.contacts import Contact, finish_reason, put_off_reason, reopen_reason
from outreach.services.reports.contact_list import Row, read_contacts
from patrons.models import Consent
from tests.builders import NOON, make_branch, make_staff
from tests.outreach.loops import DAY, Loop, make_loop

pytestmark = pytest.mark.django_db
LATER = NOON + 22 * DAY


def say(
    loop: Loop, *, learned: bool | None = None, comment: str | None = None, value: str = "loved", now: datetime = LATER
) -> None:
    given = {loop.picks[0].pk: GivenAnswer(value)}
    record_answers(check_in=loop.check_in, answers=given, learned=learned, comment=comment, now=now)


def begun(user: User, now: datetime) -> list[Row]:
    return read_contacts(user=user, now=now).rows


def lines(loop: Loop) -> dict[str, str]:
    return dict(Interaction.objects.filter(patron=loop.patron).order_by("pk").values_list("kind", "value"))


def test_each_pick_its_answer_and_the_loop_are_in_the_ledger_once() -> None:
    loop = make_loop("check_in", "profile")
    loop.answer("loved", "not_yet", why="The calm.")
    written = Interaction.objects.filter(patron=loop.patron).order_by("kind", "pk")
    assert [(line.kind, line.value, line.title) for line in written] == [
        ("check_in_answer", "closed", None),
        ("pick_answer", "loved", loop.picks[0].title),
        ("pick_answer", "not_yet", loop.picks[1].title),
    ]
    assert {line.started_by for line in written} == {"patron"}
    assert {line.thread for line in written} == {loop.letter.request.thread_id}
    assert Answer.objects.get(pick=loop.picks[0]).why == "The calm."


def test_only_not_yet_leaves_the_loop_open_until_more_is_said() -> None:
    loop = make_loop("check_in", "profile")
    loop.answer("not_yet")
    assert lines(loop)["check_in_answer"] == "open"
    loop.answer("so_so", now=LATER + DAY)
    assert lines(loop)["check_in_answer"] == "closed"
    assert loop.check_in.answered_at == LATER


def test_the_same_again_changes_nothing() -> None:
    loop = make_loop("check_in", "profile")
    loop.answer("loved", "could_not_get", why="Because")
    before = list(Answer.objects.order_by("pk").values()), list(Interaction.objects.order_by("pk").values())
    loop.answer("loved", "could_not_get", now=LATER + DAY, why="Because")
    assert (list(Answer.objects.order_by("pk").values()), list(Interaction.objects.order_by("pk").values())) == before
    assert ContactReason.objects.count() == 1


def test_a_changed_answer_corrects_its_line_and_keeps_the_first_time() -> None:
    loop = make_loop("check_in", "profile")
    loop.answer("loved", why="Calm")
    loop.answer("not_for_me", why=None, now=LATER + DAY)
    answer = Answer.objects.get()
    assert (answer.value, answer.why, answer.answered_at, answer.changed_at) == (
        "not_for_me",
        "Calm",
        LATER,
        LATER + DAY,
    )
    assert Interaction.objects.filter(kind="pick_answer").values_list("value", flat=True).get() == "not_for_me"


def test_picks_left_out_keep_their_answers() -> None:
    loop = make_loop()
    loop.answer("loved", "liked")
    loop.answer("", "so_so")
    assert list(Answer.objects.order_by("pick__position").values_list("value", flat=True)) == ["loved", "so_so"]


def test_without_profile_consent_the_ledger_keeps_no_patron() -> None:
    loop = make_loop("check_in")
    loop.answer("loved")
    written = Interaction.objects.all()
    assert {line.kind for line in written} == {"check_in_answer", "pick_answer"}
    assert {(line.patron, line.at, line.title, line.thread) for line in written} == {(None, None, None, None)}


def test_words_and_learning_have_their_own_lines_and_go_with_them() -> None:
    loop = make_loop("check_in", "profile")
    say(loop, learned=True, comment="More of this")
    assert {"check_in_comment", "learned_something"} <= lines(loop).keys()
    say(loop, learned=None, comment=None)
    assert {"check_in_comment", "learned_something"} <= lines(loop).keys()
    say(loop, learned=False, comment="")
    assert not {"check_in_comment", "learned_something"} & lines(loop).keys()
    say(loop, learned=True, comment="After all")
    assert {"check_in_comment", "learned_something"} <= lines(loop).keys()
    loop.check_in.refresh_from_db()
    assert (loop.check_in.learned, loop.check_in.comment) == (True, "After all")


def test_an_answer_proves_the_address() -> None:
    loop = make_loop(standing="provisional")
    loop.answer("loved")
    loop.patron.refresh_from_db()
    assert (loop.patron.standing, loop.patron.proved_at) == ("own", LATER)


def test_nothing_chosen_writes_nothing() -> None:
    loop = make_loop(standing="provisional")
    with pytest.raises(NothingChosen):
        record_answers(check_in=loop.check_in, answers={}, learned=True, comment="Hello", now=LATER)
    loop.patron.refresh_from_db()
    assert loop.patron.standing == "provisional"
    assert not Interaction.objects.exists()


def test_a_pick_of_another_letter_writes_nothing() -> None:
    loop, other = make_loop(), make_loop()
    given = {loop.picks[0].pk: GivenAnswer("loved"), other.picks[0].pk: GivenAnswer("loved")}
    with pytest.raises(UnknownPick):
        record_answers(check_in=loop.check_in, answers=given, learned=None, comment=None, now=LATER)
    assert not Answer.objects.exists()


def test_a_withdrawn_request_writes_nothing() -> None:
    loop = make_loop()
    loop.letter.request.state = "withdrawn"
    loop.letter.request.save(update_fields=["state"])
    with pytest.raises(RequestWithdrawn):
        loop.answer("loved")
    with pytest.raises(RequestWithdrawn):
        accept_offer(check_in=loop.check_in, purpose="proactive", now=LATER)
    assert not Answer.objects.exists()
    assert not Consent.objects.filter(purpose="proactive").exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_write_one_of_everything() -> None:
    loop = make_loop("check_in", "profile")

    def click(_number: int) -> None:
        try:
            check_in = CheckIn.objects.get(pk=loop.check_in.pk)
            given = {loop.picks[0].pk: GivenAnswer("could_not_get", "All out")}
            record_answers(check_in=check_in, answers=given, learned=True, comment="Hm", now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        list(clicks.map(click, range(4)))
    assert sorted(Interaction.objects.values_list("kind", flat=True)) == [
        "check_in_answer",
        "check_in_comment",
        "learned_something",
        "pick_answer",
    ]
    assert Answer.objects.count() == ContactReason.objects.count() == 1


def test_a_book_the_reader_could_not_get_becomes_a_task_and_goes_when_the_answer_changes() -> None:
    librarian = make_staff()
    loop = make_loop()
    loop.answer("loved", "could_not_get", why="Always on loan.")
    (row,) = begun(librarian, LATER)
    assert row.patron == loop.patron
    assert row.sentence == "could not get L'Anomalie in December"
    assert row.words is not None
    assert (row.words.who, row.words.words) == ("", "Always on loan.")
    loop.answer("", "liked")
    assert begun(librarian, LATER) == []
    loop.answer("", "could_not_get")
    assert len(begun(librarian, LATER)) == 1
    assert ContactReason.objects.count() == 1


def test_a_task_is_put_off_for_a_week_done_and_taken_back() -> None:
    librarian = make_staff()
    make_loop().answer("could_not_get", why="")
    reason = ContactReason.objects.get()
    put_off_reason(reason=reason, days=7, now=LATER)
    assert begun(librarian, LATER + 6 * DAY) == []
    assert len(begun(librarian, LATER + 7 * DAY)) == 1
    finish_reason(reason=reason, by=librarian, contact=Contact("done"), now=LATER)
    assert begun(librarian, LATER + 7 * DAY) == []
    reopen_reason(reason=reason, now=LATER)
    assert len(begun(librarian, LATER)) == 1


def test_tasks_are_seen_by_librarians_of_the_branch_only() -> None:
    here, there = make_branch(), make_branch()
    make_loop(branch=here).answer("could_not_get")
    near, far = make_staff(), make_staff()
    near.branches.add(here)
    far.branches.add(there)
    assert len(begun(near, LATER)) == 1
    assert begun(far, LATER) == []
    assert begun(make_staff("manager"), LATER) == []


def test_an_offer_that_is_not_made_is_refused() -> None:
    loop = make_loop()
    with pytest.raises(ValueError, match="community"):
        accept_offer(check_in=loop.check_in, purpose="community", now=LATER)


def test_an_accepted_offer_is_a_consent_with_its_words_and_proves_the_address() -> None:
    loop = make_loop(standing="provisional", language="fr")
    accept_offer(check_in=loop.check_in, purpose="proactive", now=LATER)
    accept_offer(check_in=loop.check_in, purpose="proactive", now=LATER + DAY)
    consent = Consent.objects.get(purpose="proactive")
    assert (consent.how, consent.language, consent.given_at) == ("answer", "fr", LATER)
    assert consent.wording
    loop.patron.refresh_from_db()
    assert loop.patron.standing == "own"
