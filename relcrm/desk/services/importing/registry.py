"""The six kinds of import, and who may bring in which."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.services import copies, titles_importer
from engagement.services.imports import interactions, loans, marketing
from library.models import User
from library.querysets import imports_of
from library.services.importing import Importer
from patrons.services.imports import importer as patrons


@dataclass(frozen=True)
class Kind:
    """One kind of import as people call it. `people`: its rows say who someone is, so consents can come along."""

    what: str
    name: str
    sentence: str
    people: bool = False
    goes_missing: bool = False


IMPORTERS: dict[str, Importer] = {
    "patrons": patrons,
    "titles": titles_importer,
    "copies": copies,
    "loans": loans,
    "interactions": interactions,
    "marketing": marketing,
}

KINDS = {
    kind.what: kind
    for kind in (
        Kind(
            "patrons",
            "Patrons",
            "The people with a card: names, addresses, branches, expiry dates.",
            people=True,
            goes_missing=True,
        ),
        Kind(
            "titles",
            "Titles",
            "The catalogue: what a letter can suggest, from MARC or CSV.",
        ),
        Kind(
            "copies",
            "Copies",
            "Where the copies of each title are and whether they are in, with the day the file was made.",
            goes_missing=True,
        ),
        Kind("loans", "Loans", "Who borrowed what and when it came back."),
        Kind(
            "interactions",
            "Visits and other contacts",
            "Visits, programmes, holds, database use and donations, one row each.",
        ),
        Kind(
            "marketing",
            "Marketing numbers",
            "Likes, shares, comments, messages and sign-ups by channel and campaign. Never about a person.",
        ),
    )
}


def kinds_for(user: User) -> list[Kind]:
    """What this person may bring in; empty: nothing."""
    allowed = imports_of(user)
    return [kind for kind in KINDS.values() if kind.what in allowed]


def importer_of(what: str) -> Importer:
    """The importer that reads and writes this kind."""
    return IMPORTERS[what]
