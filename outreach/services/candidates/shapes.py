"""What is known of a reader and of a title, as the blend takes it: from the database, or from any other record."""

from __future__ import annotations

from dataclasses import dataclass, field

Term = tuple[str, str]  # kind and name


@dataclass(frozen=True)
class Praised:
    """A title this reader said something of, by word or by borrowing it; `said` is a word of `weights.SAID`."""

    title: int
    name: str
    said: str
    authors: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Liking:
    """Something of a book that was praised: how strongly, and the book it came from."""

    strength: float
    source: Praised


@dataclass(frozen=True)
class Reader:
    """What may be used of this reader: the newest word first."""

    praised: tuple[Praised, ...] = ()
    likings: dict[Term, Liking] = field(default_factory=dict)
    against: frozenset[Term] = frozenset()
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what was asked for, and the terms that say it
    length: str = ""


@dataclass(frozen=True)
class Near:
    """How much a title was read together with one that was praised, and by how many readers of that one."""

    praised: int
    together: float
    fellows: int


@dataclass(frozen=True)
class Row:
    """A title that may be listed.

    `rarities`: of how many titles each of its terms is known. `lent`: its loans, whoever had it.
    """

    title: int
    name: str
    authors: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    rarities: dict[Term, int] = field(default_factory=dict)
    near: tuple[Near, ...] = ()
    readers: int = 0
    lent: int = 0
    pages: int | None = None


@dataclass(frozen=True)
class Shared:
    """One thing a title has in common with a book that was praised."""

    kind: str
    name: str
    weight: float
    source: Praised


@dataclass(frozen=True)
class Scored:
    """A title with its parts, each from 0 to 1, their weighted sum, and the facts the reasons are made of."""

    row: Row
    parts: dict[str, float]
    score: float
    shared: tuple[Shared, ...]
    fellows_of: tuple[Praised, ...]
    asked: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def is_far(self) -> bool:
        """Neither author nor subject nor genre is one that was praised: its mood or other readers led to it."""
        return not any(one.kind in {"author", "subject", "genre"} for one in self.shared)


@dataclass(frozen=True)
class Chosen:
    """A title of the list. `stretch`: away from what was praised; `little_known`: seldom lent beside the others."""

    scored: Scored
    stretch: bool = False
    little_known: bool = False
