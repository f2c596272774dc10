"""Where people are signed in: Django's session store with the person beside the key, their list, and its end."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction

from library.models import Session, User
from library.services.audit import write_line

SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
MORE_SYSTEMS = (("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))


class SessionStore(DatabaseStore):
    """What SESSION_ENGINE names."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: Mapping[str, Any]) -> Any:
        row: Any = super().create_model_instance(dict(data))
        row.user_id = int(data["_auth_user_id"]) if "_auth_user_id" in data else None
        return row


@dataclass(frozen=True, slots=True)
class Place:
    """One browser a person is signed in with. `reference` names it without telling its key."""

    reference: str
    device: str
    began: datetime | None
    seen: datetime | None
    here: bool


def places_of(*, user: User, here: str | None, now: datetime) -> list[Place]:
    """Where this person is signed in, the browser in use (its key is `here`) first, then the last one seen."""
    rows = Session.objects.filter(user=user, expire_date__gt=now)
    places = [_place(row, here) for row in rows]
    return sorted(places, key=lambda place: (not place.here, -(place.seen.timestamp() if place.seen else 0)))


@transaction.atomic
def end_place(*, user: User, reference: str, now: datetime) -> bool:
    """Sign this person out of one browser. False: there is no such one any more."""
    keys = [key for key in Session.objects.filter(user=user).values_list("pk", flat=True) if _name(key) == reference]
    ended, _ = Session.objects.filter(pk__in=keys).delete()
    if ended:
        write_line(what="staff.signed_out_elsewhere", thing="staff", reference=str(user.pk), by=user, now=now)
    return bool(ended)


@transaction.atomic
def end_other_places(*, user: User, here: str | None, now: datetime) -> int:
    """Sign this person out everywhere but here. Returns how many browsers that were."""
    ended, _ = Session.objects.filter(user=user).exclude(pk=here or "").delete()
    if ended:
        write_line(what="staff.signed_out_elsewhere", thing="staff", reference=str(user.pk), by=user, now=now)
    return ended


def end_sessions(*, user: User) -> int:
    """Sign this member of staff out everywhere, at once. Returns how many sessions ended."""
    ended, _ = Session.objects.filter(user=user).delete()
    return ended


def device_words(user_agent: str) -> str:
    """What a browser says of itself, in words a person knows: 'Firefox on Windows'."""
    system = next((word for sign, word in (*SYSTEMS, *MORE_SYSTEMS) if sign in user_agent), "")
    browser = next((word for sign, word in BROWSERS if re.search(rf"\b{sign}\w*/", user_agent)), "")
    return " on ".join(word for word in (browser or "A browser", system) if word)


def _place(row: Session, here: str | None) -> Place:
    data = SessionStore().decode(row.session_data)
    return Place(
        reference=_name(row.pk),
        device=str(data.get("device", "A browser")),
        began=_moment(data.get("began")),
        seen=_moment(data.get("seen")),
        here=row.pk == here,
    )


def _name(key: str) -> str:
    return hashlib.sha256(f"session|{key}".encode()).hexdigest()[:20]


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
