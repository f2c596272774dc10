"""Addresses of our own that say what comes back to them: one for each thread, one for each mail that may bounce.

The signature (64 bits, hexadecimal because mail systems may change the case of letters) keeps strangers from writing
into a thread, or reporting a mail as undeliverable, by counting.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

LENGTH = 16
OURS = re.compile(r"(reply\+t|bounce\+m)(\d{1,18})\.([0-9a-f]{16})@", re.IGNORECASE)
THREAD, MESSAGE = "t", "m"


def reply_address(*, thread: int) -> str:
    """The address for answers in this thread, e.g. 'reply+t12.0f3a...@example.org'."""
    return f"reply+t{thread}.{signature(THREAD, thread)}@{settings.REPLY_DOMAIN}"


def return_path(*, message: int) -> str:
    """Where mail servers send their reports on this message, e.g. 'bounce+m7.9ac1...@example.org'."""
    return f"bounce+m{message}.{signature(MESSAGE, message)}@{settings.REPLY_DOMAIN}"


def thread_of(address: str) -> int | None:
    """The thread an address of ours belongs to; None for any other, and for one signed by somebody else."""
    return _number(address, THREAD)


def message_of(address: str) -> int | None:
    """The message a return path of ours belongs to; None for any other, and for one signed by somebody else."""
    return _number(address, MESSAGE)


def signature(what: str, number: int, *, key: str | None = None) -> str:
    """What proves that an address was made here."""
    salt = {THREAD: "relcrm.reply", MESSAGE: "relcrm.return"}[what]
    return salted_hmac(salt, f"{what}{number}", secret=key, algorithm="sha256").hexdigest()[:LENGTH]


def _number(address: str, what: str) -> int | None:
    """A key that was changed lately still counts: answers come weeks after the letter."""
    found = OURS.search(address)
    if found is None or found[1].lower()[-1] != what:
        return None
    number, said = int(found[2]), found[3].lower()
    keys = [None, *settings.SECRET_KEY_FALLBACKS]
    ours = [constant_time_compare(said, signature(what, number, key=key)) for key in keys]
    return number if any(ours) else None
