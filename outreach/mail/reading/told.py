"""What a mail service tells of one mail, in our words. Nothing here knows the database, and nothing raises.

Everything in a call was written by somebody else: each value is taken only as far as it fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict

from outreach.mail.reading.bounce_judgement import Judgement, judge

# We ask no service to watch readers; what one tells all the same is not read (DESIGN, law 5).
NOT_READ = {"opened", "clicked"}
MESSAGE_NUMBER = "relcrm_message"
# Where services write of what sort a bounce is.
SORTS = {"type", "event", "severity", "bouncetype", "bouncesubtype", "bounce_type", "bounce_category", "category"}
SORTS |= {"suppressionreason", "bounce_description", "hard_bounce", "bounceclass", "status"}
SOFT, HARD = ("soft", "transient", "temporary", "undetermined"), ("hard", "permanent")
DEEP, MANY = 6, 400
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Told:
    """One event. `key`: what the service calls the mail. `number`: our own, where the service gives it back."""

    source: str
    event_id: str
    kind: str
    key: str
    number: int | None
    recipient: str
    status: str
    permanent: bool | None
    words: str
    happened_at: datetime
    raw: str


def read_told(service: str, event: Any, *, body: bytes, now: datetime) -> Told | None:
    """One of Anymail's tracking events; None for those that are not read. `body`: the call, of a call of one event."""
    kind = _line(event.event_type, 16) or "unknown"
    if kind in NOT_READ:
        return None
    raw = _raw(event.esp_event, body)
    key, recipient = _line(event.message_id, 200), _line(event.recipient, 254).lower()
    words = _line(event.mta_response, 2000) or _line(event.description, 2000)
    judged = _judge(kind, words, event.esp_event)
    return Told(
        source=service,
        event_id=_event_id(event.event_id, kind, key, recipient, raw),
        kind=kind,
        key=key,
        number=_number(event.metadata),
        recipient=recipient,
        status=judged.status[:20],
        permanent=judged.permanent,
        words=words[:300],
        happened_at=_moment(event.timestamp, now),
        raw=raw,
    )


def _event_id(own: object, kind: str, key: str, recipient: str, raw: str) -> str:
    """The service's own name for the event, made unique where it gives one name to several; else a digest of it all.

    One notice of Amazon's names several readers, and Postmark's number is that of the bounce, not of the event.
    """
    name = _line(own, 60)
    about = f"{kind}|{key}|{recipient}|{own}" if name else raw
    return f"{name}:{kind}:{hashlib.sha256(about.encode()).hexdigest()[:40]}"[-128:]


def _judge(kind: str, words: str, said: object) -> Judgement:
    """What a bounce means: the other server's words decide; what sort the service calls it, where there are none."""
    if kind == "deferred":
        return judge(words=words, delayed=True)
    if kind != "bounced":
        return Judgement("", None, "it did not come back")
    sorts = " ".join(_sorts(said)).lower()
    soft = any(word in sorts for word in SOFT)
    judged = judge(words=words, delayed=soft)
    if soft or words or not any(word in sorts for word in HARD):
        return judged
    return Judgement(judged.status, True, "the service says that nobody is there")


def _sorts(said: object, depth: int = 0) -> Iterator[str]:
    if depth > DEEP:
        return
    if isinstance(said, Mapping):
        for name, value in list(said.items())[:MANY]:
            if isinstance(value, str | int) and str(name).lower() in SORTS:
                yield f"{name} {value}"[:200]
            elif isinstance(value, Mapping | list):
                yield from _sorts(value, depth + 1)
    elif isinstance(said, list):
        for value in said[:MANY]:
            yield from _sorts(value, depth + 1)


def _number(metadata: object) -> int | None:
    said = metadata.get(MESSAGE_NUMBER) if isinstance(metadata, Mapping) else None
    words = str(said) if isinstance(said, str | int) else ""
    return int(words) if words.isascii() and words.isdigit() and len(words) <= LONGEST_NUMBER else None


def _moment(said: object, now: datetime) -> datetime:
    """When it happened, as far as that can be; a service whose clock is ahead of ours knows no future."""
    if not isinstance(said, datetime):
        return now
    try:
        at = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        return now
    return at if EARLIEST <= at <= now else now


def _raw(said: object, body: bytes) -> str:
    """The call as it came; of a call of many events the part that is this one's."""
    try:
        text = body.decode() if body else json.dumps(_plain(said), ensure_ascii=False)
    except (UnicodeDecodeError, TypeError, ValueError, RecursionError):
        text = body.decode(errors="replace") if body else str(said)
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _plain(said: object) -> object:
    return dict(said.lists()) if isinstance(said, QueryDict) else said


def _line(said: object, most: int) -> str:
    """Words of a call on one line, without what a column does not take."""
    if said is None:
        return ""
    words = str(said)[: 4 * most].encode(errors="replace").decode().replace("\0", " ")
    return " ".join(words.split())[:most]
