"""Reasons to contact somebody: each found from its facts, for nobody who may not be contacted, gone when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from catalog.models import CatalogChange, Copy, Title
from engagement.models import Draw, Drift, Experiment, Interaction, Need, NeedAsk, Service
from engagement.services.ledger import record_interaction
from library.models import ImportRun, LibrarySettings, User
from outreach.models import ContactReason, Message, Request, Taste
from outreach.services.contact_finding import find_contacts
from outreach.services.contact_words import SENTENCES, opening_for, sentence_for
from outreach.services.contacts import set_aside_reason
from outreach.services.reports.contact_list import read_contacts
from patrons.models import Patron, Suppression
from relcrm.desk.services.tick import run_tick
from tests.builders import make_branch, make_letter, make_patron, make_request, make_staff, make_title
from tests.outreach.loops import DAY, make_loop

pytestmark = pytest.mark.django_db
AGREED = ("proactive", "profile", "check_in")
Kind = ContactReason.Kind
Maker = Callable[[Patron, datetime], None]


def known(*consents: str, **over: Any) -> Patron:
    """A reader of long standing, for whom there is no reason yet."""
    values: dict[str, Any] = {"joined_on": date(2015, 6, 1), "created_at": datetime.fromisoformat("2020-01-01T12:00Z")}
    return make_patron(*(consents or AGREED), **(values | over))


def drifting(patron: Patron, now: datetime) -> None:
    last = (now - 120 * DAY).date()
    Drift.objects.create(
        patron=patron,
        days=9,
        first_day=last - 300 * DAY,
        last_day=last,
        rhythm_days=21,
        chance=0.3,
        fact="rhythm",
        model=1,
        counted_on=now.date(),
    )


def back(patron: Patron, now: datetime) -> None:
    for days in (300, 290, 3):
        at = now - days * DAY
        key = f"{patron.pk}:{days}"
        record_interaction(kind="visit", source=key, at=at, patron=patron, started_by="patron", now=now)
    last = (now - 3 * DAY).date()
    Drift.objects.create(
        patron=patron,
        days=3,
        first_day=last - 297 * DAY,
        last_day=last,
        chance=0.7,
        fact="recency",
        model=1,
        counted_on=now.date(),
    )


def gave(patron: Patron, now: datetime) -> None:
    record_interaction(
        kind="donation", source=f"gift:{patron.pk}", at=now - 5 * DAY, patron=patron, started_by="patron", now=now
    )


def asked_in_vain(patron: Patron, now: datetime) -> None:
    need = Need.objects.create(name="Books by post", created_at=now)
    NeedAsk.objects.create(need=need, patron=patron, at=now - 40 * DAY, by=User.objects.order_by("pk").first())
    Service.objects.create(name="Books on wheels").needs.add(need)


def loved_an_author(patron: Patron, now: datetime) -> None:
    old = make_title(name="The Summer Book", authors=["Tove Jansson"])
    by = User.objects.order_by("pk").first()
    letter = make_letter(make_request(patron, state="answered"), titles=(old,), librarian=by, sent_at=now - 200 * DAY)
    named = letter.request.named.get()
    Taste.objects.create(
        patron=patron, kind="author", name="Tove Jansson", liked=True, weight=1, named=named, learned_at=now
    )
    new = make_title(name="The True Deceiver", authors=["Tove Jansson"], year=now.year)
    run = ImportRun.objects.create(what="titles", file_name="new.mrc", state="done", started_at=now - 2 * DAY)
    CatalogChange.objects.create(run=run, title=new, line=1, before=None, after={})


def new_here(patron: Patron, now: datetime) -> None:
    Patron.objects.filter(pk=patron.pk).update(joined_on=(now - 20 * DAY).date())


def card_ends(patron: Patron, now: datetime) -> None:
    Patron.objects.filter(pk=patron.pk).update(card_expires_on=(now + 12 * DAY).date())


def joined_this_day(patron: Patron, now: datetime) -> None:
    day = (now + 2 * DAY).date()
    Patron.objects.filter(pk=patron.pk).update(joined_on=day.replace(year=day.year - 10))


FOUND: dict[str, tuple[Maker, str]] = {
    Kind.DRIFTING: (drifting, "may be slipping away: usually every 3 weeks, last seen 4 months ago"),
    Kind.BACK: (back, "is back after 9 months"),
    Kind.NOT_THANKED: (gave, "gave money or things on 19 November 2026 and has not been thanked"),
    Kind.NEED_MET: (asked_in_vain, "asked for Books by post on 15 October 2026; Books on wheels offers it now"),
    Kind.NEW_TITLE: (
        loved_an_author,
        "loved The Summer Book by Tove Jansson; a new book by Tove Jansson is here: The True Deceiver",
    ),
    Kind.FIRST_DAYS: (new_here, "joined 3 weeks ago and has not heard from a person yet"),
    Kind.CARD_ENDS: (card_ends, "has a card that ends on 6 December 2026"),
    Kind.ANNIVERSARY: (joined_this_day, "will have been with the library for 10 years on 26 November 2026"),
}


def rows(by: User, now: datetime) -> list[tuple[str, str]]:
    find_contacts(now=now)
    return [(row.kind, row.sentence) for row in read_contacts(user=by, now=now).rows]


@pytest.mark.parametrize("kind", FOUND)
def test_each_reason_is_found_from_its_facts_and_said_in_a_sentence(kind: str, now: datetime) -> None:
    make, sentence = FOUND[kind]
    by, patron = make_staff(), known()
    assert rows(by, now) == []
    make(patron, now)
    assert rows(by, now) == [(kind, sentence)]
    assert rows(by, now) == [(kind, sentence)], "the same data give the same list"
    reason = ContactReason.objects.get()
    assert all(opening_for(reason, language) for language in ("en", "es", "fr", "pt", "af"))
    set_aside_reason(reason=reason, by=by, because="no_time", now=now)
    assert rows(by, now) == [], "the same occasion is not listed twice"


def test_a_book_they_could_not_get_is_listed_again_when_it_stands_on_the_shelf(now: datetime) -> None:
    loop = make_loop(*AGREED)
    loop.answer("loved", "could_not_get")
    by, later = loop.check_in.letter.librarian, now + 40 * DAY
    assert [kind for kind, _ in rows(by, later)] == ["could_not_get"]
    here = make_branch(name="Harbour")
    Copy.objects.create(title=loop.picks[1].title, branch=here, source_key="1", status="available", as_of=later)
    kinds = [reason.kind for reason in ContactReason.objects.all()]
    assert rows(by, later + DAY)[0] == ("pick_there", "could not get L'Anomalie; it is on the shelf now at Harbour")
    assert kinds == ["could_not_get"]


def test_every_kind_has_a_finder_a_sentence_and_a_row_of_the_table() -> None:
    assert set(FOUND) | {Kind.PICK_THERE} == set(SENTENCES)
    assert set(SENTENCES) | {Kind.COULD_NOT_GET} == set(Kind)


@pytest.mark.parametrize(
    "over",
    [
        {"audience": "child"},
        {"audience": "teen"},
        {"birth_year": 2009},
        {"standing": "provisional"},
        {"gone_at": datetime.fromisoformat("2026-11-01T12:00Z")},
        {"email": ""},
    ],
)
def test_nobody_is_listed_whom_we_may_not_contact_unasked(over: dict[str, Any], now: datetime) -> None:
    joined_this_day(known(**over), now)
    assert rows(make_staff(), now) == []


def test_without_consent_nobody_is_listed_for_anything(now: datetime) -> None:
    patron = known("profile", "check_in")
    for make, _ in FOUND.values():
        Drift.objects.all().delete()
        make(patron, now)
    assert rows(make_staff(), now) == []


def withdraw(patron: Patron, now: datetime) -> None:
    patron.consents.filter(purpose="proactive").update(withdrawn_at=now)


def suppress(patron: Patron, now: datetime) -> None:
    Suppression.objects.create(address=patron.email, cause="staff", reason="Asked us to.", created_at=now)


def spend_the_budget(patron: Patron, now: datetime) -> None:
    LibrarySettings.objects.update_or_create(pk=1, defaults={"contact_budget": 1})
    Message.objects.create(
        purpose="pulse",
        object_key="pulse:1",
        kind="library_started",
        patron=patron,
        language="en",
        to_address=patron.email,
        subject="How do we do?",
        body_text="",
        body_html="",
        message_id="<pulse@library.example>",
        queued_at=now - DAY,
        due_at=now - DAY,
        not_after=now,
        state="sent",
        sent_at=now - DAY,
    )


def hold_out(patron: Patron, now: datetime) -> None:
    trial = Experiment.objects.create(
        name="Reminder", subject="check_in_reminder", share=50, outcome="answered", days=21, started_at=now
    )
    Draw.objects.create(experiment=trial, patron=patron, arm="held", drawn_at=now)


def wait_for_a_letter(patron: Patron, now: datetime) -> None:
    make_request(patron, asked_at=now)


def just_had_a_letter(patron: Patron, now: datetime) -> None:
    make_request(patron, state="answered", asked_at=now - 20 * DAY, answered_at=now - 3 * DAY)


@pytest.mark.parametrize(
    "change", [withdraw, suppress, spend_the_budget, hold_out, wait_for_a_letter, just_had_a_letter]
)
def test_what_changed_since_the_night_counts_at_once(change: Maker, now: datetime) -> None:
    by, patron = make_staff(), known()
    joined_this_day(patron, now)
    assert len(rows(by, now)) == 1
    change(patron, now)
    assert [row.kind for row in read_contacts(user=by, now=now).rows] == []
    find_contacts(now=now)
    assert not ContactReason.objects.exists()


def test_what_only_a_profile_tells_goes_with_the_profile_at_once(now: datetime) -> None:
    by, patron = make_staff(), known()
    drifting(patron, now)
    joined_this_day(patron, now)
    assert len(rows(by, now)) == 1
    patron.consents.filter(purpose="profile").update(withdrawn_at=now)
    assert [row.kind for row in read_contacts(user=by, now=now).rows] == [Kind.ANNIVERSARY]
    assert read_contacts(user=by, now=now).rows[0].also == []


def test_what_was_dealt_with_keeps_its_facts_for_a_season_and_itself_for_two_years(now: datetime) -> None:
    by, patron = make_staff(), known()
    joined_this_day(patron, now)
    find_contacts(now=now)
    set_aside_reason(reason=ContactReason.objects.get(), by=by, because="does_not_fit", now=now)
    for days, facts in ((89, True), (91, False), (729, False)):
        find_contacts(now=now + days * DAY)
        assert bool(ContactReason.objects.get(closed_at__isnull=False).facts) is facts
    find_contacts(now=now + 731 * DAY)
    assert not ContactReason.objects.filter(closed_at__isnull=False).exists()


def test_what_the_reader_said_is_held_back_by_suppression_alone(now: datetime) -> None:
    loop = make_loop()
    loop.answer("could_not_get")
    by, later = loop.check_in.letter.librarian, now + 30 * DAY
    hold_out(loop.patron, later)
    spend_the_budget(loop.patron, later)
    assert [kind for kind, _ in rows(by, later)] == ["could_not_get"]
    suppress(loop.patron, later)
    assert rows(by, later) == []


def test_a_reason_goes_when_its_facts_do(now: datetime) -> None:
    by, patron = make_staff(), known()
    card_ends(patron, now)
    assert len(rows(by, now)) == 1
    Patron.objects.update(card_expires_on=(now + 400 * DAY).date())
    assert rows(by, now) == []


def test_limits_of_the_last_request_and_books_sent_before_keep_a_new_title_away(now: datetime) -> None:
    by, patron = make_staff(), known()
    loved_an_author(patron, now)
    make_request(patron, state="answered", limits=["sadness"], asked_at=now)
    Request.objects.update(answered_at=now - 90 * DAY)
    assert len(rows(by, now)) == 1
    Title.objects.filter(name="The True Deceiver").update(sadness=True)
    assert rows(by, now) == []


def test_thanks_that_were_said_are_not_asked_for_again(now: datetime) -> None:
    by, patron = make_staff(), known()
    gave(patron, now)
    record_interaction(
        kind="thank_you",
        source="thanks",
        at=now - 2 * DAY,
        patron=patron,
        started_by="library",
        tests={"named_people": True},
        staff=by,
        now=now,
    )
    assert Interaction.objects.count() == 2
    assert rows(by, now) == []


def test_facts_nobody_understands_any_more_still_have_words(now: datetime) -> None:
    reason = ContactReason(kind="drifting", facts={"older": 1}, patron=known(), opened_at=now)
    assert sentence_for(reason, now=now) == "slipping away"


def test_readers_are_shared_among_librarians_and_stay_with_who_wrote_to_them(now: datetime) -> None:
    here, there = make_branch(), make_branch()
    one, two, far = make_staff(), make_staff(), make_staff()
    far.branches.add(there)
    readers = [known(branch=here) for _ in range(6)]
    for reader in readers:
        joined_this_day(reader, now)
        request = make_request(reader, state="answered", asked_at=now - 90 * DAY, answered_at=now - 80 * DAY)
        make_letter(request, librarian=two if reader == readers[0] else far, sent_at=now - 80 * DAY)
    lists = {by: {row.patron for row in read_contacts(user=by, now=now).rows} for by in found(now, one, two, far)}
    assert readers[0] in lists[two]
    assert lists[one] | lists[two] == set(readers)
    assert not lists[one] & lists[two]
    assert lists[far] == set()


def found(now: datetime, *staff: User) -> tuple[User, ...]:
    find_contacts(now=now)
    return staff


def test_the_night_finds_them(now: datetime) -> None:
    joined_this_day(known(), now)
    run_tick(now=now + timedelta(hours=24))
    assert ContactReason.objects.count() == 1
