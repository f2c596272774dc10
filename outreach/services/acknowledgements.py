"""Saying that a request has arrived, without becoming a way to fill someone's mailbox."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from engagement.services.working_days import zone_of
from library.models import Branch
from outreach.mail.acknowledgement import compose_acknowledgement
from outreach.models import Message, Request
from outreach.services.outbox import queue_message

PURPOSE = "acknowledgement"
PAUSE = timedelta(hours=1)


def due_day(due_at: datetime, branch: Branch | None) -> datetime:
    """The moment a promise ends, on the clock of the branch (of the library where there is none)."""
    return due_at.astimezone(zone_of(branch))


def acknowledge(*, request: Request, due_at: datetime, now: datetime) -> Message | None:
    """Queue the acknowledgement of a request; None where nothing may or need be sent.

    At most one an hour to one address, whoever typed it. A suppressed address is stopped by the outbox, where
    staff see it.
    """
    address = request.patron.email
    with transaction.atomic():
        _one_at_a_time(address)
        lately = Message.objects.filter(purpose=PURPOSE, to_address__iexact=address, queued_at__gt=now - PAUSE)
        if not address or lately.exists():
            return None
        day = due_day(due_at, request.branch).date()
        return queue_message(
            purpose=PURPOSE,
            object_key=f"request:{request.pk}",
            kind=Message.Kind.ANSWERING,
            patron=request.patron,
            rendered=compose_acknowledgement(reference=request.reference, due_day=day, language=request.language),
            links={},
            thread=request.thread,
            branch=request.branch,
            now=now,
        )


def _one_at_a_time(address: str) -> None:
    """Two forms with one address at the same moment must not both find the last hour empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"acknowledgement {address.lower()}"])
