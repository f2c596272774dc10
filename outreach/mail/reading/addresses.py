"""Mail addresses and Message-IDs in whatever a stranger wrote around them."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.utils import getaddresses

from outreach.mail.reading.charsets import clean, header_text

ADDRESS_MOST = 254
LOCAL_MOST = 64
ID_MOST = 300
# What never belongs to an address stands between two of them.
BETWEEN = re.compile(r"[\s<>()\[\]{},;:|\"`*\\\u201c\u201d\u00ab\u00bb\uff08\uff09\uff1a\uff0c\u3002]+")
DOMAIN = re.compile(r"\A(?:[^\W_](?:[\w-]{0,62})\.)+[^\W_]{2,63}\Z")
# An address of our own may be at a host without a dot: localhost, or a name inside the house.
OWN = re.compile(r"(?:reply\+t|bounce\+m)\d{1,18}\.[0-9a-f]{16}", re.IGNORECASE)
HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<[^<>\s]{3,298}>")
# An address a library's own mails come back to, e.g. 'bounce+m7.0f3a...@example.org'.
RETURN_PATH = re.compile(r"bounce\+m\d{1,18}\.[0-9a-f]{16}@[\w.-]{1,200}", re.IGNORECASE)


def address_in(token: str) -> str:
    """The address these letters are, or nothing."""
    token = token.strip().strip(".!?=/#&'")
    for scheme in ("mailto:", "smtp:", "smtp=", "rfc822;", "rfc822="):
        if token.lower().startswith(scheme):
            token = token[len(scheme) :]
    local, at, domain = token.rpartition("@")
    if not at or not 0 < len(local) <= LOCAL_MOST or len(token) > ADDRESS_MOST or "@" in local or BETWEEN.search(token):
        return ""
    return token if DOMAIN.match(domain) or (OWN.fullmatch(local) and HOST.fullmatch(domain)) else ""


def addresses_in(text: str, most: int = 50) -> list[str]:
    """Every address in a text, in its order, once."""
    found: dict[str, None] = {}
    for token in BETWEEN.split(text):
        if "@" in token and (address := address_in(token)):
            found.setdefault(address)
            if len(found) >= most:
                break
    return list(found)


def sender_of(value: str) -> tuple[str, str]:
    """Name and address of a From header, each as far as it can be read."""
    value = clean(value)[:4_000].replace("\n", " ")
    try:
        pairs = getaddresses([value])
    except (MessageError, ValueError, IndexError, RecursionError):
        pairs = []
    for name, address in pairs:
        if found := address_in(address):
            return header_text(name), found
    found = next(iter(addresses_in(value, 1)), "")
    return header_text(value.split("<")[0].strip().strip('"')) if "<" in value else "", found


def message_ids(text: str, most: int = 50) -> list[str]:
    """Every <Message-ID> in a text, in its order, once."""
    found: dict[str, None] = {}
    for match in MESSAGE_ID.finditer(text):
        if "@" in match[0] and match[0] not in found:
            found[match[0]] = None
            if len(found) >= most:
                break
    return list(found)


def return_paths(text: str) -> list[str]:
    """Every address of ours that mail servers report to."""
    return list(dict.fromkeys(match[0] for match in RETURN_PATH.finditer(text)))[:20]
