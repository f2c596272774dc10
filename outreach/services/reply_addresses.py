"""Where a reader's answer to a letter goes: one address for each thread."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

LENGTH = 16


def reply_address(*, thread: int) -> str:
    """The address for answers in this thread, e.g. 'reply+t12.0f3a...@example.org'.

    The signature (64 bits, hexadecimal because mail systems may change the case of letters) keeps strangers from
    writing into a thread by counting.
    """
    return f"reply+t{thread}.{signature(thread)}@{settings.REPLY_DOMAIN}"


def signature(thread: int) -> str:
    """What proves that an address was made here."""
    return salted_hmac("relcrm.reply", f"t{thread}", algorithm="sha256").hexdigest()[:LENGTH]
