"""Who is slipping away, counted in the database: as in Python, with consent only, and nothing written twice."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import Drift, DriftModel, Interaction
from engagement.services.drift_features import HORIZON, facts_of
from engagement.services.drift_model import LEVELS, PUBLISHED, chance_of_return, weighed_most
from engagement.services.drift_nightly import count_tonight
from engagement.services.drift_refit import fit_drift
from engagement.services.drifting import count_drifting, weights_in_force
from engagement.services.reports.counts import read_counts
from engagement.services.reports.parts.drifting import drifting_table
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Slice
from engagement.services.reports.small_numbers import HIDDEN
from engagement.services.scores import forget_profile
from library.models import AuditLine
from patrons.models import Consent, Patron
from patrons.services.consents import withdraw_consent
from tests.bench.drift_population import FIRST, LAST, town
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record
from tests.engagement.told import drift

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NO_WEIGHT = {"weight": 0.0, "mean": 0.0}
ON = NOON.date()
_sources = itertools.count(1)
since = st.lists(st.integers(0, 3000), min_size=1, max_size=25)


def visit(patron: Patron, *days_ago: int, kind: str = "loan") -> None:
    """Lines as an import writes them, straight into the ledger."""
    Interaction.objects.bulk_create(
        Interaction(
            source_key=f"visit:{next(_sources)}",
            kind=kind, day=(NOON - ago * DAY).date(), at=NOON - ago * DAY, patron=patron, audience="adult",
            language="en", started_by="patron", tests="nynnn", transactional=1, relational=0, rules=1, recorded_at=ON,
        )
        for ago in days_ago
    )  # fmt: skip


def days_of(*days_ago: int) -> list[date]:
    return [ON - ago * DAY for ago in days_ago]


# The same as in Python


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(since, min_size=1, max_size=6))
def test_python_and_the_database_agree(db: None, readers: list[list[int]]) -> None:
    Interaction.objects.all().delete()
    patrons = {make_patron("profile").pk: ago for ago in readers}
    for pk, ago in patrons.items():
        visit(Patron(pk=pk), *ago)
    count_drifting(now=NOON, size=2)
    for row in Drift.objects.filter(patron__in=patrons):
        history = days_of(*patrons[row.patron_id])
        facts = facts_of(history, on=ON)
        assert row.chance == pytest.approx(chance_of_return(history, on=ON), abs=1e-9)
        assert (row.days, row.first_day, row.last_day) == (len(set(history)), min(history), max(history))
        assert (row.rhythm_days or 0) == facts.rhythm[0]
        assert row.fact == weighed_most(facts)[0]
        assert (row.model, row.counted_on) == (1, ON)
    assert Drift.objects.filter(patron__in=patrons).count() == len(patrons)


def test_the_published_weights_are_there_from_the_first_day() -> None:
    model = DriftModel.objects.get()
    assert (model.number, model.rests_on) == (1, 0)
    assert weights_in_force() == PUBLISHED
    assert model.quality["auc"] > model.quality["auc_recency"]


def test_only_what_shows_use_and_has_happened_counts() -> None:
    patron = make_patron("profile")
    visit(patron, 30, 10)
    visit(patron, 5, kind="letter")
    visit(patron, -1)
    count_drifting(now=NOON)
    row = Drift.objects.get()
    assert (row.days, row.last_day) == (2, ON - 10 * DAY)


# Consent first


def test_without_profile_consent_nobody_is_counted() -> None:
    visit(make_patron("check_in"), 3)
    ended = make_patron("profile")
    Consent.objects.filter(patron=ended).update(withdrawn_at=NOON)
    visit(ended, 3)
    assert count_drifting(now=NOON) == 0
    assert not Drift.objects.exists()


def test_who_withdraws_is_gone_at_once_and_stays_gone() -> None:
    patron = make_patron("profile")
    visit(patron, 3)
    count_drifting(now=NOON)
    withdraw_consent(patron=patron, purpose="profile", now=NOON)
    forget_profile(patron=patron, now=NOON)
    assert not Drift.objects.exists()
    assert count_drifting(now=NOON + DAY) == 0


def test_a_row_left_behind_goes_the_next_night() -> None:
    """By whatever way: a consent that ended without a word, or a last line that was taken out."""
    withdrawn, emptied, kept = make_patron("profile"), make_patron("profile"), make_patron("profile")
    for patron in (withdrawn, emptied, kept):
        visit(patron, 3)
    count_drifting(now=NOON)
    Consent.objects.filter(patron=withdrawn).update(withdrawn_at=NOON)
    Interaction.objects.filter(patron=emptied).delete()
    assert count_drifting(now=NOON) == 2
    assert Drift.objects.get().patron == kept


# Nothing twice


def test_only_what_changed_is_written_again() -> None:
    patrons = [make_patron("profile") for _ in range(7)]
    for patron in patrons:
        visit(patron, 400, 380, 360)
    assert count_drifting(now=NOON, size=3) == 7
    assert count_drifting(now=NOON, size=2) == 0
    visit(patrons[0], 1)
    assert count_drifting(now=NOON) == 1
    assert Drift.objects.get(patron=patrons[0]).days == 4


def test_a_stored_chance_is_never_half_a_percent_old() -> None:
    patron = make_patron("profile")
    visit(patron, 200, 150, 100, 50, 0)
    for nights in range(0, 200, 9):
        now = NOON + nights * DAY
        count_drifting(now=now)
        truth = chance_of_return(days_of(200, 150, 100, 50, 0), on=now.date())
        assert Drift.objects.get().chance == pytest.approx(truth, abs=0.005)


def test_the_weights_are_fitted_once_a_month() -> None:
    visit(make_patron("profile"), 3)
    for night in (NOON, NOON + DAY, NOON + 30 * DAY):
        count_tonight(now=night)
    told = AuditLine.objects.filter(thing="drifting").order_by("pk").values_list("what", "reference")
    assert list(told) == [("drifting.fitted", "2026-11"), ("drifting.fitted", "2026-12")]


def settle(people: int) -> datetime:
    """A town moves in, with all its days in the ledger; the day after its last."""
    for history in town(people, seed=99):
        patron = make_patron("profile")
        visit(patron, *[(ON - day).days - (ON - LAST).days for day in history])
    return NOON


def test_weights_are_fitted_to_enough_history_and_kept_only_when_no_worse() -> None:
    now = settle(450)
    DriftModel.objects.update(weights=PUBLISHED.as_json() | {"intercept": -3.0, "beyond_rhythm": NO_WEIGHT})
    model = fit_drift(now=now)
    assert model
    assert (model.number, weights_in_force().number) == (2, 2)
    assert model.rests_on > 400
    assert model.quality["brier"] < model.quality["brier_before"]
    assert model.quality["auc"] >= model.quality["auc_before"]
    before = Drift.objects.count()
    assert count_drifting(now=now) > before
    assert set(Drift.objects.values_list("model", flat=True)) == {2}
    DriftModel.objects.filter(number=2).update(weights=PUBLISHED.as_json())
    again = fit_drift(now=now)
    assert again is None or again.quality["brier"] <= again.quality["brier_before"]


def test_a_small_library_keeps_the_published_weights() -> None:
    visit(make_patron("profile"), *range(0, 900, 20))
    assert fit_drift(now=NOON) is None
    assert DriftModel.objects.count() == 1


# The report


def test_a_report_counts_readers_at_each_level_and_hides_the_few() -> None:
    for chance, readers in ((0.9, 12), (0.3, 9), (0.05, 3)):
        for _ in range(readers):
            drift(make_patron("profile"), chance=chance)
    for _ in range(11):
        make_patron()
    ended = make_patron("profile")
    drift(ended, chance=0.9)
    Consent.objects.filter(patron=ended).update(withdrawn_at=NOON)
    period = quarter_of(ON)
    counts = read_counts(period=period, slice_=Slice(), now=NOON)
    table = drifting_table(counts, counts)
    shown = {row[0]: row[1] for row in table.rows}
    assert shown["slipping away"] == HIDDEN
    assert shown["steady"] in (10, HIDDEN)
    assert table.drawing is None
    assert "fewer than 8 readers" in table.sentence
    assert "Not measured: about 10 readers" in table.sentence


def test_levels_in_the_report_are_those_of_the_list() -> None:
    for chance in (0.0, 0.199, 0.2, 0.499, 0.5, 1.0):
        for _ in range(10):
            drift(make_patron("profile"), chance=chance)
    counts = read_counts(period=quarter_of(ON), slice_=Slice(), now=NOON)
    assert [counts.people(f"drifting:{level}") for level in LEVELS] == [20, 20, 20]


# The list


def test_librarians_see_their_branches_most_likely_lost_first(client: Client) -> None:
    here, elsewhere = make_branch(), make_branch()
    steady, slipping = make_patron("profile", branch=here, name="Ada"), make_patron("profile", name="Bo")
    foreign = make_patron("profile", branch=elsewhere, name="Cyd")
    visit(steady, *range(0, 300, 7))
    visit(slipping, *range(120, 400, 7))
    visit(foreign, 100)
    count_drifting(now=NOON)
    librarian = make_staff()
    librarian.branches.add(here)
    client.force_login(librarian)
    page = client.get("/desk/drifting/").content.decode()
    assert page.index("Bo") < page.index("Ada")
    assert "Cyd" not in page
    assert "Usually every week, last seen" in page
    assert f'href="/desk/patrons/{slipping.public_id}/"' in page


def test_those_seen_long_ago_are_asked_for(client: Client) -> None:
    visit(make_patron("profile", name="Longago"), 900)
    count_drifting(now=NOON)
    client.force_login(make_staff())
    assert "Longago" not in client.get("/desk/drifting/").content.decode()
    assert "Longago" in client.get("/desk/drifting/?seen=ever").content.decode()


def test_whose_consent_has_ended_is_not_shown_even_before_the_night(client: Client) -> None:
    patron = make_patron("profile", name="Withdrawn")
    visit(patron, 30)
    count_drifting(now=NOON)
    Consent.objects.filter(patron=patron).update(withdrawn_at=NOON)
    client.force_login(make_staff())
    assert "Withdrawn" not in client.get("/desk/drifting/").content.decode()
    assert patron.name not in client.get(f"/desk/drifting/?after={patron.public_id}").content.decode()


def test_every_reader_stands_on_one_page_only(client: Client) -> None:
    names = {f"Reader{number:03}" for number in range(120)}
    for name in names:
        drift(make_patron("profile", name=name), last_day=ON - 40 * DAY)
    client.force_login(make_staff())
    seen: list[str] = []
    query = ""
    for _page in range(3):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(f"/desk/drifting/{query}")
        assert len(asked) <= 10
        found = response.context["found"]
        seen += [reader.patron.name for reader in found.readers]
        query = f"?after={found.after}"
    assert sorted(seen) == sorted(names)
    assert query == "?after="


@pytest.mark.parametrize("query", ["?after=%00", "?after=nobody", "?branch=nowhere&seen=never", "?after=" + "9" * 400])
def test_odd_addresses_show_the_first_page(client: Client, query: str) -> None:
    client.force_login(make_staff())
    assert client.get(f"/desk/drifting/{query}").status_code == 200


def test_the_horizon_is_the_published_one() -> None:
    assert HORIZON == 180


def test_the_ledger_itself_feeds_it() -> None:
    """A line recorded as the desk records it, without anything written by hand."""
    patron = make_patron("profile")
    record("visit", patron, at=NOON - 9 * DAY)
    assert count_drifting(now=NOON) == 1
    assert Drift.objects.get().last_day == (NOON - 9 * DAY).date()
    assert FIRST < LAST
