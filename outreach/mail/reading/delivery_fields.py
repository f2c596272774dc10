"""The machine-readable part of a delivery report (RFC 3464): one group of fields for each recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from outreach.mail.reading.addresses import address_in, addresses_in
from outreach.mail.reading.charsets import clean, header_text
from outreach.mail.reading.mime_limits import Part, read_fields
from outreach.mail.reading.opened import text_of

GROUPS_MOST = 100
# The address the mail was sent to comes before the one it was handed on to.
NAMES = ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")
FIELDS_MOST = 60_000
BLANK_LINE = re.compile(r"\n[ \t]*\n")
TYPED = re.compile(
    r"^\s{0,5}(?:rfc-?822|x?-?local|smtp|dns|system|utf-8|x-[\w-]{1,30}|[a-z]{1,12})\s{0,3};\s{0,5}", re.I
)


@dataclass(frozen=True)
class Recipient:
    """What a report says of one recipient."""

    address: str
    action: str
    status: str
    words: str


def fields_text(part: Part) -> str:
    """A report's fields as text, with those that stand in an enclosed header block."""
    lines = [f"{name}: {header_text(value)}" for name, value in part.headers.items()]
    own = "\n".join(line for line in lines if not line.lower().startswith(("content-", "mime-")))
    inner = [text_of(part, FIELDS_MOST)] if not part.parts else [fields_text(inner) for inner in part.parts]
    return clean(f"{own}\n\n" + "\n\n".join(inner))[:FIELDS_MOST]


def recipients_in(text: str) -> list[Recipient]:
    """All recipients of a report, in its order."""
    found = []
    for group in BLANK_LINE.split(text)[:GROUPS_MOST]:
        lines = group.strip("\n").encode("utf-8", "replace")
        fields, _end = read_fields(lines)
        if any(name in fields for name in ("Final-Recipient", "Original-Recipient", "Action", "Status")):
            found.append(_recipient(fields))
    return [recipient for recipient in found if recipient.address or recipient.action or recipient.status]


def without_type(value: str) -> str:
    """A field without what says how to read it, e.g. 'smtp;' or 'rfc822;'."""
    return TYPED.sub("", value, count=1).strip()


def _recipient(fields: Message) -> Recipient:
    def get(name: str) -> str:
        return header_text(fields.get(name))

    action = get("Action").lower().split()
    said = [get("Diagnostic-Code"), get("X-Diagnostic-Code"), get("X-Supplementary-Info")]
    words = " ".join(without_type(value) for value in said if value)
    status = get("Status")
    return Recipient(
        address=next(filter(None, (_address(get(name)) for name in NAMES)), ""),
        action=action[0].strip("();,") if action else "",
        status=status,
        # What some servers write beside the number belongs to their words.
        words=words if words else status,
    )


def _address(value: str) -> str:
    plain = without_type(value)
    return address_in(plain.strip("<> ")) or next(iter(addresses_in(plain, 1)), "")
