"""Whose words these are: what the writer of a mail wrote now, and everything below and between that was quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outreach.mail.own_words import signatures
from outreach.mail.own_words.html_lines import lines_of_html
from outreach.mail.own_words.line_kinds import (
    DELIMITER,
    EMPTY,
    FIELDS,
    FOOTER,
    INTRODUCTION,
    QUOTE,
    QUOTE_BEGINS,
    TEXT,
    kinds_of,
)

# Lines beyond this are not judged; they go where the last judged line went. Nobody answers a letter with more.
JUDGED = 1200
# Below a rule that may also divide somebody's own words, more than this many lines are taken for own words.
SIGNATURE_LINES = 12
# Several rules as short as this divide somebody's words; above signatures stands one, or a long one.
SHORT_RULE = 10
# A line this long was filled by a program, which may have wrapped its last words without a mark.
FILLED, WRAPPED = 60, 80
# Up to so many quoted lines on top were chosen to be answered; more are the whole mail, quoted above the answer.
SELECTED = 6
# Below a whole quoted mail, so many lines are an answer and not a signature; what is as short as a greeting is none.
ANSWER_LINES, GREETING = 7, 30

_POINTS_DOWN = re.compile(
    r"below|inline|in-line|between the lines|unten|ci-dessous|plus bas|abajo|abaixo|sotto|in basso|hieronder|onder"
    r"|poniżej|nedenfor|nedan|níže|ниже|aşağıda|下記|以下|아래",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OwnWords:
    """`text`: the newest words of the writer, exactly. `quoted`: every other line of the mail, in its order."""

    text: str
    quoted: str


def split_words(text: str, html: str = "") -> OwnWords:
    """Tell the words of the writer from quoted mail, signatures and what programs put under a mail.

    Quotes between two answers stay with the answers, without the line that introduces them. Greetings and closings
    ("Best regards, Iris") are own words. The HTML part is asked where the text part is empty, or where only the HTML
    part shows that something is quoted.
    """
    from_text = _split(_lines(text))
    if not html.strip() or (from_text.quoted and text.strip()):
        return from_text
    from_html = _split(lines_of_html(html))
    if not text.strip():
        return from_html
    return _cut_like(text, from_html) or from_text


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _split(lines: Sequence[str]) -> OwnWords:
    top = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    judged = lines[top : top + JUDGED]
    own = _own_lines(judged, kinds_of(judged))
    own = [False] * top + own
    own += [bool(own) and own[-1]] * (len(lines) - len(own))
    parted = [(line, mine) for line, mine in zip(lines, own, strict=True) if line != QUOTE_BEGINS]
    return OwnWords(
        "\n".join(line for line, mine in parted if mine).strip(),
        "\n".join(line for line, mine in parted if not mine).strip("\n"),
    )


def _own_lines(lines: Sequence[str], kinds: list[str]) -> list[bool]:
    """For each line, whether it is the writer's own."""
    _mark_wrapped(lines, kinds)
    if TEXT not in kinds:
        return [False] * len(kinds)
    first = kinds.index(TEXT)
    end = _end(lines, kinds, first)
    start = _start(kinds[:end], first)
    own = [start <= at < end and kind not in (INTRODUCTION, FIELDS, FOOTER) for at, kind in enumerate(kinds)]
    if all(kind == EMPTY for kind in kinds[end:]):
        own[end:] = [True] * (len(own) - end)
    return own


def _end(lines: Sequence[str], kinds: Sequence[str], first: int) -> int:
    """The line after the last own one."""
    end = len(kinds)
    for at in range(first + 1, len(kinds)):
        if _ends_at(lines, kinds, at):
            end = at
            break
    while kinds[end - 1] != TEXT:
        end -= 1
    return end


def _ends_at(lines: Sequence[str], kinds: Sequence[str], at: int) -> bool:
    """Whether own words cannot come after this line."""
    if kinds[at] == FIELDS:
        return True
    if kinds[at] == INTRODUCTION:
        # Marked quotes may be answered between and below; an unmarked one goes on to the end.
        if _next(kinds, at, (EMPTY, INTRODUCTION, FOOTER)) != QUOTE:
            return True
        on_top = kinds[at + 1] == EMPTY or lines[at].lstrip().startswith(">")
        return on_top and _only_signed_below(lines, kinds, at)
    if kinds[at] == FOOTER:
        # What stands below "Sent from my phone" and is no marked quote was there before.
        return _next(kinds, at, (EMPTY, FOOTER)) == TEXT
    return kinds[at] == DELIMITER and _signature_follows(lines[at], kinds, at)


def _only_signed_below(lines: Sequence[str], kinds: Sequence[str], at: int) -> bool:
    """Whether the answer stands above a whole quoted mail, so that a few words below it are a signature.

    Programs that put the answer on top leave a line empty below the introduction, or quote it too. Short words on
    top, and such as point down, are no answer yet.
    """
    below = "".join(kind for kind in kinds[at + 1 :] if kind in (TEXT, QUOTE)).lstrip(QUOTE)
    if not below or QUOTE in below or len(below) >= ANSWER_LINES:
        return False
    above = " ".join(line.strip() for line, kind in zip(lines[:at], kinds[:at], strict=True) if kind == TEXT)
    return len(above) > GREETING and not _POINTS_DOWN.search(above)


def _signature_follows(line: str, kinds: Sequence[str], at: int) -> bool:
    if signatures.announces_signature(line):
        return True
    below = kinds[at + 1 :]
    if INTRODUCTION in below:
        if not line.strip(" _"):
            return False
        below = below[: below.index(INTRODUCTION)]
    if len(line.strip()) <= SHORT_RULE and line.strip(" _"):
        divided = TEXT in kinds[:at] and DELIMITER in kinds[kinds.index(TEXT) : at]
        if divided or (DELIMITER in below and TEXT in below[below.index(DELIMITER) :]):
            return False
    return below.count(TEXT) <= SIGNATURE_LINES


def _start(kinds: Sequence[str], first: int) -> int:
    """The first own line: below a quote that stands on top, where nothing is quoted any further."""
    quoted = kinds[:first].count(QUOTE)
    if QUOTE in kinds[first:] or not quoted:
        return 0
    introduced = _next(kinds, -1, (EMPTY, FOOTER, DELIMITER)) in (INTRODUCTION, FIELDS)
    return first if introduced or quoted > SELECTED else 0


def _next(kinds: Sequence[str], at: int, passed_over: Sequence[str]) -> str:
    """The kind of the next line below that is none of these."""
    return next((kind for kind in kinds[at + 1 :] if kind not in passed_over), EMPTY)


def _mark_wrapped(lines: Sequence[str], kinds: list[str]) -> None:
    """The last words of a long quoted line that a program wrapped without marking them."""
    for at in range(1, len(kinds) - 1):
        glued = kinds[at - 1] == QUOTE and kinds[at] == TEXT and kinds[at + 1] == QUOTE
        if glued and len(lines[at - 1]) >= FILLED and len(lines[at]) <= WRAPPED and not lines[at][:1].isupper():
            kinds[at] = QUOTE


def _cut_like(text: str, from_html: OwnWords) -> OwnWords | None:
    """Cut a text part, which shows no quote, where its HTML twin shows one; None where they do not say the same."""
    wanted = _letters(from_html.text)
    if not from_html.quoted or not wanted:
        return None
    lines, said = _lines(text), ""
    for at, line in enumerate(lines):
        said += _letters(line)
        if said == wanted:
            return OwnWords("\n".join(lines[: at + 1]).strip(), "\n".join(lines[at + 1 :]).strip("\n"))
        if not wanted.startswith(said):
            return None
    return None


def _letters(words: str) -> str:
    return "".join(letter for letter in words if letter.isalnum())
