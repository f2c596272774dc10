"""What each line of a mail is: somebody's words, a quote, what introduces a quote, or what stands under a mail.

One letter for a line: t text, e empty, q quoted, b introduction of a quote, h block of fields above a quote,
d delimiter, s put there by a program. Reads line by line and looks at most a few lines around: time grows with length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from outreach.mail.own_words import header_blocks, quote_intros, signatures

TEXT, EMPTY, QUOTE, INTRODUCTION, FIELDS, DELIMITER, FOOTER = "t", "e", "q", "b", "h", "d", "s"
# A mark that HTML reading leaves where a program says in its markup that a quoted mail begins.
QUOTE_BEGINS = "\x00quote\x00"

_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
# ">", "|" and the initials of whom is quoted ("IA> ..."), but no arrow and no "<b>".
_QUOTED = re.compile(r"\s*(?:[A-Z]{1,4})?(?:>(?![-=]|\s?[:：]$)|\|\s)")  # noqa: RUF001 (the colon of Chinese mail)
_FENCE = re.compile(r"```\w*$")
_ABOVE_LINE = re.compile(
    r"[\W_]{2,}+.{0,40}?(?:reply|type|write).{0,20}?(?:above|below) this line.{0,40}$", re.IGNORECASE
)
_SIGNED_BLOCK = re.compile(r"-----(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE)-----$")
_READ = 600
# Whoever writes more lines that end like an introduction is writing something else.
ATTEMPTS = 300


def clean(line: str) -> str:
    """A line as it is judged: without what nobody sees, and not longer than an introduction can be."""
    return _UNSEEN.sub("", line[:_READ]).replace("\u00a0", " ").strip()


def kinds_of(lines: Sequence[str]) -> list[str]:
    """One letter for each line."""
    cleaned = [clean(line) for line in lines]
    kinds = [_alone(line) for line in cleaned]
    _mark_fences(cleaned, kinds)
    _mark_blocks(cleaned, kinds)
    _mark_introductions(cleaned, kinds)
    _mark_footers(cleaned, kinds)
    return kinds


def _alone(line: str) -> str:
    """What a line is without its neighbours."""
    if not line:
        return EMPTY
    if _QUOTED.match(line):
        return QUOTE
    if line == QUOTE_BEGINS or _ABOVE_LINE.match(line):
        return INTRODUCTION
    if _SIGNED_BLOCK.match(line):
        return FOOTER
    return DELIMITER if signatures.delimiter(line) else TEXT


def _mark_fences(lines: Sequence[str], kinds: list[str]) -> None:
    """What stands in ``` marks is the writer's own, whatever it looks like."""
    opened = -1
    for at, line in enumerate(lines):
        if kinds[at] == TEXT and _FENCE.match(line):
            if opened >= 0:
                kinds[opened : at + 1] = [TEXT] * (at + 1 - opened)
            opened = at if opened < 0 else -1


def _mark_blocks(lines: Sequence[str], kinds: list[str]) -> None:
    """Blocks of fields, with the rule right above them."""
    fields = header_blocks.fields_of([line if kind == TEXT else "" for line, kind in zip(lines, kinds, strict=True)])
    at = 0
    while at < len(lines):
        if not fields[at]:
            at += 1
            continue
        found, end = header_blocks.block(lines, fields, at)
        if found:
            kinds[at:end] = [FIELDS] * (end - at)
            above = _before(kinds, at)
            if above >= 0 and kinds[above] == DELIMITER:
                kinds[above] = FIELDS
        at = end


def _mark_introductions(lines: Sequence[str], kinds: list[str]) -> None:
    attempts = 0
    for at, line in enumerate(lines):
        follows = _after(kinds, at)
        if kinds[at] == QUOTE and follows == QUOTE and _kind_above(kinds, at) not in (QUOTE, INTRODUCTION):
            _mark_quoted_introduction(lines, kinds, at)
        elif kinds[at] == TEXT and _announces(line, follows):
            kinds[at] = INTRODUCTION
        elif attempts < ATTEMPTS and kinds[at] in (TEXT, DELIMITER) and quote_intros.may_end(line):
            attempts += 1
            first = quote_intros.introduction(lines, at, quote_follows=follows == QUOTE)
            if first >= 0:
                kinds[first : at + 1] = [INTRODUCTION] * (at + 1 - first)


def _announces(line: str, follows: str) -> bool:
    return quote_intros.forward_mark(line) or (follows == FIELDS and quote_intros.ruled_words(line))


def _mark_quoted_introduction(lines: Sequence[str], kinds: list[str], at: int) -> None:
    """Some programs put the introduction behind the marks too; only where a quote begins."""
    bare = [line.lstrip("> ") for line in lines[at : at + 3]]
    for last, line in enumerate(bare):
        if line and quote_intros.may_end(line) and quote_intros.introduction(bare, last, quote_follows=True) == 0:
            kinds[at : at + last + 1] = [INTRODUCTION] * (last + 1)
            return


def _mark_footers(lines: Sequence[str], kinds: list[str]) -> None:
    notice = said = False
    for at, line in enumerate(lines):
        if kinds[at] != TEXT:
            notice = notice and kinds[at] == EMPTY
            continue
        begins = at == 0 or kinds[at - 1] != TEXT
        ends = at + 1 == len(kinds) or kinds[at + 1] != TEXT or signatures.sent_from(lines[at + 1])
        if begins and signatures.legal_notice(line):
            notice = True
        signed = said and begins and ends and _after(kinds, at) not in (TEXT, FOOTER) and signatures.dash_name(line)
        if notice or signed or (ends and signatures.sent_from(line)) or (not said and signatures.banner(line)):
            kinds[at] = FOOTER
        said = said or kinds[at] == TEXT


def _before(kinds: Sequence[str], at: int) -> int:
    """The nearest line above that is not empty, at most three up; -1 where there is none."""
    for above in range(at - 1, max(at - 4, -1), -1):
        if kinds[above] != EMPTY:
            return above
    return -1


def _kind_above(kinds: Sequence[str], at: int) -> str:
    above = _before(kinds, at)
    return kinds[above] if above >= 0 else EMPTY


def _after(kinds: Sequence[str], at: int) -> str:
    """The kind of the nearest line below that is not empty, at most four down."""
    return next((kind for kind in kinds[at + 1 : at + 5] if kind != EMPTY), EMPTY)
