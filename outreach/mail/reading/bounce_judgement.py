"""What a mail server's refusal means: its status code, and whether nobody will ever be reached at that address.

A status code that says what is the matter decides. Where it says only "other" (x.0.0), or what was said in words is
plainer, words decide. Only "no such mailbox", "no such domain" and "disabled" are permanent; a full mailbox, a policy,
a block, a delay or a broken mail never is, whatever number stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.mail.reading import bounce_words as hard
from outreach.mail.reading import soft_words as soft
from outreach.mail.reading.phrases import says_so

# x.y.z of RFC 3463, and not a part of an IP address or of a version.
STATUS = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?!\.?\w)")
SMTP_CODE = re.compile(
    r"(?<![\w.:-])(4(?:21|22|31|32|41|42|46|47|49|50|51|52|54|55|71)|5(?:0[0-4]|1[0-3]|2[1-3]|30|35|41|5[0-6]|71))"
    r"(?=[\s:;,.\])#-]|$)"
)
# A host's name may hold any word. What ends in a longer one is a server's own way of saying something.
HOST = re.compile(r"\A[^\w]{0,3}(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,8}\.?(?:\[[\d.a-f:]{1,45}\])?[^\w]{0,3}\Z")
WORDS_MOST = 6_000
NOBODY = {"1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "4.4", "4.310"}
NEVER = {"1.7", "1.8", "1.9", "2.0", "2.2", "2.3", "2.4"}
# Codes that say no more than that something failed.
VAGUE = {"", "0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "7.0", "7.1", "5.1", "5.4", "5.2", "3.2", "2.1"}

UNCLEAR = {"0.0", "1.5", "5.0"}


@dataclass(frozen=True)
class Judgement:
    """`permanent` None: it is not known. `because`: what decided, in plain words."""

    status: str
    permanent: bool | None
    because: str


def judge(*, words: str, status: str = "", delayed: bool = False) -> Judgement:
    """Judge what the other server said. `status`: its own field for it; `delayed`: it is still trying."""
    text = plain(words)
    given = normal_status(status)
    code, reply = _written_status(text), _reply_code(text)
    known = _sharper(given, code)
    temporary = _is_temporary(given, code, reply)
    if delayed or temporary:
        meaning = _meaning(text, known, reply)
        number = known if known[:1] == "4" else _as_class("4", meaning.status if meaning else known)
        return Judgement(number or "4.0.0", False, "it is still trying, or says that it is temporary")
    meaning = _meaning(text, known, reply)
    if meaning is not None:
        return Judgement(known or meaning.status, meaning.permanent, meaning.because)
    return _by_code(known, reply)


def plain(words: str) -> str:
    """As the phrases are written: small letters, one space, straight apostrophes; addresses and hosts say nothing."""
    tokens = words[: WORDS_MOST * 2].lower().replace("\u2019", "'").split()
    return " ".join("x" if "@" in token or HOST.match(token) else token for token in tokens)[:WORDS_MOST]


def normal_status(said: str) -> str:
    """The x.y.z in a Status field; empty where there is none."""
    found = STATUS.search(said.strip()[:200])
    return f"{found[1]}.{found[2]}.{int(found[3])}" if found else ""


def _sharper(given: str, code: str) -> str:
    """The field's own status, unless it is vague and the other server's words carry one that is not."""
    if not given or (given.endswith(".0.0") and code and code[0] == given[0] and not code.endswith(".0.0")):
        return code or given
    return "" if given[0] == "2" else given


def _written_status(text: str) -> str:
    """The status code in the words: the first of the highest class."""
    codes = [f"{found[1]}.{found[2]}.{int(found[3])}" for found in STATUS.finditer(text)]
    return next((code for group in "54" for code in codes if code[0] == group), "")


def _reply_code(text: str) -> str:
    """The SMTP reply code in the words: the first of the highest class."""
    codes = [found[1] for found in SMTP_CODE.finditer(text)]
    return next((code for group in "54" for code in codes if code[0] == group), "")


def _is_temporary(given: str, code: str, reply: str) -> bool:
    """A class 4 stands unless the other server itself, in its words, said class 5."""
    if (code or reply)[:1] == "5":
        return given[:1] == "4" and given not in {"4.0.0", "4.4.7"} and not code
    return "4" in {given[:1], code[:1], reply[:1]}


def _as_class(number: str, status: str) -> str:
    return f"{number}{status[1:]}" if status else ""


def _meaning(text: str, status: str, reply: str) -> Judgement | None:
    """What the words say, the strongest reason first; None: nothing that we know."""
    if says_so(text, soft.FULL):
        return Judgement("5.2.2", False, "the mailbox is full")
    about_us = says_so(text, soft.SENDER)
    blocked = says_so(text, soft.BLOCKED)
    nobody = None if about_us else _nobody(text, reply)
    if nobody and not (blocked and status[2:] not in NOBODY) and not says_so(text, soft.LATER):
        return nobody if status[2:] not in NEVER else Judgement(status, False, "its status code says so")
    if status[2:] in VAGUE or (status[2:] in NOBODY and (about_us or blocked)):
        return _passing(text, refused=about_us or blocked)
    return None


def _nobody(text: str, reply: str) -> Judgement | None:
    if says_so(text, hard.NO_HOST):
        return Judgement("5.1.2", True, "there is no such domain")
    if says_so(text, hard.DISABLED):
        return Judgement("5.2.1", True, "the mailbox is disabled")
    if says_so(text, hard.NO_USER) or hard.NO_USER_PATTERN.search(text):
        return Judgement("5.1.1", True, "there is no such mailbox")
    if "mailbox unavailable" in text and reply in {"", "550", "553", "554"}:
        return Judgement("5.1.1", True, "there is no such mailbox")
    if says_so(text, hard.MOVED) or reply == "551":
        return Judgement("5.1.6", True, "the mailbox has moved")
    return None


def _passing(text: str, *, refused: bool) -> Judgement | None:
    reasons = (
        (soft.TOO_LARGE, "5.3.4", "the mail is too large for that mailbox"),
        (soft.LOOPING, "5.4.6", "mail runs in a circle there"),
        (soft.LATER, "4.0.0", "it is temporary"),
        (soft.UNREACHED, "5.4.7", "that server was not reached in time"),
        (soft.POLICY, "5.7.1", "it was refused by a rule of that server"),
        (soft.BROKEN, "5.6.0", "that server could not handle the mail"),
    )
    if refused:
        return Judgement("5.7.1", False, "it was refused by a rule of that server")
    for phrases, status, because in reasons:
        if says_so(text, phrases):
            return Judgement(status, False, because)
    return None


def _by_code(status: str, reply: str) -> Judgement:
    """Nothing but numbers to go by."""
    detail = status[2:]
    if status[:1] == "5" and detail in NOBODY:
        return Judgement(status, True, "its status code says that nobody is there")
    if detail and detail not in UNCLEAR:
        return Judgement(status, False, "its status code names something else than the address")
    if status:
        return Judgement(status, None, "its status code says only that it failed")
    return Judgement(f"{reply[0]}.0.0" if reply else "", None, "it does not say why")
