"""Whatever happens to lines, and in whichever order: the stored scores are what counting everything anew would give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import Interaction, Score, StageChange
from engagement.services.corrections import Disowned, disown_line, own_line
from engagement.services.ledger import correct_interaction, record_interaction, retract_interaction
from engagement.services.merging import merge_records
from engagement.services.privacy import erase_for
from engagement.services.scores import forget_profile, rebuild_scores, recount_patron, retest_stages
from engagement.services.stages import stage_at
from patrons.models import Consent, Patron
from tests.builders import NOON, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KINDS = ["letter", "check_in_answer", "proactive_letter", "proactive_answer", "desk_talk", "loan", "referral", "visit"]
VALUES = ["", "closed", "open", "stop"]
UNTILS = ("reactive_until", "follow_up_until", "proactive_until")
who = st.integers(0, 2)
which = st.integers(0, 30)
days = st.integers(0, 800)
said = st.tuples(st.sampled_from(VALUES), st.booleans(), st.integers(0, 2))
adding = st.tuples(st.just("add"), who, st.sampled_from(KINDS), days, said)
steps = st.one_of(
    adding,
    adding,
    adding,
    st.tuples(st.just("correct"), which, st.sampled_from(VALUES), st.booleans()),
    st.tuples(st.just("retract"), which),
    st.tuples(st.just("disown"), which),
    st.tuples(st.just("own")),
    st.tuples(st.just("merge"), who, who),
    st.tuples(st.just("forget"), who),
    st.tuples(st.just("erase"), who),
    st.tuples(st.just("time"), days),
)


@dataclass
class World:
    """Three readers, the sources written so far, and the lines somebody said were not theirs; a method a step."""

    patrons: list[Patron]
    sources: list[str] = field(default_factory=list)
    disowned: list[tuple[Patron, Disowned]] = field(default_factory=list)

    def add(self, person: int, kind: str, ago: int, said: tuple[str, bool, int]) -> None:
        value, yes, thread = said
        self.sources.append(f"step:{len(self.sources)}")
        record_interaction(
            kind=kind,
            source=self.sources[-1],
            at=NOON - ago * DAY,
            patron=self.patrons[person],
            started_by="library",
            value=value,
            tests={"named_people": yes, "continued": yes, "used_knowledge": yes},
            thread=thread or None,
            now=NOON,
        )

    def correct(self, place: int, value: str, yes: bool) -> None:
        tests = {"continued": yes, "named_people": yes}
        correct_interaction(source=self._one(place), value=value, tests=tests, now=NOON)

    def retract(self, place: int) -> None:
        retract_interaction(source=self._one(place), now=NOON)

    def disown(self, place: int) -> None:
        lines = list(Interaction.objects.exclude(patron=None).select_related("patron").order_by("pk"))
        line = lines[place % len(lines)] if lines else None
        if line is not None and line.patron is not None:
            known = disown_line(patron=line.patron, line=line.pk, now=NOON)
            self.disowned += [(line.patron, known)] if known else []

    def own(self) -> None:
        if self.disowned:
            patron, known = self.disowned.pop()
            own_line(patron=patron, known=known, now=NOON)

    def merge(self, gone: int, kept: int) -> None:
        if gone != kept:
            merge_records(gone=self.patrons[gone], kept=self.patrons[kept], now=NOON)

    def forget(self, person: int) -> None:
        forget_profile(patron=self.patrons[person], now=NOON)

    def erase(self, person: int) -> None:
        erase_for(patron=self.patrons[person], now=NOON)

    def time(self, ahead: int) -> None:
        retest_stages(now=NOON + ahead * DAY)

    def _one(self, place: int) -> str:
        return self.sources[place % len(self.sources)] if self.sources else "nothing"


@given(st.lists(steps, max_size=25), st.integers(0, 500))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_stored_and_rebuilt_agree(history: list[tuple[object, ...]], later: int) -> None:
    with transaction.atomic():
        world = World([make_patron("profile", "proactive") for _ in range(3)])
        Consent.objects.update(given_at=NOON - 900 * DAY)
        for what, *facts in history:
            getattr(world, str(what))(*facts)
        then = NOON + later * DAY
        retest_stages(now=then)
        stored = {score.patron_id: score for score in Score.objects.all()}
        rebuild_scores(now=then)
        rebuilt = {score.patron_id: score for score in Score.objects.all()}
        for patron, score in rebuilt.items():
            _agree(stored.get(patron, Score(patron_id=patron, stage="basic")), score)
            assert score.stage == stage_at(score, then)
        # A score of nothing may stay behind, none may be lost.
        assert set(stored) <= set(rebuilt)
        transaction.set_rollback(True)


def _agree(stored: Score, rebuilt: Score) -> None:
    assert stored.relational == pytest.approx(rebuilt.relational, rel=1e-9)
    assert stored.transactional == pytest.approx(rebuilt.transactional, rel=1e-9)
    fields = (*UNTILS, "stage", "holds_until")
    assert [getattr(stored, name) for name in fields] == [getattr(rebuilt, name) for name in fields]


def test_a_rebuild_writes_only_what_differs() -> None:
    right, wrong, lost = (make_patron("profile") for _ in range(3))
    for patron in (right, wrong, lost):
        record("letter", patron, started_by="library")
    Score.objects.filter(patron=wrong).update(relational=1)
    Score.objects.filter(patron=lost).delete()
    places = _places()
    later = NOON + DAY
    assert rebuild_scores(now=later) == 3
    after = Score.objects.in_bulk()
    assert _places()[right.pk] == places[right.pk]
    assert after[right.pk].changed_at == NOON
    assert after[wrong.pk].relational == after[lost.pk].relational == after[right.pk].relational
    assert after[lost.pk].stage == "reactive"
    assert list(StageChange.objects.filter(at=later).values_list("patron", "because")) == [(lost.pk, "rules")]


def _places() -> dict[int, str]:
    """Where each score lies in its table: it moves when it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT patron_id, ctid::text FROM engagement_score")
        return dict(cursor.fetchall())


def test_a_rebuild_ends_at_zero_where_no_line_is_left_and_counts_a_contact_that_was_answered() -> None:
    empty, close = make_patron("profile"), make_patron("profile", "proactive")
    Consent.objects.update(given_at=NOON - 100 * DAY)
    record("letter", empty, started_by="library")
    Interaction.objects.all().delete()
    for kind, value in (("letter", ""), ("check_in_answer", "closed")):
        record(kind, close, value=value, started_by="library")
    record("proactive_letter", close, NOON - 9 * DAY, started_by="library", thread=5, now=NOON)
    record("proactive_answer", close, thread=5)
    Score.objects.filter(patron=close).delete()
    rebuild_scores(now=NOON)
    scores = Score.objects.in_bulk()
    assert (scores[empty.pk].relational, scores[empty.pk].stage, scores[empty.pk].reactive_until) == (0, "basic", None)
    assert scores[close.pk].stage == "proactive"


def test_a_rebuild_takes_as_many_queries_for_many_as_for_one() -> None:
    taken = []
    for _ in range(2):
        for _ in range(4):
            record("letter", make_patron("profile"), started_by="library")
        with CaptureQueriesContext(connection) as asked:
            rebuild_scores(now=NOON)
        taken.append(len(asked))
    assert taken[0] == taken[1]


def test_recounting_one_gives_what_rebuilding_gives() -> None:
    patron = make_patron("profile")
    for ago in (3, 40, 700):
        record("letter", patron, NOON - ago * DAY, started_by="library", now=NOON)
        record("loan", patron, NOON - ago * DAY, now=NOON)
    recount_patron(patron=patron, now=NOON)
    one = Score.objects.get()
    Score.objects.all().delete()
    rebuild_scores(now=NOON)
    _agree(one, Score.objects.get())
