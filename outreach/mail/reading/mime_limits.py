"""A stranger's mail taken apart within limits: never deeper, longer or larger than what a person could read.

The standard library's parser reads a mail line by line against every boundary still open, and falls over when parts lie
a thousand deep. This one looks for one boundary at a time and keeps offsets into the mail instead of copies.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

MEGABYTE = 1_000_000
READ_MOST = 60 * MEGABYTE
HEADERS_MOST = 200_000
HEADER_LINES_MOST = 2_000
HEADER_MOST = 8_000
PARTS_MOST = 200
DEPTH_MOST = 12
BOUNDARIES_MOST = 4 * PARTS_MOST
NESTED_MOST = 5 * MEGABYTE
# What stands inside these is a mail, or what is left of one.
INNER_MAIL = {"message/rfc822", "message/global"}


@dataclass
class Part:
    """One part of a mail: its headers, where its body lies, and the parts inside it."""

    headers: Message
    raw: bytes
    start: int
    end: int
    content_type: str
    parts: list[Part] = field(default_factory=list)

    def encoding(self) -> str:
        return str(self.headers.get("Content-Transfer-Encoding", "")).split(";")[0].strip().lower()

    def body(self, most: int) -> bytes:
        """What the part holds, decoded, at most that many bytes of it."""
        encoding = self.encoding()
        room = most if encoding not in {"base64", "quoted-printable"} else most * 4
        return decoded(self.raw[self.start : min(self.end, self.start + room)], encoding)[:most]

    def size(self) -> int:
        """How large it is, without decoding it."""
        if self.encoding() != "base64":
            return self.end - self.start
        breaks = self.raw.count(b"\n", self.start, self.end) + self.raw.count(b"\r", self.start, self.end)
        padding = self.raw.count(b"=", max(self.start, self.end - 6), self.end)
        return max((self.end - self.start - breaks) * 3 // 4 - padding, 0)

    def walk(self, *, inside_mails: bool = False) -> Iterator[Part]:
        """This part and all inside it; those of an enclosed mail only when asked for."""
        yield self
        if self.content_type in INNER_MAIL and not inside_mails:
            return
        for part in self.parts:
            yield from part.walk(inside_mails=inside_mails)


@dataclass
class Taken:
    """A mail taken apart, and what was left out of it."""

    top: Part
    cut: list[str]


def take_apart(raw: bytes) -> Taken:
    """The mail as a tree of parts. Never raises."""
    return _Reader(raw).read()


def read_fields(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Message, int]:
    """Header fields and where they end: at an empty line, or where a line is none. Too long ones are shortened."""
    fields, place, stop = Message(), start, len(raw) if end is None else end
    name, value = "", b""
    for number in range(HEADER_LINES_MOST):
        if place >= stop or place - start > HEADERS_MOST:
            break
        line_end = raw.find(b"\n", place, stop)
        following = stop if line_end < 0 else line_end + 1
        line = raw[place : min(following, place + HEADER_MOST)].rstrip(b"\r\n")
        if not line.strip():
            place = following
            break
        if line[:1] in b" \t" and name:
            value = (value + b"\n" + line)[:HEADER_MOST]
        elif FIELD.match(line):
            _keep(fields, name, value)
            name, value = _split(line)
        elif number or line[:5] not in {b"From ", b">From"}:
            break
        place = following
    _keep(fields, name, value)
    return fields, place


def decoded(body: bytes, encoding: str) -> bytes:
    """Undo a transfer encoding as far as it goes: what is broken in it is left out."""
    if encoding == "base64":
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:
            return _whole_quads(body)
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    return body


class _Reader:
    """Reads one mail, counting parts and depth."""

    def __init__(self, raw: bytes) -> None:
        self.cut: list[str] = []
        self.left = PARTS_MOST
        if len(raw) > READ_MOST:
            self.note(f"only its first {READ_MOST // MEGABYTE} MB were read")
            raw = raw[:READ_MOST]
        # Line ends of very old machines.
        self.raw = raw.replace(b"\r", b"\n") if b"\r" in raw and b"\n" not in raw else raw

    def read(self) -> Taken:
        # Empty lines on top are none of the mail's.
        words = len(self.raw) - len(self.raw.lstrip())
        start = self.raw.rfind(b"\n", 0, words) + 1
        return Taken(self._part(self.raw, start, len(self.raw), 0), self.cut)

    def note(self, words: str) -> None:
        if words not in self.cut:
            self.cut.append(words)

    def _part(self, raw: bytes, start: int, end: int, depth: int, usual: str = "text/plain") -> Part:
        self.left -= 1
        fields, body = read_fields(raw, start, end)
        if body - start > HEADERS_MOST:
            self.note("its headers were longer than what is read")
            gaps = [place for gap in (b"\n\n", b"\n\r\n") if (place := raw.find(gap, body - 1, end)) >= 0]
            body = min(gaps, default=end) + 1
        kind = fields.get_content_type() if "content-type" in fields else usual
        part = Part(fields, raw, min(body, end), end, kind)
        if depth >= DEPTH_MOST and kind.startswith(("multipart/", "message/")):
            self.note(f"parts more than {DEPTH_MOST} deep were not opened")
        elif kind.startswith("multipart/"):
            self._open_multipart(part, depth)
        elif kind in INNER_MAIL:
            self._open_mail(part, depth)
        return part

    def _open_multipart(self, part: Part, depth: int) -> None:
        boundary = part.headers.get_boundary()
        if not boundary:
            part.content_type = "text/plain"
            return
        usual = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in self._sections(part, boundary.encode("latin-1", "replace")):
            if self.left <= 0:
                self.note(f"only its first {PARTS_MOST} parts were read")
                return
            part.parts.append(self._part(part.raw, start, end, depth + 1, usual))
        if not part.parts:
            part.content_type = "text/plain"

    def _open_mail(self, part: Part, depth: int) -> None:
        raw, start, end = part.raw, part.start, part.end
        if part.encoding() in {"base64", "quoted-printable"}:
            raw = part.body(NESTED_MOST)
            start, end = 0, len(raw)
        if self.left > 0 and start < end:
            part.parts.append(self._part(raw, start, end, depth + 1))

    def _sections(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
        """Where each section between two boundaries starts and ends; the last may have no closing boundary."""
        mark, raw, opened = b"--" + boundary, part.raw, -1
        for found in _lines_with(mark, part):
            line_end = raw.find(b"\n", found, part.end)
            line_end = part.end if line_end < 0 else line_end
            rest = raw[found + len(mark) : min(line_end, found + len(mark) + 100)].strip()
            if rest not in {b"", b"--"}:
                continue
            if opened >= 0:
                before = found - 2 if raw[found - 2 : found - 1] == b"\r" else found - 1
                yield opened, max(before, opened)
            if rest:
                return
            opened = min(line_end + 1, part.end)
        if opened >= 0:
            yield opened, part.end


FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def _lines_with(mark: bytes, part: Part) -> Iterator[int]:
    """Where lines start with these bytes."""
    if part.raw.startswith(mark, part.start, part.end):
        yield part.start
    place = part.start
    for _ in range(BOUNDARIES_MOST):
        found = part.raw.find(b"\n" + mark, place, part.end)
        if found < 0:
            return
        yield found + 1
        place = found + 1


def _whole_quads(body: bytes) -> bytes:
    clean = body.translate(None, _NOT_BASE64)
    return binascii.a2b_base64(clean[: len(clean) // 4 * 4])


def _split(line: bytes) -> tuple[str, bytes]:
    name, _colon, value = line.partition(b":")
    return name.rstrip(b" \t").decode("ascii", "replace"), value.lstrip(b" \t")


def _keep(fields: Message, name: str, value: bytes) -> None:
    """Eight-bit headers are UTF-8 where they can be, and Latin-1 where not."""
    if not name:
        return
    try:
        fields[name] = value.decode("utf-8")
    except UnicodeDecodeError:
        fields[name] = value.decode("latin-1")
