"""Whatever two readers did: made one record and taken apart again, every row in the database is as before."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engagement.models import Interaction, Loan, NeedAsk, Score
from engagement.models.need import Need
from engagement.services.ledger import record_interaction
from engagement.services.notes import Talk, write_note
from engagement.services.overriding import NotMeasured, set_stage
from engagement.services.reader_types import say_type
from engagement.services.recounting import rebuild_scores
from library.models import User
from patrons.models import BulkAction, BulkChange, Card, Consent, Duplicate, FormerNumber, Household, Patron
from patrons.services.consents import give_consent, withdraw_consent
from patrons.services.merging import CHOSEN
from patrons.services.naming import search_text_of
from relcrm.desk.services.merging import merge_patrons, undo_merge
from relcrm.desk.services.privacy import withdraw_profile
from tests.builders import NOON, make_branch, make_patron, make_staff, make_title
from tests.outreach.loops import make_loop

pytestmark = pytest.mark.django_db
# What tells of the merge itself, and of who did it.
ASIDE = {"patrons_merge", "library_auditline", "patrons_auditreference", "engagement_changedmonth"}
EVENTS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(
            [
                *("profile", "proactive", "check_in", "withdraw profile", "withdraw proactive"),
                *("loop", "note", "talk", "loan", "card", "need", "former", "never", "forever", "bulk", "provisional"),
                *("name", "ils", "email", "household", "stage", "type", "no type"),
            ]
        ),
    ),
    min_size=3,
    max_size=14,
)
# Whoever goes had a profile and answered, whoever stays had ended theirs since; and the other way round.
ENDED = [(True, "profile"), (True, "talk"), (True, "loop"), (True, "note"), (False, "profile")]
ENDED += [(False, "withdraw profile")]
BOTH = [(True, "profile"), (False, "profile"), (True, "loop"), (False, "loop"), (True, "talk"), (False, "talk")]
BOTH += [(True, "stage"), (False, "stage"), (True, "type"), (True, "no type"), (False, "type")]
BOTH += [(True, "former"), (True, "ils"), (True, "card"), (True, "forever"), (True, "loan"), (True, "bulk")]


def everything() -> dict[str, dict[str, Any]]:
    """Every row of our own tables, as the database writes it."""
    rows: dict[str, dict[str, Any]] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table in ASIDE or model._meta.app_label not in {"library", "patrons", "catalog", "engagement", "outreach"}:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')  # noqa: S608  (a table of our own)
            found = [json.loads(row) for (row,) in cursor.fetchall()]
        key = model._meta.pk.column
        rows[table] = {str(row[key]): row for row in found}
    return rows


def happens(what: str, patron: Patron, by: User, number: int, now: datetime) -> None:
    """One thing in a reader's life."""
    patron.refresh_from_db()
    if what in Consent.Purpose.values:
        give_consent(patron=patron, purpose=what, language="en", how="staff", now=now)
    elif what == "withdraw profile":
        withdraw_profile(patron=patron, now=now)
    elif what.startswith("withdraw"):
        withdraw_consent(patron=patron, purpose=what.split()[1], now=now)
    elif what == "loop":
        make_answered_loop(patron, now)
    elif what == "note":
        talk = Talk(channel="phone", started_by="patron", minutes=3, words="Asked for maps.", at=now)
        write_note(patron=patron, talk=talk, by=by, now=now)
    elif what == "talk":
        record_interaction(
            kind="letter", source=f"t{number}", at=now, patron=patron, started_by="library", thread=number, now=now
        )
    elif what in ("stage", "type", "no type"):
        with suppress(NotMeasured):
            measures(what, patron, by, now)
    else:
        changes(what, patron, number, now)


def measures(what: str, patron: Patron, by: User, now: datetime) -> None:
    if what == "stage":
        set_stage(patron=patron, stage="proactive", reason="Yes", until=now + timedelta(days=90), by=by, now=now)
    else:
        say_type(patron=patron, said="none" if what == "no type" else "fan", now=now)


def changes(what: str, patron: Patron, number: int, now: datetime) -> None:
    if what == "loan":
        returned = now if patron.reading_history == "forever" or number % 2 else None
        if returned is None or patron.reading_history == "forever":
            Loan.objects.create(source_key=f"l{number}", patron=patron, borrowed_at=now, returned_at=returned)
    elif what == "card":
        Card.objects.create(patron=patron, number=f"C{number}")
    elif what == "need":
        NeedAsk.objects.create(need=Need.objects.get_or_create(name="Maps", created_at=NOON)[0], patron=patron, at=now)
    elif what == "former":
        FormerNumber.objects.create(number=10**9 + number, patron=patron, generation_shift=2, ils_id=f"F{number}")
    elif what == "bulk":
        bulk = BulkAction.objects.create(action="language", value="fr", started_at=now)
        BulkChange.objects.create(bulk=bulk, patron=patron, before={})
    else:
        fields: dict[str, dict[str, Any]] = {
            "never": {"reading_history": "never"},
            "forever": {"reading_history": "forever"},
            "provisional": {"standing": "provisional", "proved_at": None, "link_generation": number},
            "name": {"name": f"Zoë {number}", "search_text": search_text_of(f"Zoë {number}"), "by_hand": ["name"]},
            "ils": {"ils_id": f"I{number}", "gone_at": now, "birth_year": 1950, "joined_on": "2020-02-29"},
            "email": {"email": f"other{number}@example.org", "proved_at": now},
            "household": {"household": Household.objects.get_or_create(name="Home", defaults={"created_at": NOON})[0]},
        }
        Patron.objects.filter(pk=patron.pk).update(**fields[what])


def make_answered_loop(patron: Patron, now: datetime) -> None:
    """A request of this reader's, its letter and an answer, made by the services."""
    loop = make_loop(titles=(make_title(),))
    for owned in (loop.letter.request, loop.letter.request.thread):
        owned.patron = patron
        owned.save()
    patron.messages.model.objects.filter(patron=loop.patron).update(patron=patron)
    loop.patron.delete()
    loop.check_in.refresh_from_db()
    loop.check_in.letter.request.refresh_from_db()
    loop.answer("loved", now=now)


def history(events: list[tuple[bool, str]]) -> tuple[Patron, Patron, User]:
    branch = make_branch()
    one, other = make_patron(branch=branch), make_patron(phone="021", language="fr")
    librarian = make_staff()
    Duplicate.objects.create(first=one, second=other, reason="same name and household", found_at=NOON)
    for number, (first, what) in enumerate(events, start=1):
        now = NOON + timedelta(hours=number, microseconds=number)
        happens(what, one if first else other, librarian, number, now)
    one.refresh_from_db()
    other.refresh_from_db()
    return one, other, librarian


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(events=ENDED, taken={"name"}, later=True)
@example(events=BOTH, taken={"email"}, later=False)
@example(events=[(not first, what) for first, what in ENDED], taken=set(), later=False)
@given(events=EVENTS, taken=st.sets(st.sampled_from(CHOSEN)), later=st.booleans())
def test_a_merge_is_taken_apart_exactly(events: list[tuple[bool, str]], taken: set[str], later: bool) -> None:
    now = NOON + timedelta(days=40)
    with transaction.atomic():
        gone, kept, librarian = history(events)
        gone_pk = gone.pk
        before = everything()
        merge = merge_patrons(gone=gone, kept=kept, from_gone=taken, by=librarian, now=now)
        kept.refresh_from_db()
        assert not Patron.objects.filter(pk=gone_pk).exists()
        created = Card.objects.create(patron=kept, number="SINCE") if later else None
        undo_merge(merge=merge, by=librarian, now=now + timedelta(days=1))
        after = everything()
        if created:
            assert after["patrons_card"].pop(str(created.pk))["patron_id"] == kept.pk
        for table, rows in before.items():
            assert after[table] == rows, table
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(events=ENDED)
@example(events=BOTH)
@given(events=EVENTS)
def test_a_merge_invents_no_consent_and_leaves_scores_as_a_recount_has_them(events: list[tuple[bool, str]]) -> None:
    now = NOON + timedelta(days=40)
    with transaction.atomic():
        gone, kept, librarian = history(events)
        given_before = set(Consent.objects.values_list("purpose", "given_at", "wording"))
        held = {p for p in Consent.Purpose.values for one in (gone, kept) if Consent.objects.holds(one, p)}
        merge_patrons(gone=gone, kept=kept, by=librarian, now=now)
        assert set(Consent.objects.values_list("purpose", "given_at", "wording")) == given_before
        assert set(Consent.objects.active().values_list("purpose", flat=True)) <= held
        if not Consent.objects.holds(kept, "profile"):
            assert not Interaction.objects.filter(patron=kept).exists()
            assert not Score.objects.filter(patron=kept).exists()
        counted = list(Score.objects.values_list("patron", "stage", "relational"))
        rebuild_scores(now=now)
        again = list(Score.objects.values_list("patron", "stage", "relational"))
        assert [row[:2] for row in again] == [row[:2] for row in counted]
        assert [row[2] for row in again] == pytest.approx([row[2] for row in counted], rel=1e-9)
        transaction.set_rollback(True)
