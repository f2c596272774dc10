"""A MARC record as both readers, binary and XML, hand it on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


class BrokenRecord(Exception):
    """One record cannot be read; the message says why. The file goes on after it."""


@dataclass(frozen=True, slots=True)
class MarcField:
    """A data field with its subfields in order."""

    tag: str
    first: str
    second: str
    subfields: tuple[tuple[str, str], ...]

    def get(self, codes: str) -> list[str]:
        """The values of these subfields, in the order of the record."""
        return [value for code, value in self.subfields if code in codes and value]

    def one(self, code: str) -> str:
        """The first value of a subfield, or ""."""
        return next(iter(self.get(code)), "")


@dataclass(frozen=True, slots=True)
class MarcRecord:
    """Leader, control fields by tag and data fields in order; `replaced` when unreadable letters became marks."""

    leader: str
    control: dict[str, str] = field(default_factory=dict)
    fields: tuple[MarcField, ...] = ()
    replaced: bool = False

    def all(self, *tags: str) -> Iterator[MarcField]:
        """The data fields with these tags, in order."""
        return (one for one in self.fields if one.tag in tags)

    def linked(self, tag: str) -> Iterator[MarcField]:
        """The 880 fields that carry field `tag` in another script. An 880 without $6 belongs to none."""
        return (one for one in self.all("880") if one.one("6").startswith(tag))

    def fixed(self, start: int, end: int) -> str:
        """Positions `start` to `end` (not included) of field 008, blanks where it is too short."""
        return self.control.get("008", "").ljust(40)[start:end]
