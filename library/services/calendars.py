"""A colleague's private calendar address: made, made anew, ended; a calendar program opens it without signing in.

The address is signed and holds the time it was made. Only the last one made leads anywhere.
"""

from __future__ import annotations

from calendar import timegm
from datetime import datetime

from django.db import transaction

from library.models import User
from library.services.audit import write_line
from relcrm.kit.links import LinkError, make_token, path_for, read_token

PURPOSE = "due"
MICROSECONDS = 1_000_000


def renew_calendar(*, user: User, now: datetime) -> None:
    """A new address for this colleague; the one before leads nowhere from now on."""
    _keep(user, now, now)


def end_calendar(*, user: User, now: datetime) -> None:
    """No address any more. Ending it twice changes nothing."""
    _keep(user, None, now)


def calendar_path(user: User) -> str:
    """The address as a path from the root; empty: this colleague has none."""
    token = calendar_token(user)
    return path_for(PURPOSE, token) if token else ""


def calendar_token(user: User) -> str:
    """The signed part of the address; empty: this colleague has none."""
    since = user.calendar_since
    return make_token(PURPOSE, str(user.pk), _number(since), now=since) if since else ""


def whose_calendar(token: str, *, now: datetime) -> User:
    """The librarian whose address in force this is. Raises LinkError, also once the account is closed."""
    link = read_token(PURPOSE, token, now=now)
    user = User.objects.letter_writers().filter(pk=link.object_key, calendar_since__isnull=False).first()
    if user is None or user.calendar_since is None or _number(user.calendar_since) != link.generation:
        raise LinkError
    return user


@transaction.atomic
def _keep(user: User, since: datetime | None, now: datetime) -> None:
    changed = User.objects.filter(pk=user.pk).exclude(calendar_since=since).update(calendar_since=since)
    user.calendar_since = since
    if changed:
        fields = ["calendar_since"]
        write_line(what="staff.changed", thing="staff", reference=str(user.pk), fields=fields, by=user, now=now)


def _number(at: datetime) -> int:
    """The moment to the microsecond, as the database keeps it."""
    return timegm(at.utctimetuple()) * MICROSECONDS + at.microsecond
