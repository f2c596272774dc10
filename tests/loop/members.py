"""Members of a lending library in Paris, 1919 to 1962, with the books they really borrowed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.catalog.material import material

ALL = ("check_in", "profile", "proactive")


@dataclass(frozen=True)
class Visit:
    """How one member comes to us: the books to suggest, and what the member says of each in the end."""

    member: str
    finds: tuple[tuple[str, str], ...]  # words the librarian searches with, and the answer
    language: str = "en"
    consents: tuple[str, ...] = ALL


# Searches find goodbooks by a name in another script, uva by author, and a record whose title stands in Arabic.
VISITS = (
    Visit("abdul", (("نقدى براى تمام فصول", "loved"), ("The Forty Rules of Love", "liked"))),
    Visit("hamilton-12", (("Анна Каренина", "loved"), ("Fedorov Iskusstvo perevoda", "not_for_me"))),
    Visit("cesaire", (("L'inquisito Saviane", "loved"), ("孫子兵法", "so_so")), "fr"),
    Visit("masoliver", (("Bolívar Escritos políticos", "loved"), ("海辺のカフカ", "not_yet")), "es"),
    Visit("chareau-dollie", (("Green Eggs and Ham", "liked"), ("Roatcap book of the dance", "loved")), "pt"),
    Visit("kaopeitzer", (("princes of Hà-tiên", "loved"), ("Идиот", "could_not_get")), "af"),
    Visit("synops", (("Ὀδύσσεια", "loved"), ("Botschafterzeit am Berliner hofe", "liked")), consents=ALL[:2]),
    Visit("leibowitz", (("Мастер и Маргарита", "loved"), ("Roatcap book of the dance", "so_so")), "fr", ALL[:2]),
    Visit("alderman", (("Πολιτεία", "loved"), ("princes of Hà-tiên", "liked")), consents=ALL[:1]),
    Visit("antoine-may", (("Norwegian Wood", "loved"),), "fr", ()),
)


@dataclass(frozen=True)
class Member:
    """Who asks: a name as it stands in the library's books, and what was borrowed."""

    visit: Visit
    name: str
    borrowed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """One of ours: nobody in these files is ever written to."""
        return f"{self.visit.member}@reader.example"

    @property
    def is_measured(self) -> bool:
        return "profile" in self.visit.consents

    def form(self) -> dict[str, str]:
        """What this member sends to /suggest/. Who borrowed nothing says so in words."""
        fields = {"email": self.address, "name": self.name, "language": self.visit.language}
        fields |= {f"consent_{purpose}": "on" for purpose in self.visit.consents}
        if not self.borrowed:
            fields["about"] = f"{self.name}: something I have never read."
        for number, (title, author) in enumerate(self.borrowed):
            fields |= {f"likes-{number}-title": title, f"likes-{number}-why": f"By {author}." if author else ""}
        return fields


def members() -> list[Member]:
    """The members of VISITS."""
    names = {_key(row["uri"]): row["name"] for row in _rows(material("shakespeare", "members.csv"))}
    borrowed: dict[str, dict[str, str]] = {}
    for row in _rows(material("shakespeare", "borrows.csv")):
        borrowed.setdefault(row["member"], {}).setdefault(row["book_title"], row["author_name"])
    return [Member(visit, names[visit.member], list(borrowed.get(visit.member, {}).items())[:3]) for visit in VISITS]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def _key(uri: str) -> str:
    return uri.rstrip("/").rsplit("/", 1)[-1]
