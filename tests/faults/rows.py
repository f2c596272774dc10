"""Readers and mails of a trial, written past every service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg2.extras import execute_values

from outreach.models import Message
from patrons.models import Consent, Patron, Suppression

STOPPED = 20


def write_messages(cursor: Any, number: int, now: datetime) -> None:
    """Readers with a mail each, past every service, so that what is tested did not make its own rows."""
    zone = daytime_zone(now)
    cursor.execute("select coalesce(max(id), 0) from patrons_patron")
    first = cursor.fetchone()[0] + 1
    places = range(first, first + number)
    insert(cursor, [_patron(place, zone, now) for place in places])
    insert(cursor, [_consent(place, now, withdrawn=place % 40 == 0) for place in places])
    stopped = [place for place in places if place % 40 == STOPPED]
    insert(cursor, [Suppression(address=address(place), reason="Trial", created_at=now) for place in stopped])
    insert(cursor, [_message(place, now) for place in places])


def insert(cursor: Any, objects: Sequence[Model]) -> None:
    """The rows as the ORM would write them, without the ORM's own connection."""
    if not objects:
        return
    meta = objects[0]._meta
    fields = [field for field in meta.concrete_fields if objects[0].pk is not None or not field.primary_key]
    rows = [
        [field.get_db_prep_save(getattr(one, field.attname), connection=connection) for field in fields]
        for one in objects
    ]
    columns = ", ".join(str(field.column) for field in fields)
    execute_values(cursor, f"insert into {meta.db_table} ({columns}) values %s", rows)  # noqa: S608  (our own names)


def address(place: int) -> str:
    """Where the reader with that number gets mail."""
    return f"reader{place}@example.org"


def _patron(place: int, zone: str, now: datetime) -> Patron:
    return Patron(
        pk=place, name=f"Reader {place}", email=address(place), time_zone=zone, standing="own", created_at=now
    )


def _consent(place: int, now: datetime, *, withdrawn: bool) -> Consent:
    words = {"purpose": "check_in", "wording": "Yes.", "wording_version": "trial", "language": "en", "how": "form"}
    return Consent(patron_id=place, given_at=now, withdrawn_at=now if withdrawn else None, **words)


def _message(place: int, now: datetime) -> Message:
    asked = place % 2 == 0
    return Message(
        purpose="trial",
        object_key=f"trial:{place}",
        kind="asked_for" if asked else "answering",
        consent="check_in" if asked else "",
        patron_id=place,
        language="en",
        to_address=address(place),
        to_name=f"Reader {place}",
        from_name="Amara",
        subject=f"How was book {place}?",
        body_text="Not long ago I chose some reading for you. How did you like it?\n" * 12,
        body_html="<p>Not long ago I chose some reading for you. How did you like it?</p>\n" * 12,
        message_id=f"<trial.{place}@library.example>",
        queued_at=now,
        due_at=now - timedelta(seconds=1),
        not_after=now + timedelta(days=3),
    )


def daytime_zone(now: datetime) -> str:
    """A zone in which it is about noon, so that no quiet hour holds a trial up. (Etc/GMT+3 is three hours behind.)"""
    ahead = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
