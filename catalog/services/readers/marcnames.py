"""Authors of a MARC record."""

from __future__ import annotations

import re

from catalog.services.readers.found import clean
from catalog.services.readers.marc import MarcField, MarcRecord
from catalog.services.readers.names import in_order, without_end

WRITES = {
    "aut",
    "author",
    "cre",
    "creator",
    "joint author",
    "co-author",
    "coauthor",
    "writer",
    "dub",
    "cmp",
    "compiler",
}
EDITS = {"edt", "editor", "ed", "eds", "joint editor", "joint ed"}


def authors_of(record: MarcRecord) -> tuple[str, ...]:
    """100 and 110, then the persons of 700 who wrote the book; where nobody did, its editors.

    A 700 with $t names another work; one whose role ($e, $4) is neither writing nor editing (a translator, a
    reader's voice, a former owner) is left out.
    """
    persons = [field for field in record.all("700") if not field.one("t")]
    writers = [*record.all("100", "110", "111"), *(field for field in persons if _role(field, WRITES))]
    chosen = writers or [field for field in persons if _role(field, EDITS)]
    names = (name_of(field) for field in chosen)
    return tuple(dict.fromkeys(name for name in names if name))


def names_in_other_scripts(record: MarcRecord) -> tuple[str, ...]:
    """The names of 100, 110 and 700 as their linked 880 fields write them."""
    fields = (field for tag in ("100", "110", "700") for field in record.linked(tag))
    return tuple(dict.fromkeys(clean(" ".join(field.get("ab"))).rstrip(" ,.") for field in fields))


def name_of(field: MarcField) -> str:
    """`George Eliot` from `Eliot, George,`; a corporate name with its parts."""
    if field.tag in {"110", "111"}:
        return without_end(". ".join(part.rstrip(" .") for part in map(clean, field.get("ab"))))
    family_first = field.first == "1" or "," in field.one("a").rstrip(" ,")
    name = without_end(field.one("a"))
    numeral = " ".join(field.get("b"))
    suffix = [word for word in map(_bare, field.get("c")) if re.fullmatch(r"(?:Jr|Sr)\.?|[IVX]+", word)]
    return clean(" ".join([in_order(name) if family_first else name, _bare(numeral), *suffix]))


def _bare(text: str) -> str:
    return clean(text).rstrip(" ,;")


def _role(field: MarcField, roles: set[str]) -> bool:
    """Whether the roles of a name, where it has any, are among these."""
    given = {re.sub(r"[^a-z -]", "", role.lower().rpartition("/")[2]).strip() for role in field.get("e4")}
    return bool(given & roles) if given else roles is WRITES
