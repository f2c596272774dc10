"""MARC 21 in exchange format (ISO 2709), record by record.

pymarc's reader ends the file at a wrong length and gives up a record for one byte. Here records are found by their
terminator, a directory whose lengths were counted in letters is mended from the field terminators, and what remains
broken is reported and passed over. The conversion of MARC-8 is pymarc's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from catalog.services.readers.marc import BrokenRecord, MarcField, MarcRecord
from catalog.services.readers.marctext import decoder_for

RECORD_END, FIELD_END, SUBFIELD = b"\x1d", b"\x1e", b"\x1f"
LEADER, ENTRY, CHUNK, LONGEST = 24, 12, 65_536, 1_000_000
A_LEADER = re.compile(rb"[0-9]{5}[ a-z][ a-z][ a-z#|][ -~]{2}[0-9]{2}[0-9 ]{5}[ -~]{3}45[0-9 ]{2}")
FILLER = b" \r\n\t\0\x1a"


def read_marc21(stream: BinaryIO) -> Iterator[MarcRecord | BrokenRecord]:
    """The records in order; one that cannot be read comes as the error that says why."""
    for raw in split_records(stream):
        try:
            yield parse_record(raw)
        except BrokenRecord as broken:
            yield broken


def split_records(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each record without its terminator. Memory stays below two records, whatever the file."""
    rest = b""
    while block := stream.read(CHUNK):
        *whole, rest = (rest + block).split(RECORD_END)
        for raw in whole:
            yield from _cut_before_leaders(raw.lstrip(FILLER))
        if len(rest) > LONGEST:
            yield rest[:LEADER]
            rest = b""
    if rest.strip(FILLER):
        yield from _cut_before_leaders(rest.strip(FILLER))


def _cut_before_leaders(raw: bytes) -> Iterator[bytes]:
    """A record that lost its end runs into the next one: begin anew where a leader stands."""
    start = 0
    for match in A_LEADER.finditer(raw, 1):
        if start + _declared(raw[start : start + 5]) == len(raw) + 1:
            break
        yield raw[start : match.start()]
        start = match.start()
    if raw:
        yield raw[start:]


def _declared(raw: bytes) -> int:
    """The length a record says it has, 0 when it says none."""
    return int(raw[:5]) if re.fullmatch(rb"[0-9]{5}", raw[:5]) else 0


def parse_record(raw: bytes) -> MarcRecord:
    """A record from its bytes (without the terminator). Raises BrokenRecord."""
    leader = raw[:LEADER]
    if len(leader) < LEADER or not leader.isascii() or not leader[:5].isdigit():
        raise BrokenRecord("The record has no readable leader.")
    pairs = _fields(raw)
    decode = decoder_for(raw, says_utf8=leader[9:10] == b"a")
    control = {tag: decode(data) for tag, data in reversed(pairs) if tag.startswith("00")}
    fields = tuple(_data_field(tag, data, decode) for tag, data in pairs if not tag.startswith("00"))
    replaced = any("\ufffd" in value for field in fields for _code, value in field.subfields)
    return MarcRecord(leader.decode("ascii"), control, fields, replaced)


def _fields(raw: bytes) -> list[tuple[str, bytes]]:
    """Tag and bytes of every field, by the directory, or in order where its lengths do not fit."""
    end = raw.find(FIELD_END, LEADER)
    directory = raw[LEADER : max(end, LEADER)]
    entries = [directory[at : at + ENTRY] for at in range(0, len(directory), ENTRY)]
    if not entries:
        raise BrokenRecord("The record has no fields.")
    if not all(re.fullmatch(rb"[ -~]{3}[0-9]{9}", entry) for entry in entries):
        raise BrokenRecord("The directory of the record is damaged.")
    tags = [entry[:3].decode("ascii") for entry in entries]
    base = end + 1
    spans = [(base + int(entry[7:12]), int(entry[3:7])) for entry in entries]
    if all(length and raw[start + length - 1 : start + length] == FIELD_END for start, length in spans):
        return [(tag, raw[start : start + length - 1]) for tag, (start, length) in zip(tags, spans, strict=True)]
    in_order = raw[base:].split(FIELD_END)
    if len(in_order) != len(tags) + 1:
        raise BrokenRecord("The record is cut off, or its directory does not fit its fields.")
    return list(zip(tags, in_order[:-1], strict=True))


def _data_field(tag: str, data: bytes, decode: Callable[[bytes], str]) -> MarcField:
    indicators, *parts = data.split(SUBFIELD)
    both = indicators.decode("ascii", "replace").ljust(2)
    return MarcField(tag, both[0], both[1], tuple(_subfield(part, decode) for part in parts if part))


def _subfield(part: bytes, decode: Callable[[bytes], str]) -> tuple[str, str]:
    """Code and value. A code that is no ASCII letter is a damaged $a, the subfield of titles and names."""
    if part[:1].isascii():
        return part[:1].decode("ascii").lower(), decode(part[1:])
    letter = re.match(rb"[\xc2-\xf4][\x80-\xbf]+|.", part, re.DOTALL)
    return "a", decode(part[letter.end() if letter else 1 :])
