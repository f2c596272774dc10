"""Every number leads to its rules, to the branches, and for librarians to the readers; names never go further."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from engagement.models import Need, NeedAsk, Promise, Pulse
from engagement.services.counting.counters import COUNTERS, counter_of, counting_facts
from engagement.services.overriding import set_stage
from engagement.services.reports import behind, stored
from engagement.services.reports.behind import read_persons
from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import Figure, Lead, Slice, Table
from engagement.services.reports.whole import read_report
from engagement.services.snapshots import take_snapshots
from library.models import Branch, User
from patrons.models import Consent, Patron
from tests.builders import NOON, make_branch, make_patron, make_staff
from tests.engagement.events import record
from tests.engagement.told import drift

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUARTER = quarter_of(NOON.date())
WHOLE = Slice()


@pytest.fixture(autouse=True)
def _no_pictures() -> None:
    cache.clear()


def live(patron: Patron, number: int) -> None:
    """Something of everything a report counts, a bit different for each reader."""
    branch, late = patron.branch, number % 2
    done = NOON - (19 if late else 21) * DAY
    Promise.objects.create(
        kind="letter", patron=patron, branch=branch, made_at=NOON - 30 * DAY, due_at=NOON - 20 * DAY, kept_at=done
    )
    Promise.objects.create(kind="word", patron=patron, branch=branch, made_at=NOON - DAY, due_at=NOON + DAY)
    record("loan", patron, NOON - 300 * DAY, now=NOON)
    record("letter", patron, NOON - 70 * DAY, started_by="library", thread=number + 1, now=NOON)
    record("request", patron, NOON - 30 * DAY, now=NOON)
    record("letter", patron, done, started_by="library", wait_minutes=1440 * (number + 1), minutes=20, now=NOON)
    record("check_in", patron, NOON - 9 * DAY, started_by="library", now=NOON)
    if late:
        record("check_in_answer", patron, NOON - 8 * DAY, value="closed", thread=number + 1, now=NOON)
        record("pick_answer", patron, NOON - 8 * DAY, value="loved", now=NOON)
        record("donation", patron, NOON - 2 * DAY, now=NOON)
    need, _new = Need.objects.get_or_create(name="large print", defaults={"created_at": NOON})
    NeedAsk.objects.create(need=need, patron=patron, branch=branch, met=not late, at=NOON - DAY)
    Pulse.objects.create(
        wave="weekly", patron=patron, branch=branch, audience="adult", language="en", asked_at=NOON - DAY,
        answered_at=NOON, recommend=9, learned=4,
    )  # fmt: skip
    drift(patron, chance=0.1 if late else 0.9)


def town(branch: Branch | None = None, number: int = 24) -> list[Patron]:
    patrons = [make_patron("profile", branch=branch) for _ in range(number)]
    for place, patron in enumerate(patrons):
        live(patron, place)
    return patrons


def persons(user: User, *measures: str, slice_: Slice = WHOLE) -> list[Any] | None:
    found = read_persons(lead=Lead("", measures), period=QUARTER, slice_=slice_, user=user, now=NOON)
    return None if found is None else list(found.persons)


def measures_counted() -> dict[str, int]:
    """Every measure of the whole library, with the people known behind it."""
    known: dict[str, int] = {}
    with connection.cursor() as cursor:
        for counter in COUNTERS:
            cursor.execute(counter.sql, counting_facts(QUARTER, NOON))
            found = {row[0]: row[4] for row in cursor.fetchall() if row[1:3] == ("", "")}
            assert all(counter_of(measure) is counter for measure in found), counter.name
            known |= found
    return known


def test_every_number_leads_to_exactly_the_people_it_counts() -> None:
    patrons = town()
    set_stage(patron=patrons[0], stage="proactive", reason="-", until=NOON + DAY, by=make_staff(), now=NOON)
    librarian, known = make_staff(), measures_counted()
    listed = {}
    for measure in known:
        measured = measure.removesuffix(":median").removesuffix(":p90")
        found = persons(librarian, measured)
        if found is not None:
            listed[measure] = len(found)
    assert listed == {measure: known[measure] for measure in listed}
    unlisted = {measure.partition(":")[0] for measure in known if measure not in listed}
    assert unlisted == {
        "crowd",
        *(name for name in (measure.partition(":")[0] for measure in known) if "pulse" in name),
    }
    assert {measure.partition(":")[0] for measure in listed} >= {
        "lines", "minutes", "relational", "picks", "check_ins", "promises", "promise_wait", "wait", "answered",
        "threads", "effort", "timed", "loops", "outcome", "giver_stage", "mix", "ours", "need_met", "need_unmet",
        "waiting", "served_week", "open_week", "served_branch", "open_branch", "drifting", "stages", "flow", "active",
        "types",
    }  # fmt: skip


def test_nobody_is_listed_without_a_profile_of_another_branch_or_to_somebody_else() -> None:
    here, there = make_branch(), make_branch()
    mine, theirs = town(here, 4), town(there, 3)
    live(make_patron(branch=here), 1)
    left = town(here, 1)[0]
    Consent.objects.filter(patron=left).update(withdrawn_at=NOON)
    librarian = make_staff()
    librarian.branches.add(here)
    asked = ("lines:letter", "promises:late", "promises:kept", "need_met", "need_unmet", "waiting", "stages:follow_up")
    for measures in ((one,) for one in asked):
        found = {person.public_id for person in persons(librarian, *measures) or []}
        assert found <= {patron.public_id for patron in mine}, measures
    assert len(persons(librarian, "lines:letter") or []) == 4
    assert len(persons(make_staff(), "lines:letter") or []) == 7
    assert len(persons(make_staff(), "lines:letter", slice_=Slice("branch", str(there.pk))) or []) == len(theirs)
    assert [persons(make_staff(role), "lines:letter") for role in ("manager", "viewer", "admin")] == [[], [], []]


def test_states_that_hold_today_are_not_told_of_a_quarter_that_is_over() -> None:
    town(number=2)
    over = quarter_of((NOON - 100 * DAY).date())
    for measure, listed in (("drifting:steady", False), ("types:none", False), ("stages:basic", True)):
        found = read_persons(lead=Lead("", (measure,)), period=over, slice_=WHOLE, user=make_staff(), now=NOON)
        assert (found is not None) is listed, measure


def sign_in(role: str, *branches: Branch) -> Client:
    staff = make_staff(role)
    staff.branches.add(*branches)
    client = Client()
    client.force_login(staff)
    return client


def words_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def addresses() -> list[str]:
    """Every number of the report, and every lead of it, as a page."""
    report = read_report(period=QUARTER, slice_=WHOLE, now=NOON)
    found = []
    for part in report.parts:
        numbers: list[Figure | Table] = [*part.figures, *part.tables]
        for one in numbers:
            page = f"/reports/figure/{one.key}/?quarter={QUARTER.key}&part={part.key}"
            found += [page, *(f"{page}&lead={lead.key}" for lead in one.leads)]
    return found


def test_no_name_reaches_a_page_of_a_manager_or_a_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    patrons = town(make_branch(name="Here"), 12)
    take_snapshots(now=NOON)
    monkeypatch.setattr(stored, "SMALL", 0)  # so each page is read from what is counted
    pages = addresses()
    assert len(pages) > 150
    manager, viewer = sign_in("manager"), sign_in("viewer")
    for number, address in enumerate(pages):
        said = (viewer if number % 2 else manager).get(address)
        assert said.status_code == 200, address
        page = said.content.decode()
        found = [one.name for one in patrons if one.name in page or one.email in page or one.public_id in page]
        assert not found, address


def test_a_number_leads_to_its_rules_its_branches_and_for_librarians_to_the_readers(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    here, there = make_branch(name="Here"), make_branch(name="There")
    mine, theirs = town(here, 20), town(there, 18)
    librarian = sign_in("librarian", here)
    librarian.get("/reports/")
    with django_assert_max_num_queries(10):
        words = words_of(librarian.get("/reports/figure/letters/?quarter=2026-Q4&part=overview").content)
    assert all(patron.name in words for patron in mine)
    assert not [patron.name for patron in theirs if patron.name in words]
    assert "Here 20 There 18" in words
    assert "Named people" in words
    kept = "/reports/figure/promises_kept/?quarter=2026-Q4&part=overview"
    late = words_of(librarian.get(kept).content)
    assert [patron.name in late for patron in mine] == [False, True] * 10
    timely = words_of(librarian.get(f"{kept}&lead=promises:kept").content)
    assert [patron.name in timely for patron in mine] == [True, False] * 10
    assert "Here 50 %" in timely


def test_a_row_of_a_table_leads_on_to_its_branches_and_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    here = make_branch(name="Here")
    mine = town(here, 20)
    town(make_branch(name="There"), 20)
    page = sign_in("viewer").get("/reports/people/?quarter=2026-Q4").content.decode()
    [address] = re.findall(r'href="(/reports/figure/drifting/[^"]*lead=drifting%3Aslipping)"', page)
    address = unescape(address)
    told = words_of(sign_in("viewer").get(address).content)
    assert re.search(r"Here 10\b", told)
    assert re.search(r"There 10\b", told)
    words = words_of(sign_in("librarian", here).get(address).content)
    assert [patron.name in words for patron in mine] == [False, True] * 10


@pytest.mark.parametrize("lead", ["", "x", "promises:late", "drifting:none%00", "' OR 1 --"])
def test_a_lead_nobody_offered_falls_back(lead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    town(number=2)
    client = sign_in("librarian")
    for number in ("letters", "stages", "pulse_rate", "points"):
        assert client.get(f"/reports/figure/{number}/?quarter=2026-Q4&lead={lead}").status_code == 200


def test_a_large_library_has_its_newest_readers_looked_at_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    patrons = town(number=6)
    monkeypatch.setattr(behind, "MOST_READERS", 4)
    assert {person.public_id for person in persons(make_staff(), "lines:letter") or []} == {
        patron.public_id for patron in patrons[2:]
    }
    # Of few things all are looked at, however many readers there are.
    assert {person.public_id for person in persons(make_staff(), "promises:late") or []} == {
        patron.public_id for patron in patrons[1::2]
    }
    url = "/reports/figure/letters/?quarter=2026-Q4&part=overview"
    assert "You may see more readers than a page can look through" in words_of(sign_in("librarian").get(url).content)


def test_a_slice_narrows_the_readers_too() -> None:
    adult, teen = make_patron("profile"), make_patron("profile", audience="teen")
    for patron in (adult, teen):
        record("letter", patron, NOON - DAY, started_by="library", audience=patron.audience, now=NOON)
    found = persons(make_staff(), "lines:letter", slice_=Slice("audience", "teen"))
    assert [person.public_id for person in found or []] == [teen.public_id]
