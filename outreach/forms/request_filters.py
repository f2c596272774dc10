"""Which requests the desk shows; every filter stands in the address as one of a few words."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from outreach.models import Request
from outreach.services.reports.request_list import ANY, Filters
from patrons.models import Patron

STATES = [Request.State.WAITING, Request.State.HELD, Request.State.ANSWERED, Request.State.WITHDRAWN]
CHOICES = {
    "states": [*((state.value, str(state.label)) for state in STATES), (ANY, "All")],
    "audiences": Patron.Audience.choices,
    "languages": settings.LANGUAGES,
}


def read_filters(query: Mapping[str, str]) -> Filters:
    """The filters of this address; a word that is none of the known ones counts as not said.

    Without a state, the page shows what waits, or, where words are looked for, requests of every state.
    """
    words = " ".join(query.get("q", "").replace("\x00", "").split())[:200]
    state = _one_of(query.get("state", ""), [*STATES, ANY]) or (ANY if words else Request.State.WAITING)
    return Filters(
        state=state,
        audience=_one_of(query.get("audience", ""), Patron.Audience.values),
        language=_one_of(query.get("language", ""), [code for code, _ in settings.LANGUAGES]),
        words=words,
    )


def _one_of(value: str, known: list[str]) -> str:
    return value if value in known else ""
