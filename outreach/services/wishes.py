"""What a reader wrote on the form, cleaned and complete: the one thing `submit_request` takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from library.models import Branch, User

TITLE_LENGTH = 300
DIGEST = 24


@dataclass(frozen=True)
class NamedBook:
    """A book the reader named, in the reader's own words, with the why."""

    title: str
    why: str

    @property
    def named(self) -> NamedBook:
        """The same with something in the place of the title: a why without a title names itself."""
        if self.title:
            return self
        if len(self.why) <= TITLE_LENGTH:
            return NamedBook(self.why, "")
        return NamedBook(self.why[: TITLE_LENGTH - 1] + "…", self.why)


@dataclass(frozen=True)
class Wishes:
    """One filled-in form. `nonce` is what makes it one request; `held_because` is empty when nothing is odd."""

    nonce: str
    email: str
    language: str = "en"
    audience: str = "adult"
    reads: str = "both"
    name: str = ""
    card_number: str = ""
    branch: Branch | None = None
    librarian: User | None = None
    likes: tuple[NamedBook, ...] = ()
    dislikes: tuple[NamedBook, ...] = ()
    mood: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    length: str = ""
    formats: tuple[str, ...] = ()
    about: str = ""
    consents: tuple[str, ...] = ()
    held_because: str = ""

    def once_for(self, rendering: str) -> Wishes:
        """The same, known by its rendering and its words: sent twice it is one request, changed in between it is two.

        Who goes back to correct an address must not be told that all is well with the first one.
        """
        words = repr(replace(self, nonce="", held_because="", branch=None, librarian=None))
        chosen = (self.branch and self.branch.pk, self.librarian and self.librarian.pk)
        digest = hashlib.sha256(f"{words}|{chosen}".encode()).hexdigest()[:DIGEST]
        return replace(self, nonce=f"{rendering}.{digest}")
