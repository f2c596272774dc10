"""What a mail server's answer means for one mail, and how to say it to a librarian."""

from __future__ import annotations

import re

from outreach.services.transports.outcome import Outcome, Result, plain, quoted
from outreach.services.transports.two_step_smtp import Refused

GOING_DOWN = 421
PUT_OFF, REFUSED = range(400, 500), range(500, 600)
# The server wants a password or a secure connection first: wrong settings, not a wrong letter.
NOT_SIGNED_IN = {530, 534, 535, 538}
OUT_OF_SPACE = 552
STATUS = re.compile(rb"^([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
GREYLISTED = re.compile(rb"gr[ea]y.?list", re.IGNORECASE)
NOT_FROM_US = "The mail server does not take mail from our address (see MAIL_FROM and REPLY_DOMAIN)"
TOO_LARGE = {"2.3", "3.4"}
SENDER_IS_WRONG = {"1.7", "1.8"}
# Many servers look at the sender only when they know the recipient, and say so there.
SPEAKS_OF_SENDER = re.compile(rb"sender (?:address rejected|verif\w+ failed)", re.IGNORECASE)
SPEAKS_OF_RECIPIENT = re.compile(rb"recipient", re.IGNORECASE)
# RFC 3463 and the registry of its codes, without the class.
MEANINGS = {
    "1.1": "there is no such mailbox",
    "1.2": "there is no such mail domain",
    "1.3": "the address is not written as it has to be",
    "1.4": "the address fits several mailboxes",
    "1.6": "the mailbox has moved, and it does not say where to",
    "1.7": "it does not take mail from our address",
    "1.8": "it does not take mail from our address",
    "1.10": "the domain takes no mail",
    "2.0": "there is something wrong with the mailbox",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the mail is too large",
    "3.1": "it has no space left",
    "3.2": "it takes no mail now",
    "3.4": "the mail is too large",
    "4.1": "the reader's mail server does not answer",
    "4.3": "it cannot find the way to the mailbox",
    "4.4": "it cannot find the way to the mailbox",
    "4.7": "it could not be delivered in time",
    "5.3": "the mail has too many recipients",
    "7.1": "it does not want this mail",
    "7.20": "our mail is not signed (DKIM)",
    "7.21": "our mail's signature does not count (DKIM)",
    "7.22": "our mail's signature does not fit our address (DKIM)",
    "7.23": "we are not allowed to send from our address (SPF)",
    "7.24": "our sender rules cannot be checked (SPF)",
    "7.25": "our mail server's address has no name (PTR)",
    "7.26": "it cannot tell that this mail is from us (SPF, DKIM)",
    "7.27": "our address takes no mail itself",
    "7.28": "too much mail came from us lately",
    "7.515": "it cannot tell that this mail is from us (SPF, DKIM)",
}
# Without a code of its own: the step it was said at.
AT_STEP = {
    ("rcpt", True): "it does not take mail for this address",
    ("dot", True): "it does not want this mail",
    ("body", True): "it does not want this mail",
}


def verdict(refused: Refused) -> Outcome:
    """The outcome of a mail that was not taken. Only the answer to the dot can leave a doubt."""
    code = refused.code
    words = f"{_say(refused)}: {quoted(_whole(refused))}."
    if code == GOING_DOWN or code in NOT_SIGNED_IN:
        return Outcome(Result.LATER, words, down=True)
    if code in PUT_OFF or _only_for_now(refused):
        return Outcome(Result.LATER, words)
    if code in REFUSED and _about_our_sender(refused):
        return Outcome(Result.LATER, f"{NOT_FROM_US}: {quoted(_whole(refused))}.", down=True)
    if code in REFUSED:
        return Outcome(Result.FAILED, words)
    if refused.step == "dot":
        return Outcome(
            Result.UNKNOWN, f"It was handed over, and the answer is not understood: {quoted(_whole(refused))}."
        )
    return Outcome(Result.LATER, f"The mail server gave an answer that is not understood: {quoted(_whole(refused))}.")


def receipt(words: bytes) -> str:
    """What the server said when it took a mail, e.g. the number it has in its own queue."""
    return plain(words)


def _only_for_now(refused: Refused) -> bool:
    """552 speaks of space: too many recipients (RFC 5321, 4.5.3.1.10), a full mailbox; or of too large a mail."""
    if refused.code != OUT_OF_SPACE:
        return False
    kind, detail = _status(refused.words)
    return detail == "2.2" or kind == "4" or (refused.step == "rcpt" and detail not in TOO_LARGE)


def _about_our_sender(refused: Refused) -> bool:
    """A no to MAIL FROM is one to our address, so it would meet every mail; unless it speaks of size or content."""
    _kind, detail = _status(refused.words)
    if refused.step == "mail":
        return not (refused.code == OUT_OF_SPACE or detail in TOO_LARGE or detail.startswith("6."))
    if refused.step != "rcpt" or SPEAKS_OF_RECIPIENT.search(refused.words):
        return False
    return detail in SENDER_IS_WRONG or SPEAKS_OF_SENDER.search(refused.words) is not None


def _say(refused: Refused) -> str:
    code, (_kind, detail) = refused.code, _status(refused.words)
    if code in NOT_SIGNED_IN:
        return "The mail server wants to know who we are"
    if code in PUT_OFF and GREYLISTED.search(refused.words):
        return "The mail server does not know us yet and wants us to come back later"
    meaning = MEANINGS.get(detail) or AT_STEP.get((refused.step, code in REFUSED and code != OUT_OF_SPACE))
    if code == GOING_DOWN or not meaning:
        return "The mail server refused it" if code in REFUSED else "The mail server put it off"
    return f"The mail server says {meaning}"


def _status(words: bytes) -> tuple[str, str]:
    """The enhanced status without its class, and the class; empty where there is none."""
    found = STATUS.match(words)
    return (found[1].decode(), found[2].decode()) if found else ("", "")


def _whole(refused: Refused) -> bytes:
    return (b"%d " % refused.code if refused.code > 0 else b"") + refused.words
