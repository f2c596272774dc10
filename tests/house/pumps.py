"""Words made to hurt one pattern: what matches up to one of its repeats, that repeat very often, and then a failure."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

PARSER: Any = importlib.import_module("re._parser")
CODES: Any = importlib.import_module("re._constants")
REPEATS = {CODES.MAX_REPEAT, CODES.MIN_REPEAT, CODES.POSSESSIVE_REPEAT}
CANDIDATES = "a _-0<>.@\n=\"'(é"
LOOKS = {CODES.ASSERT, CODES.ASSERT_NOT, CODES.AT, CODES.GROUPREF, CODES.GROUPREF_EXISTS}


def pumps(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """A beginning, one of its repeats without an end, and what fits nowhere; then the whole, again and again."""
    parsed = PARSER.parse(pattern.pattern, pattern.flags & re.VERBOSE)
    for before, body in repeats(parsed, ""):
        yield before + (body * length)[:length] + "\x00!"
    whole = "".join(sample(item) for item in parsed)
    if whole:
        yield (whole[:-1] * length)[:length] + "\x00!"


def repeats(items: Any, before: str) -> Iterator[tuple[str, str]]:
    """For every repeat without a bound: words that lead to it, and words it repeats, in several ways."""
    for item in items:
        code, value = item
        if code in REPEATS:
            if value[1] == CODES.MAXREPEAT:
                yield from ((before, body) for body in bodies(value[2]))
            yield from repeats(value[2], before)
        elif code == CODES.SUBPATTERN:
            yield from repeats(value[3], before)
        elif code == CODES.BRANCH:
            for branch in value[1]:
                yield from repeats(branch, before)
        elif code == CODES.ATOMIC_GROUP:
            yield from repeats(value, before)
        before += sample(item)


def bodies(items: Any) -> Iterator[str]:
    """What a repeat may repeat: each letter that fits, or the words of its parts."""
    code, value = items[0]
    if len(items) == 1 and code in (CODES.IN, CODES.ANY, CODES.NOT_LITERAL):
        yield from [letter for letter in CANDIDATES if fits(letter, code, value)] or [sample(items[0])]
    elif len(items) == 1 and code == CODES.SUBPATTERN:
        yield from bodies(value[3])
    elif len(items) == 1 and code == CODES.BRANCH:
        yield from ("".join(map(sample, branch)) for branch in value[1])
    else:
        yield "".join(map(sample, items))


def sample(item: Any) -> str:
    """Short words that this part of a pattern matches."""
    code: Any = item[0]
    value: Any = item[1]
    if code in LOOKS:
        return ""
    if code == CODES.LITERAL:
        return chr(value)
    if code in REPEATS:
        return "".join(map(sample, value[2])) * int(max(value[0], value[1] != 1))
    if code == CODES.BRANCH:
        return "".join(map(sample, value[1][0]))
    if code in (CODES.SUBPATTERN, CODES.ATOMIC_GROUP):
        return "".join(map(sample, value[3] if code == CODES.SUBPATTERN else value))
    return next((letter for letter in CANDIDATES if fits(letter, code, value)), first(code, value))


def fits(letter: str, code: Any, value: Any) -> bool:
    """Whether one place of a pattern takes this letter."""
    if code == CODES.ANY:
        return letter != "\n"
    if code == CODES.NOT_LITERAL:
        return bool(ord(letter) != value)
    negated = bool(value[0][0] == CODES.NEGATE)
    return negated != any(one_of(letter, kind, what) for kind, what in value[negated:])


def one_of(letter: str, kind: Any, what: Any) -> bool:
    if kind == CODES.LITERAL:
        return bool(ord(letter) == what)
    if kind == CODES.RANGE:
        return bool(what[0] <= ord(letter) <= what[1])
    name = str(what).removeprefix("CATEGORY_")
    found = re.match({"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[name.removeprefix("NOT_")], letter)
    return bool(found) != name.startswith("NOT_")


def first(code: Any, value: Any) -> str:
    """The first letter a set names, where none of the usual ones is in it."""
    if code != CODES.IN:
        return "x"
    letters = [
        what if kind == CODES.LITERAL else what[0] for kind, what in value if kind in (CODES.LITERAL, CODES.RANGE)
    ]
    return chr(letters[0]) if letters else "x"
