"""A whole library through the reports: every number of every part worked out by hand, in the comments beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engagement.models import MarketingNumber, Need, NeedAsk, Promise
from engagement.services.reports.periods import Period, month_of, period_between, quarter_of
from engagement.services.reports.shapes import Figure, Part, Report, Slice, Table
from engagement.services.reports.small_numbers import Shown
from engagement.services.reports.whole import PARTS, read_report
from engagement.services.snapshots import take_snapshots
from library.models import Branch, LibrarySettings
from patrons.models import Patron
from tests.builders import NOON, make_branch, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEXT_YEAR = datetime.fromisoformat("2027-01-10T12:00:00+00:00")
QUARTER = quarter_of(NOON.date())
WHOLE = Slice()
Queries = Callable[[int], Any]


def report(*parts: str, slice_: Slice = WHOLE, period: Period = QUARTER, now: datetime = NEXT_YEAR) -> Report:
    return read_report(period=period, slice_=slice_, parts=parts or PARTS, now=now)


def part(key: str, **over: Any) -> Part:
    return report(key, **over).parts[0]


def figures(one: Part) -> dict[str, Shown]:
    return {figure.key: figure.value for figure in one.figures}


def table(one: Part, key: str) -> Table:
    return next(table for table in one.tables if table.key == key)


def rows(one: Part, key: str) -> dict[Shown, tuple[Shown, ...]]:
    """The rows of a table by their first cell."""
    return {row[0]: row[1:] for row in table(one, key).rows}


def readers(count: int, *consents: str, branch: Branch | None = None) -> list[Patron]:
    return [make_patron(*consents, branch=branch) for _ in range(count)]


def write(reader: Patron, thread: int, *, days: float, liked: bool, answered: bool, minutes: int | None) -> None:
    """A request, its letter three days later, the question three weeks on, and perhaps an answer on two books."""
    at = NOON - days * DAY
    record("request", reader, at, thread=thread)
    wait = 3 * 1440
    record("letter", reader, at + 3 * DAY, started_by="library", thread=thread, wait_minutes=wait, minutes=minutes)
    record("check_in", reader, at + 24 * DAY, started_by="library", thread=thread)
    if answered:
        record("check_in_answer", reader, at + 26 * DAY, thread=thread, value="closed")
        for answer in ("loved", "so_so") if liked else ("not_for_me", "not_for_me"):
            record("pick_answer", reader, at + 26 * DAY, thread=thread, value=answer)


@pytest.fixture
def library() -> Branch:
    """Thirty readers asked for a letter in the last quarter of 2026, ten in the one before; all have a profile.

    Of the thirty, 20 answered (12 liked one book of two, 8 none). Letters took 20 minutes; ten have no minutes.
    """
    branch = make_branch(name="Harbour")
    for number, reader in enumerate(readers(30, "profile", branch=branch), 1):
        write(reader, number, days=50, liked=number <= 12, answered=number <= 20, minutes=20 if number <= 20 else None)
        promised(reader, kept_after=3 if number <= 22 else 9)
    for number, reader in enumerate(readers(10, "profile", branch=branch), 101):
        write(reader, number, days=120, liked=True, answered=True, minutes=30)
    return branch


def promised(reader: Patron, *, kept_after: int) -> None:
    """A letter promised within five days."""
    at = NOON - 50 * DAY
    Promise.objects.create(
        kind="letter", patron=reader, branch=reader.branch, made_at=at, due_at=at + 5 * DAY,
        kept_at=at + kept_after * DAY,
    )  # fmt: skip


@pytest.mark.usefixtures("library")
def test_the_overview_says_whether_relationships_grow_and_the_loop_turns() -> None:
    one = part("overview")
    assert figures(one) == {
        "answer_rate": 67,  # 20 of 30
        "loved_or_liked": 30,  # 12 of 40 books
        "median_wait": 3.0,
        "nine_of_ten_wait": 3.0,
        "promises_kept": 73,  # 22 of 30
        "letters": 30,
        "requests": 30,
        "promise_median": 3.0,
        "promise_nine_of_ten": 9.0,
        "check_ins": 30,
        "books_answered": 40,
    }
    assert {figure.key: figure.before for figure in one.figures}["letters"] == 10
    # Points, by the second rules. A request: 1 yes of weight 2 = 2 transactional. A letter: 3 yes of 4 = 12, half and
    # half. A check-in: 2 yes of 0.5 = 1, half and half. An answer: 4 yes of 3 = 12 relational; a book 4 of 0.75 = 3.
    now = (30 * 6 + 30 * 0.5 + 20 * 12 + 40 * 3, 30 * 2 + 30 * 6 + 30 * 0.5)
    before = (10 * 6 + 10 * 0.5 + 10 * 12 + 20 * 3, 10 * 2 + 10 * 6 + 10 * 0.5)
    assert table(one, "points").rows == (("Q3 2026", *before), ("Q4 2026", *now))
    assert one.sentence == (
        "Relational points grew 127 % against the period before. "  # from 245 to 555
        "Readers asked for 30 letters, and 30 went out; 30 % of the books they judged were loved or liked."
    )
    assert rows(one, "contacts") == {
        # 30 requests, 20 answers, 40 books; 30 letters, 30 check-ins; nothing else happened.
        "what readers did towards us": (90, 10 + 10 + 20),
        "what we did towards readers": (60, 20),
        "everyday use of the library": (0, 0),
    }
    assert rows(one, "promises") == {
        "kept in time": (22, 0), "late": (8, 0), "open, not due yet": (0, 0), "withdrawn": (0, 0)
    }  # fmt: skip
    assert table(one, "promises").sentence == "22 promises were kept in time, 8 were late."


@pytest.mark.usefixtures("library")
def test_effort_says_what_a_closed_loop_costs_and_how_much_is_known() -> None:
    LibrarySettings.objects.update_or_create(pk=1, defaults={"hourly_rate": Decimal("36"), "currency": "ZAR"})
    one = part("effort")
    assert figures(one) == {
        "hours": 6.7,  # 20 letters of 20 minutes
        "cost": 240.0,
        "relational_minutes": 50,  # a letter has three yes: half its minutes
        "loops": 20,
        "minutes_per_loop": 20.0,
        "cost_per_loop": 12.0,
        "cost_per_outcome": None,  # nobody gave anything
        "minutes_known": 67,
    }
    assert {figure.key: figure.before for figure in one.figures}["cost_per_loop"] == 18.0  # 10 letters of 30 minutes
    assert rows(one, "effort_kinds") == {"Letter with suggestions": (30, 6.7, 20.0, 67, 240.0)}
    assert rows(one, "loops_closed") == {
        "an answer to a check-in": (20, 10), "a talk at the desk": (0, 0), "a call": (0, 0)
    }  # fmt: skip
    assert one.sentence == (
        "A closed loop took 20.0 minutes of staff time, 12.00 ZAR. Minutes are known for 67 % of letters."
    )


def test_minutes_known_of_every_letter_or_of_none_are_said_in_words() -> None:
    for reader in readers(9, "profile"):
        record("letter", reader, started_by="library", minutes=10)
    assert "Minutes are known for every letter." in part("effort").notes
    for reader in readers(3, "profile"):
        record("letter", reader, started_by="library")
    assert "Minutes are known for some of the letters." in part("effort").notes


def test_outcomes_count_gifts_givers_and_where_they_stood() -> None:
    close = readers(9, "profile")
    for number, reader in enumerate(close):
        record("letter", reader, NOON - 30 * DAY, started_by="library", thread=number, now=NOON - 30 * DAY)
        record("donation", reader, NOON - 3 * DAY)
        record("donation", reader, NOON - 2 * DAY)
    for reader in readers(8, "profile"):
        record("referral", reader)
    for reader in readers(3, "profile"):
        record("volunteering", reader)
    one = part("outcomes")
    assert figures(one) == {
        "gifts": 26,  # 18 donations and 8 people brought; what is hidden is not in the sum
        "gifts_donation": 18,
        "gifts_volunteering": "*",
        "gifts_advocacy": 0,
        "gifts_referral": 8,
    }
    assert rows(one, "gifts_by_kind")["donations"] == (18, 10, 0)
    by_stage = rows(one, "gifts_by_stage")
    assert {stage: row[0] for stage, row in by_stage.items()} == {
        "proactive": 0, "follow-up": 0, "reactive": 10, "basic": 10  # 9 of the one, 11 of the other
    }  # fmt: skip
    assert one.sentence == (
        "At least 26 gifts to the library, after 0 in the period before: 18 donations, 8 people brought."
    )


def test_the_mix_stands_beside_the_yardstick_of_2012() -> None:
    for kind, count in (("request", 10), ("reply", 20), ("review", 10), ("hold", 8), ("circle_post", 8)):
        for reader in readers(count, "profile"):
            record(kind, reader)
    one = part("contact_mix")
    assert rows(one, "mix") == {
        "advice and reviews": (10, 10, 18, None, 35),  # 10 of 56
        "communication": (20, 20, 36, None, 28),
        "service": (8, 10, 14, None, 13),
        "advice requests": (10, 10, 18, None, 12),
        "community life": (8, 10, 14, None, 10),
        "co-creation": (0, 0, 0, None, 2),
    }
    assert one.sentence.startswith(
        "The largest part of what readers did towards us was communication: 36 %, beside 28 % in 2012."
    )
    assert "2012 is a yardstick, not a goal." in one.notes


def test_a_group_on_few_readers_is_left_out_of_every_share() -> None:
    for kind, count in (("request", 10), ("reply", 20), ("review", 3)):
        for reader in readers(count, "profile"):
            record(kind, reader)
    one = part("contact_mix")
    shares = {row[0]: row[3] for row in table(one, "mix").rows}
    assert (shares["communication"], shares["advice requests"], shares["advice and reviews"]) == (67, 33, "*")
    assert one.sentence.startswith("The largest part of what may be shown was communication: 67 %")


@pytest.mark.usefixtures("library")
def test_reciprocity_counts_answers_after_their_sixty_days_and_who_began() -> None:
    for reader in readers(10, "profile"):
        record("proactive_letter", reader, started_by="library")
    one = part("contact_mix")
    # Sixty days ended in the quarter for what we wrote from 2 August to 1 November: 30 letters of 8 October and 30
    # check-ins of 29 October, of which 20 and 20 were answered on 31 October, and the 10 check-ins of 20 August, all
    # answered. The 10 letters of 30 July are older, the 10 letters nobody had asked for younger.
    assert rows(one, "reciprocity") == {
        "our contacts answered": (50, 10),  # those 10 letters before
        "our contacts not answered": (20, 0),
        "our contacts to readers without a profile, not measured": (0, 0),
    }
    assert figures(one)["answered"] == 71
    assert figures(one)["begun_by_readers"] == 75  # 30 requests, 10 letters of ours
    assert table(one, "reciprocity").sentence == (
        "Readers answered 71 % of our contacts whose 60 days are over. Readers began 75 % of all exchanges."
    )


def test_needs_not_met_are_summed_up_and_small_ones_left_out() -> None:
    needs = {name: Need.objects.create(name=name, created_at=NOON) for name in ("large print", "board games")}
    for name, met, count in (("large print", False, 12), ("large print", True, 9), ("board games", False, 3)):
        for reader in readers(count):
            NeedAsk.objects.create(need=needs[name], patron=reader, met=met, at=NOON - DAY)
    one = part("needs")
    assert rows(one, "needs_by_name") == {"large print": (12, 9, 0)}
    assert "Most asked for in vain: large print." in one.sentence
    assert "board games" not in str(one)


def test_staff_load_tells_weeks_and_branches_and_no_names() -> None:
    harbour, hill = make_branch(name="Harbour"), make_branch(name="Hill")
    for branch, count in ((hill, 10), (harbour, 12)):
        for reader in readers(count, "profile", branch=branch):
            record("letter", reader, NOON, started_by="library", minutes=30)
            promised(reader, kept_after=40)
    one = part("load")
    # Promised on 5 October, kept on 14 November: waiting at the end of the weeks from 5 October to 2 November.
    weeks = rows(one, "load_weeks")
    assert weeks["23 Nov"] == (20, 0)  # 22 readers, rounded to 5
    assert [weeks[week][1] for week in ("5 Oct", "12 Oct", "2 Nov", "9 Nov")] == [20, 20, 20, 0]
    assert table(one, "load_branches").rows == (("Harbour", 10, 0), ("Hill", 10, 0))
    assert figures(one) == {"done": 22, "waiting": 0, "hours_worked": 11.0}
    assert not table_keys(part("load", slice_=Slice("branch", str(hill.pk), "Hill")))


def table_keys(one: Part) -> set[str]:
    return {table.key for table in one.tables}


def test_marketing_stands_on_the_transactional_side() -> None:
    for reader in readers(9, "profile"):
        record("loan", reader)
    for channel, measure, value in (("Instagram", "likes", 120), ("Flyer", "sign_ups", 12), ("Flyer", "shares", 3)):
        MarketingNumber.objects.create(channel=channel, measure=measure, day=NOON.date(), value=value)
    one = part("overview")
    assert rows(one, "marketing") == {"likes": (120, 0), "sign-ups": (12, 0), "shares": ("*", 0)}
    assert rows(one, "marketing_channels") == {"Flyer": (0, "*", 12), "Instagram": (120, 0, 0)}


def test_a_period_that_still_runs_is_not_spoken_of_as_if_it_were_over() -> None:
    for reader in readers(9, "profile"):
        record("letter", reader, NOON - 95 * DAY, started_by="library", minutes=5)
        record("letter", reader, NOON, started_by="library", minutes=5)
        record("donation", reader, NOON)
    running = report(now=NOON)
    assert running.is_running
    said = " ".join(words(running))
    assert "grew" not in said
    assert "fell" not in said
    assert "This period still runs, so its relational points are not compared yet." in said
    assert "9 gifts to the library so far: 9 donations." in said
    assert "of work done so far" in said


def test_an_empty_library_is_told_what_will_come_here() -> None:
    for one in report().parts:
        if one.key in ("people", "experiments"):
            continue
        assert not one.figures
        assert not one.tables
        assert one.sentence
    assert not [figure for one in report("overview", now=NOON).parts for figure in one.figures]


def words(whole: Report) -> Iterator[str]:
    for one in whole.parts:
        yield one.sentence
        yield from one.notes
        yield from (table.sentence for table in one.tables)


@pytest.mark.usefixtures("library")
def test_every_number_has_a_definition_and_a_key_of_its_own() -> None:
    whole = report()
    numbers: list[Figure | Table] = []
    for one in whole.parts:
        numbers += [*one.figures, *one.tables]
    assert len({each.key for each in numbers}) == len(numbers)
    assert all(each.definition.endswith(".") for each in numbers)
    for each in (each for one in whole.parts for each in one.tables):
        assert all(len(row) == len(each.columns) for row in each.rows)
        if each.drawing:
            assert {each.drawing.x, *each.drawing.y} <= {column.key for column in each.columns}


def test_seven_readers_show_nothing_anywhere() -> None:
    for number, reader in enumerate(readers(7, "profile"), 1):
        write(reader, number, days=50, liked=True, answered=True, minutes=20)
        record("donation", reader)
        promised(reader, kept_after=3)
    whole = report()
    for one in whole.parts:
        if one.key == "people":
            continue
        cells = [cell for each in one.tables for row in each.rows for cell in row[1:]]
        numbers = {value for value in [*figures(one).values(), *cells] if isinstance(value, int | float) and value}
        assert numbers <= {35, 28, 13, 12, 10, 2}  # the study's own
    assert "7" not in " ".join(words(whole))


@pytest.mark.usefixtures("library")
def test_the_trend_reaches_back_as_far_as_counts_are_kept() -> None:
    for reader in readers(9, "profile"):
        record("donation", reader, NOON - 300 * DAY)  # in January
    assert [row[0] for row in table(part("overview"), "points").rows] == ["Q3 2026", "Q4 2026"]
    take_snapshots(now=NEXT_YEAR, seconds=None)
    whole = report("overview", "outcomes")
    assert [row[0] for row in table(whole.parts[0], "points").rows] == ["Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026"]
    assert table(whole.parts[1], "gifts_trend").rows[0] == ("Q1 2026", 9, 0, 0, 0)
    months = table(part("overview", period=month_of(NOON.date())), "points").rows
    assert (months[0][0], months[-1][0]) == ("Jan 2026", "Nov 2026")


@pytest.mark.usefixtures("library")
def test_any_days_and_any_slice_cost_few_queries(django_assert_max_num_queries: Queries, library: Branch) -> None:
    with django_assert_max_num_queries(8):
        report()
    with django_assert_max_num_queries(8):
        report(slice_=Slice("branch", str(library.pk), "Harbour"))
    days = period_between(NOON.date() - 60 * DAY, NOON.date())
    assert figures(part("overview", period=days))["letters"] == 30
    assert figures(part("overview", slice_=Slice("audience", "adult", "adults")))["letters"] == 30
    assert not part("overview", slice_=Slice("language", "fr", "readers of French")).figures
