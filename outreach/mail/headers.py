"""Header lines. They are written here and not by the email package, whose folding changes what some names mean: a long
one that begins with a quotation mark swallows the address."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, Policy
from string import ascii_letters, digits

LINE = 78
# Control codes, line and paragraph separators, halves of characters: what must not stand in a header.
BREAKING = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# What stands for itself in an encoded word, wherever it is (RFC 2047, 5).
QUOTED = {code: f"={code:02X}" for code in range(256)} | {32: "_"} | {ord(one): one for one in ascii_letters + digits}
# What an encoded word begins with: typed by a person, it must not be read as one.
ENCODED_WORD = "=?"
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(
    rf'(?:{ATOM}(?:\.{ATOM})*|"(?:[ !#-\[\]-~]|\\["\\])+")'
    r"@(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*|\[[0-9A-Za-z.:]+\])"
)


class _WholeHeader(UnstructuredHeader, BaseHeader):
    """A header of web addresses or Message-IDs: each stays as it is, since mail programs read no encoded address."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
for _name in ("Message-ID", "In-Reply-To", "References", "List-Id", "List-Unsubscribe"):
    HEADERS.map_to_type(_name, _WholeHeader)
# ASCII on the wire, so that no server has to know more than plain SMTP.
POLICY = SMTP.clone(cte_type="7bit", header_factory=HEADERS)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown beside it."""

    name: str
    address: str

    def as_address(self) -> Address:
        """The same for the email package."""
        return Address(self.name, addr_spec=self.address)


def header_words(words: str) -> str:
    """Anything typed, as one line that a header may hold."""
    return BREAKING.sub(" ", words).strip().replace(ENCODED_WORD, "= ?")


def text_line(name: str, words: str) -> str:
    """A header of words, e.g. the subject, with its line end. `words` have gone through `header_words`."""
    if not words.isascii():
        return f"{name}: {encoded(words)}\r\n"
    line = f"{name}: {words}"
    return f"{line if len(line) <= LINE else _folded(name, words)}\r\n"


def address_line(name: str, mailbox: Mailbox) -> str:
    """A header with one address, with its line end."""
    shown, address = mailbox.name, mailbox.address
    if not shown:
        return f"{name}: {address}\r\n"
    if not shown.isascii():
        shown = encoded(shown)
    elif not ATOMS.fullmatch(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    line = f"{name}: {shown} <{address}>\r\n"
    return line if len(line) <= LINE else f"{name}: {shown}\r\n <{address}>\r\n"


def encoded(words: str) -> str:
    """The words in ASCII (RFC 2047), by whichever of its two ways is shorter, no character split between lines."""
    quoted = sum(len(QUOTED[byte]) for byte in words.encode())
    if quoted <= len(words.encode()) * 4 / 3:
        lines = ("=?utf-8?q?" + "".join(map(QUOTED.__getitem__, chunk)) + "?=" for chunk in _chunks(words, 17))
    else:
        lines = (f"=?utf-8?b?{b2a_base64(chunk, newline=False).decode()}?=" for chunk in _chunks(words, 39))
    return "\r\n ".join(lines)


def _chunks(words: str, most: int) -> Iterator[bytes]:
    """The words in UTF-8, so many bytes at a time."""
    chunk = b""
    for letter in words:
        more = letter.encode()
        if len(chunk) + len(more) > most:
            yield chunk
            chunk = b""
        chunk += more
    yield chunk


def _folded(name: str, words: str) -> str:
    """A long line of ASCII, broken at its spaces, but not before its first word."""
    first, *others = words.split(" ")
    lines = [f"{name}: {first}"]
    for word in others:
        if len(lines[-1]) + 1 + len(word) > LINE:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return "\r\n ".join(lines)
