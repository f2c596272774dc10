"""Types of readers: told by published rules, the same in Python and SQL, put right by the reader."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.models import ReaderType, Rule
from engagement.services.merging import merge_records
from engagement.services.overriding import NotMeasured
from engagement.services.privacy import end_profile, export_for
from engagement.services.reader_types import kind_of_reader, say_type, tell_types
from engagement.services.rules import rules_in_force
from engagement.services.type_rules import COUNTS, RULES, say_rule, type_of
from patrons.models import Patron
from tests.builders import NOON, make_patron
from tests.engagement.events import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TYPICAL = {
    "fan": {"loan": 3, "referral": 1, "advocacy": 1},
    "shares": {"loan": 4, "volunteering": 1, "circle_post": 2},
    "expert": {"loan": 5, "review": 3, "purchase_suggestion": 1},
    "seeks_information": {"loan": 4, "reference_question": 2, "database_use": 1},
    "seeks_offers": {"loan": 3, "programme": 2, "challenge_joined": 1},
    "one_thing": {"loan": 9, "renewal": 1},
    "": {"loan": 4, "renewal": 3},
}
KINDS = sorted({kind for lines in TYPICAL.values() for kind in lines} | {"check_in_answer", "reply", "desk_talk"})


def live(patron: Patron, lines: dict[str, int], at: datetime = NOON - DAY) -> None:
    for kind, times in lines.items():
        for _ in range(times):
            record(kind, patron, at, now=NOON)


def told(patron: Patron) -> str:
    row = ReaderType.objects.filter(patron=patron).first()
    return row.told if row else ""


@pytest.mark.parametrize("kind", TYPICAL)
def test_each_type_is_told_from_what_is_typical_of_it(kind: str) -> None:
    patron = make_patron("profile")
    live(patron, TYPICAL[kind])
    tell_types(now=NOON)
    assert told(patron) == kind


@given(st.dictionaries(st.sampled_from(KINDS), st.integers(1, 6), max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_and_the_published_words_tell_the_same(lines: dict[str, int]) -> None:
    patron = make_patron("profile")
    live(patron, lines)
    tell_types(now=NOON)
    assert told(patron) == type_of(counted(lines))


def counted(lines: dict[str, int]) -> dict[str, int]:
    """The counts as the table of counts says in words."""
    rules = {rule.kind: rule for rule in Rule.objects.filter(version=rules_in_force())}
    facts = {
        count.name: sum(
            times
            for kind, times in lines.items()
            if (kind in count.kinds or rules[kind].group in count.groups or rules[kind].outcome in count.outcomes)
            and kind not in count.but
        )
        for count in COUNTS
    }
    return facts | {"lines": sum(lines.values()), "most": max(lines.values(), default=0)}


def test_every_kind_and_group_the_rules_name_exists() -> None:
    kinds = set(Rule.objects.filter(version=rules_in_force()).values_list("kind", flat=True))
    assert {kind for count in COUNTS for kind in (*count.kinds, *count.but)} <= kinds
    assert {group for count in COUNTS for group in count.groups} <= set(Rule.Group.values)
    assert {outcome for count in COUNTS for outcome in count.outcomes} <= set(Rule.Outcome.values)
    assert {rule.type for rule in RULES} == set(ReaderType.Type)


def test_the_rules_are_said_in_words() -> None:
    assert say_rule(RULES[3]) == (
        "Looks for information: asked for advice or an answer or used an online source at least 3 times within a year, "
        "and that is at least 25 % of what they did."
    )


def test_under_five_lines_nobody_has_a_type() -> None:
    patron = make_patron("profile")
    live(patron, {"referral": 4})
    tell_types(now=NOON)
    assert told(patron) == ""
    assert not ReaderType.objects.exists()


def test_what_the_library_does_tells_nothing_of_a_reader() -> None:
    patron = make_patron("profile")
    for _ in range(9):
        record("letter", patron, NOON - DAY, started_by="library")
    tell_types(now=NOON)
    assert not ReaderType.objects.exists()


def test_only_the_last_year_counts_and_a_type_that_no_longer_fits_goes() -> None:
    patron = make_patron("profile")
    live(patron, TYPICAL["fan"], NOON - 300 * DAY)
    assert tell_types(now=NOON) == 1
    assert tell_types(now=NOON) == 0, "what is right already is not written again"
    assert ReaderType.objects.get().facts == {
        **{"rules": 1, "lines": 5, "most": 3, "kind": "loan", "spoke": 2},
    }
    assert tell_types(now=NOON + 100 * DAY) == 1
    row = ReaderType.objects.get()
    assert (row.told, row.facts) == ("", {})
    assert tell_types(now=NOON + 101 * DAY) == 0


def test_nobody_without_a_profile_has_a_type_and_it_goes_with_the_profile() -> None:
    stranger, patron = make_patron(), make_patron("profile")
    for one in (stranger, patron):
        live(one, TYPICAL["expert"])
    tell_types(now=NOON)
    assert list(ReaderType.objects.values_list("patron", flat=True)) == [patron.pk]
    patron.consents.update(withdrawn_at=NOON)
    end_profile(patron=patron, now=NOON)
    tell_types(now=NOON)
    assert not ReaderType.objects.exists()
    with pytest.raises(NotMeasured):
        say_type(patron=patron, said="fan", now=NOON)


def test_the_readers_word_holds_through_every_night() -> None:
    patron = make_patron("profile")
    live(patron, TYPICAL["expert"])
    tell_types(now=NOON)
    assert say_type(patron=patron, said="one_thing", now=NOON) == ""
    live(patron, TYPICAL["fan"])
    tell_types(now=NOON + DAY)
    found = kind_of_reader(Patron.objects.select_related("reader_type").get())
    assert (found.type, found.by_reader, found.told, found.facts) == ("one_thing", True, "fan", {"spoke": 2})
    assert say_type(patron=patron, said="", now=NOON) == "one_thing"
    found = kind_of_reader(Patron.objects.select_related("reader_type").get())
    assert (found.type, found.by_reader) == ("fan", False)


def test_whoever_wants_no_type_is_left_alone_until_they_want_one() -> None:
    patron = make_patron("profile")
    live(patron, TYPICAL["expert"])
    tell_types(now=NOON)
    say_type(patron=patron, said="none", now=NOON)
    assert tell_types(now=NOON + DAY) == 0
    row = ReaderType.objects.get()
    assert (row.told, row.facts, row.none_of_these) == ("", {}, True)
    found = kind_of_reader(Patron.objects.select_related("reader_type").get())
    assert (found.type, found.by_reader) == (None, True)
    assert say_type(patron=patron, said="", now=NOON) == "none"
    assert told(patron) == "expert"


def test_a_word_that_is_no_type_is_refused() -> None:
    patron = make_patron("profile")
    with pytest.raises(ValueError, match="no type"):
        say_type(patron=patron, said="bargain hunter", now=NOON)
    assert not ReaderType.objects.exists()


def test_the_word_goes_along_when_two_records_become_one() -> None:
    gone, kept = make_patron("profile"), make_patron("profile")
    say_type(patron=gone, said="none", now=NOON)
    live(kept, TYPICAL["expert"])
    tell_types(now=NOON)
    merge_records(gone=gone, kept=kept, now=NOON)
    row = ReaderType.objects.get()
    assert (row.patron, row.none_of_these, row.told) == (kept, True, "")


def test_the_reader_takes_it_along() -> None:
    patron = make_patron("profile")
    live(patron, TYPICAL["expert"])
    tell_types(now=NOON)
    [kept] = export_for(patron=patron, now=NOON)["reader_type"]
    assert (kept["told"], kept["facts"]["advised"]) == ("expert", 3)


def test_types_hold_nothing_back() -> None:
    """No service that decides what a reader gets may read a type: only pages, counts and the person's own file do."""
    root = Path(__file__).resolve().parents[2]
    readers = {
        str(path.relative_to(root))
        for house in ("engagement", "outreach", "relcrm")
        for path in (root / house).rglob("*.py")
        if "migrations" not in path.parts and ("ReaderType" in (text := path.read_text()) or "kind_of_reader" in text)
    }
    assert readers <= {
        "engagement/models/__init__.py",
        "engagement/models/reader_type.py",
        "engagement/services/merging.py",
        "engagement/services/privacy.py",
        "engagement/services/reader_types.py",
        "engagement/services/recounting.py",
        "engagement/services/reports/parts/people.py",
        "engagement/services/reports/parts/people_words.py",
        "engagement/services/type_rules.py",
        "relcrm/desk/forms/patrons.py",
        "relcrm/desk/services/ended_profiles.py",
        "relcrm/desk/services/measured.py",
        "relcrm/desk/services/own_record.py",
        "relcrm/desk/services/patron_card.py",
        "relcrm/desk/services/type_words.py",
    }
