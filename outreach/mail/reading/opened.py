"""A mail opened: its headers as text, its words, its files. What the rules that tell mails apart ask about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property

from outreach.mail.reading.addresses import address_in, addresses_in, sender_of
from outreach.mail.reading.charsets import header_text, to_text
from outreach.mail.reading.mime_limits import Part, Taken
from outreach.mail.reading.safe_html import HTML_MOST, clean_html, marked_html, text_of_html

TEXT_MOST = 200_000
SUBJECT_MOST = 250
# Where a mail system writes to whom a mail was sent, the surest first.
SENT_TO = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "X-RCPT-To",
    "X-Forwarded-To",
    "Apparently-To",
    "To",
    "Cc",
    "Resent-To",
)
FOR = re.compile(r"\sfor\s{1,3}<?([^\s<>;]{3,254})>?")
# A person's mail program puts these before a subject when they answer or hand on.
ANSWERING = re.compile(
    r"(?:re|aw|sv|vs|rv|res|odp|ynt|ang|antw|ref|ri|vá|atb|回复|答复|回覆|答覆|返信|fwd?|wg|tr|enc|vl|vb|fs|i|转发|轉寄|転送)"
    r"(?:\[\d{1,3}\])?\s?[:：]",
    re.IGNORECASE,
)
SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


@dataclass
class Opened:
    """One mail, opened. `cut` says what was left out, in plain words."""

    top: Part
    envelope_to: str = ""
    cut: list[str] = field(default_factory=list)
    # The words of a report without the mail it returns; found once, on demand.
    reporter: str | None = None

    @classmethod
    def of(cls, taken: Taken, envelope_to: str) -> Opened:
        return cls(taken.top, header_text(envelope_to, 1_000), taken.cut)

    def head(self, name: str) -> str:
        """A header as text; empty where there is none."""
        return header_text(self.top.headers.get(name))

    def heads(self, name: str) -> list[str]:
        return [header_text(value) for value in self.top.headers.get_all(name, [])[:30]]

    def has(self, name: str) -> bool:
        return name in self.top.headers

    @cached_property
    def sender(self) -> tuple[str, str]:
        """Name and address."""
        for name in ("From", "Sender", "Reply-To"):
            if (found := sender_of(str(self.top.headers.get(name, ""))))[1]:
                return found
        return header_text(self.top.headers.get("From")), ""

    @cached_property
    def subject(self) -> str:
        return self.head("Subject")[:SUBJECT_MOST]

    @cached_property
    def answers(self) -> bool:
        """Whether it says that it answers another mail."""
        return self.has("In-Reply-To") or self.has("References") or bool(ANSWERING.match(self.subject))

    @cached_property
    def no_return(self) -> bool:
        """Whether its sender wants no report on it, as programs that report themselves do (Return-Path: <>)."""
        said = [*self.heads("Return-Path"), *self.heads("X-Envelope-From")]
        return any(value.replace(" ", "") == "<>" or value.lower().strip("<>") == "mailer-daemon" for value in said)

    @cached_property
    def to(self) -> tuple[str, ...]:
        """Every address it may have been sent to, the envelope's first."""
        said = [self.envelope_to, *(value for name in SENT_TO for value in self.heads(name))]
        said += [found[1] for value in self.heads("Received") for found in FOR.finditer(f" {value}")]
        found = dict.fromkeys(address for value in said for address in _addresses(value))
        return tuple(found)[:50]

    def leaves(self) -> Iterator[Part]:
        """Its parts that hold something, those of enclosed mails left out."""
        return (part for part in self.top.walk() if not part.content_type.startswith("multipart/"))

    def find(self, *kinds: str) -> Part | None:
        return next((part for part in self.top.walk() if part.content_type in kinds), None)

    def reports(self) -> str:
        """What kind of report it says it is (RFC 6522)."""
        for part in self.top.walk():
            if part.content_type in {"multipart/report", "multipart/mixed"} and (
                kind := parameter(part, "report-type")
            ):
                return kind
        return ""

    @cached_property
    def text(self) -> str:
        """All its plain text, one part after the other."""
        parts = [text_of(part, TEXT_MOST) for part in self.leaves() if is_words(part, "text/plain")]
        text = "\n".join(part.strip("\n") for part in parts if part.strip())
        if len(text) >= TEXT_MOST:
            self.cut.append(f"its text was longer than {TEXT_MOST:,} letters")
        return text[:TEXT_MOST]

    @cached_property
    def raw_html(self) -> str:
        parts = [text_of(part, HTML_MOST) for part in self.leaves() if is_words(part, "text/html")]
        html = "\n".join(part for part in parts if part.strip())
        if len(html) >= HTML_MOST:
            self.cut.append(f"its HTML was longer than {HTML_MOST:,} letters")
        return html[:HTML_MOST]

    @cached_property
    def html(self) -> str:
        return clean_html(self.raw_html) if self.raw_html else ""

    @cached_property
    def marked_html(self) -> str:
        return marked_html(self.raw_html) if self.raw_html else ""

    @cached_property
    def words(self) -> str:
        """Its text, else that of its HTML."""
        return self.text if self.text.strip() else text_of_html(self.html)


def is_words(part: Part, kind: str) -> bool:
    """Whether a part is the mail's own text, and not a file of that kind."""
    place = str(part.headers.get("Content-Disposition", ""))[:200].strip().lower()
    if part.content_type != kind or place.startswith("attachment"):
        return False
    return kind == "text/html" or not ("filename" in place or parameter(part, "name"))


def text_of(part: Part, most: int) -> str:
    """A part as text, at most that many letters."""
    return to_text(part.body(most * 2), parameter(part, "charset"))[:most]


def parameter(part: Part, name: str) -> str:
    """A parameter of its Content-Type, in small letters."""
    return parameter_of(part.headers, name)


def parameter_of(headers: Message, name: str) -> str:
    try:
        value = headers.get_param(name, "")
    except (ValueError, LookupError):
        return ""
    if isinstance(value, tuple):
        value = value[2]
    return str(value or "").strip().lower()


def _addresses(value: str) -> list[str]:
    return [address] if (address := address_in(value.strip("<> "))) else addresses_in(value)
