"""What words may be published: only placeholders there are, none that the mail cannot do without left out (SEC-25)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from django.utils.text import Truncator

from outreach.mail.placeholders import MAILS, Mail

LONGEST_SUBJECT = 200
LONGEST_BODY = 8000
LONGEST_QUOTE, MOST_QUOTES = 40, 5
# Whatever somebody may have meant as a placeholder: braces with all that stands in and around them.
BRACED = re.compile(r"\{+[^{}\n]*\}*|\}+")
# Line and paragraph separators and control codes: nothing a header may hold, and nothing to read.
BREAKS = {"Zl", "Zp", "Cc"}


def tidied(body: str) -> str:
    """The body with one kind of line end, without control codes and without blanks at the end of lines."""
    lines = "".join("\n" if letter in "\u2028\u2029\x85" else letter for letter in body.replace("\r\n", "\n"))
    kept = "".join(letter for letter in lines.replace("\r", "\n") if letter in "\n\t" or not _breaks(letter))
    return re.sub(r"(?<![ \t])[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", kept)).strip()


def subject_problems(name: str, subject: str) -> list[str]:
    """What has to change before this subject can be published; sentences for whoever typed it."""
    mail, found = MAILS[name], []
    if not subject.strip():
        return ["Give the mail a subject"]
    if any(_breaks(letter) for letter in subject):
        found.append("Keep the subject on one line")
    if len(subject) > LONGEST_SUBJECT:
        found.append(f"Keep the subject under {LONGEST_SUBJECT} characters; now it has {len(subject)}")
    found += _unknown(mail, subject)
    found += [
        f"{{{block}}} belongs in the mail itself, not in the subject" for block in mail.blocks if _in(block, subject)
    ]
    if _in("name", subject) and "name" in mail.inline:
        found.append("Keep {name} out of the subject: not every reader gave one, and subjects are read over shoulders")
    elif not found and not re.search(r"\w", BRACED.sub("", subject)):
        found.append("Add a word of your own to the subject: what stands for a placeholder can be empty")
    return found


def body_problems(name: str, body: str) -> list[str]:
    """The same for the words of the mail, as `tidied` leaves them."""
    mail = MAILS[name]
    if not body:
        return ["Write the words of the mail, or go back to those that come with Relcrm"]
    if len(body) > LONGEST_BODY:
        return [f"Keep the words under {LONGEST_BODY} characters; now there are {len(body)}"]
    return [*_unknown(mail, body), *_missing(mail, body), *_misplaced(mail, body)]


def _unknown(mail: Mail, words: str) -> Iterator[str]:
    known = {f"{{{one.name}}}" for one in mail.placeholders}
    odd = [piece for piece in dict.fromkeys(BRACED.findall(words)) if piece not in known]
    if odd:
        shown = ", ".join(f"“{Truncator(piece).chars(LONGEST_QUOTE)}”" for piece in odd[:MOST_QUOTES])
        yield f"Take out {shown}: braces only stand around the names in the list of this mail"


def _missing(mail: Mail, body: str) -> Iterator[str]:
    for one in mail.placeholders:
        if one.required and not _in(one.name, body):
            where = ", on a line of its own" if one.block else ""
            yield f"Put {{{one.name}}} into the words{where}: {one.because}"


def _misplaced(mail: Mail, body: str) -> Iterator[str]:
    lines = [line.strip() for line in body.split("\n")]
    often = Counter(BRACED.findall(body))
    for block in mail.blocks:
        if any(_in(block, line) and line != f"{{{block}}}" for line in lines):
            yield f"Put {{{block}}} on a line of its own"
        elif often[f"{{{block}}}"] > 1:
            yield f"Put {{{block}}} in once; now it stands there {often[f'{{{block}}}']} times"
    if "name" in mail.inline and (_in("name", "\n".join(lines[1:])) or lines[0].count("{name}") > 1):
        yield "Keep {name} in the first line, once: where we know none, that greeting does without it"


def _in(name: str, words: str) -> bool:
    return f"{{{name}}}" in words


def _breaks(letter: str) -> bool:
    return unicodedata.category(letter) in BREAKS
