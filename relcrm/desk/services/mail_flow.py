"""Whether mail leaves at all: a pause, a clock that went back, limits of nothing, and what is noted of the outbox."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from library.services.settings import current_settings
from outreach.models import Postbox
from outreach.services.postbox import clock_went_back
from relcrm.desk.services.health import FAILED, OK, WARNING, Finding

LET_IT_LEAVE = "Let mail leave again under Messages."


def look_at_mail_flow(*, now: datetime) -> Iterator[Finding]:
    """A finding each. Not part of readiness: the page that lets mail leave again has to be reachable."""
    looks: dict[str, Callable[[], Finding]] = {
        "mail_pause": _look_at_pause,
        "mail_clock": lambda: _look_at_last_tick(now),
        "mail_limits": _look_at_limits,
    }
    for name, look in looks.items():
        try:
            yield look()
        except DatabaseError as error:
            yield Finding(name, FAILED, f"Whether mail leaves cannot be looked at ({type(error).__name__}).")
    yield _look_beside()


def _look_at_pause() -> Finding:
    """A person's pause is theirs to end; one the house made by itself means that something is wrong."""
    postbox = Postbox.objects.select_related("paused_by").filter(pk=1, paused_at__isnull=False).first()
    if postbox is None or postbox.paused_at is None:
        return Finding("mail_pause", OK, "Mail is not paused.")
    since, why = f"{postbox.paused_at:%Y-%m-%d %H:%M %Z}", _sentence(postbox.paused_because)
    if postbox.paused_by is not None:
        words = f"{postbox.paused_by} paused all mail on {since}. {why}{LET_IT_LEAVE}"
        return Finding("mail_pause", WARNING, words)
    return Finding("mail_pause", FAILED, f"All mail is paused since {since}, by itself. {why}{LET_IT_LEAVE}")


def _sentence(words: str) -> str:
    return f"{words.rstrip('.')}. " if words else ""


def _look_at_last_tick(now: datetime) -> Finding:
    """After a clock was set back, the beat waits until the time of its last tick comes again."""
    if not clock_went_back(now=now):
        return Finding("mail_clock", OK, "The clock has not gone back since the last tick.")
    last = Postbox.objects.values_list("ticked_at", flat=True).get(pk=1)
    words = (
        f"The clock stands before the beat’s last tick ({last:%Y-%m-%d %H:%M %Z}), so nothing is done until then."
        f" Set the clock; if it is right, {LET_IT_LEAVE[0].lower()}{LET_IT_LEAVE[1:]}"
    )
    return Finding("mail_clock", FAILED, words)


def _look_at_limits() -> Finding:
    """A limit of nothing switches a sender off without anybody pausing it."""
    kept = current_settings()
    if not kept.mails_per_minute:
        words = "No mail leaves: the library’s settings allow none in a minute (mails_per_minute)."
        return Finding("mail_limits", WARNING, words, 0)
    if not kept.mails_per_day:
        words = "Only answers leave: the library’s settings allow no other mail in a day (mails_per_day)."
        return Finding("mail_limits", WARNING, words, 0)
    words = f"{kept.mails_per_minute} mails a minute may leave, and {kept.mails_per_day} a day besides answers."
    return Finding("mail_limits", OK, words, kept.mails_per_minute)


def _look_beside() -> Finding:
    """Where the outbox's progress is noted; without it, a restored database cannot be told from this one."""
    folder = Path(settings.BESIDE)
    try:
        with tempfile.TemporaryFile(dir=folder if folder.exists() else folder.parent):
            pass
    except OSError as error:
        words = (
            f"BESIDE ({folder}) cannot be written to ({error.strerror}): a restored database would not be known for"
            " one, and could send again what had left. Give the folder to whoever runs web and worker."
        )
        return Finding("beside", FAILED, words)
    return Finding("beside", OK, "How far the outbox has come is noted beside the database.")
