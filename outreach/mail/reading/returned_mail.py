"""The mail that a report is about: what of it came back, and how it names it."""

from __future__ import annotations

import re

from outreach.mail.reading.addresses import addresses_in, message_ids, return_paths
from outreach.mail.reading.charsets import to_text
from outreach.mail.reading.mime_limits import Part
from outreach.mail.reading.opened import Opened, text_of

LOOKED_AT = 30_000
RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}
# From here on it is the mail that came back, not the words of who sent it back.
HEADS = re.compile(
    r"[>|\s]{0,8}(?:received|return-path|dkim-signature|domainkey-signature|mime-version|x-received|delivered-to)\s?:"
)
LINES = (
    "original message",
    "returned mail",
    "copy of the message",
    "copy of your message",
    "copy of the original",
    "copy of the undelivered",
    "copy of the mail",
    "copy of the first part",
    "message text follows",
    "message header",
    "header of the original",
    "header of the source",
    "headers follow",
    "header and top",
    "returned message",
    "unsent message",
    "body of the message",
    "forwarded message",
    "first part of the message",
    "lines of your original message",
    "below this line",
    "below the next line",
    "original mail",
    "your message reads",
    "summary of the undelivered",
    "undelivered message",
    "non-delivered message",
    "mensaje original",
    "mensagem original",
    "message d'origine",
    "message original",
    "messaggio originale",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "oorspronkelijk bericht",
    "ursprungshuvuden",
    "исходное сообщение",
    "原始邮件",
    "原邮件",
    "原始郵件",
    "元のメッセージ",
)
# Such a line is short; a sentence may speak of the original message too.
LINE_MOST = 90
SENTENCE_ENDS = (".", "!", "?", ",")
# What a report says of our mail, not of its fate: who wrote to whom about what.
ABOUT_OURS = re.compile(
    r"(?:subject|to|cc|sent|date|from|message-id|the subject of the message is|the date of the message is|betreff|an"
    r"|von|objet|asunto|para|assunto|oggetto|onderwerp|тема|主题|主旨|件名)\s?:",
)
MESSAGE_ID_LINE = re.compile(r"message-?id(?: of)?\s?[:=]?\s?(<?[^\s<>]{3,250}@[^\s<>,]{1,250}>?)", re.IGNORECASE)


def own_words(opened: Opened) -> str:
    """What the reporting server itself says, without the mail it sends back."""
    if opened.reporter is None:
        text = opened.words.strip("\n")
        cut = text[: _end(text)]
        opened.reporter = cut if "@" in cut or "@" not in text else text[: max(len(cut), 1_500)]
    return opened.reporter


def without_ours(words: str) -> str:
    """A report's own words without the lines that repeat our subject and addresses."""
    return "\n".join(line for line in words.split("\n") if not ABOUT_OURS.match(line.strip()[:60].lower()))


def sends_back(opened: Opened) -> bool:
    """Whether the mail reported on, or its beginning, came back with the report."""
    return returned_part(opened) is not None or len(own_words(opened)) < len(opened.words.strip("\n"))


def _end(text: str) -> int:
    """Where the mail that came back begins; a report may itself begin with what looks like such a line."""
    place, said = 0, False
    for line in text[:LOOKED_AT].split("\n"):
        low = line.strip()[:LINE_MOST].lower()
        if said and low and (HEADS.match(low) or _divides(low)):
            return place
        said = said or bool(low)
        place += len(line) + 1
    return len(text)


def _divides(low: str) -> bool:
    marked = low[:1] in "-=*|_>+#~[" or not low.endswith(SENTENCE_ENDS)
    return marked and len(low) < LINE_MOST and any(line in low for line in LINES)


def returned_part(opened: Opened) -> Part | None:
    """The mail that came back, or its headers, as a part of its own."""
    return next((part for part in opened.top.walk() if part.content_type in RETURNED and part is not opened.top), None)


def returned_text(opened: Opened) -> str:
    """The headers of what came back, wherever they stand: in a part, or below the report's own words."""
    return _part_text(returned_part(opened)) + "\n" + opened.text[len(own_words(opened)) :][:LOOKED_AT]


def reported_ids(opened: Opened, fields: str) -> tuple[str, ...]:
    """Message-IDs of the mail reported on. `fields`: the machine-readable part of the report.

    Other mails that it refers to do not count, nor does the report itself.
    """
    found: dict[str, None] = {}
    for text in (_part_text(returned_part(opened)), fields, opened.text[:LOOKED_AT]):
        for line in MESSAGE_ID_LINE.finditer(text):
            said = line[1].strip("<>.,;)(")
            found.setdefault(f"<{said}>")
    for name in ("In-Reply-To", "References", "X-Original-Message-ID", "Original-Message-ID"):
        found.update(dict.fromkeys(message_ids(opened.head(name))))
    own = opened.head("Message-ID")
    return tuple(value for value in found if value != own)[:20]


def reported_paths(opened: Opened, fields: str) -> tuple[str, ...]:
    """Return paths of ours: where the report was sent to, and what came back names as its own."""
    places = (" ".join(opened.to), _part_text(returned_part(opened)), fields, opened.text[:LOOKED_AT])
    return tuple(dict.fromkeys(path for place in places for path in return_paths(place)))[:20]


def returned_to(opened: Opened) -> list[str]:
    """To whom the mail was sent that came back."""
    part = returned_part(opened)
    inner = part.parts[0].headers if part and part.parts else None
    return addresses_in(str(inner.get("To", ""))[:4_000]) if inner is not None else []


def _part_text(part: Part | None) -> str:
    if part is None:
        return ""
    if not part.parts:
        return text_of(part, LOOKED_AT)
    inner = part.parts[0]
    # Its headers begin where the part does.
    return to_text(inner.raw[part.start if inner.raw is part.raw else 0 : inner.end][:LOOKED_AT])
