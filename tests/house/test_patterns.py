"""No pattern of ours takes long, whatever a stranger writes (SEC-37): each is run over 100 kB made to hurt it.

Every regex is met: those that modules keep, in tuples and dicts too, and those written in place. A pattern is run the
way it is used: one that is only matched need not be quick to search.
"""

from __future__ import annotations

import ast
import importlib
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.house.pumps import pumps

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("relcrm", "library", "patrons", "catalog", "engagement", "outreach")
LENGTH = 100_000
# Of CPU time. A pattern whose time grows with length needs a few hundredths; one that goes back and forth, minutes.
SECONDS = 0.5
# A tenth of the length first: one that goes back and forth needs half a second there, any other a thousandth; only what
# needs longer than this is met by the whole length.
TENTH, TENTH_SECONDS = 10_000, 0.02
WAYS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
ANCHORED = {"match", "fullmatch"}
# What is repeated, and what comes once behind it, so that a match that has gone far fails at its very end.
REPEATED = (
    " ", "\n", "a", "0", "<", ">", "@", ".", "-", "_", "=", "(", "[", "{", '"', ":", ",", "é",
    "a ", "a.", "a@", "0.", "<a@", "=?", "https://a", "<!--",
)  # fmt: skip
END = "\x00!"
# Words made for one pattern: shorter, since there are many, and with as little time.
PUMPED, PUMPED_SECONDS = 20_000, 0.25
# There are about two hundred. Far fewer would mean that they are not met.
MANY = 150
ENTRANCES = {"asgi.py", "wsgi.py", "manage.py"}
# Put together where they are used, of names that are ours or escaped; each was looked at, and none goes back and forth.
PUT_TOGETHER = {
    "library/services/sessions.py: f'\\\\b{sign}\\\\w*/'",
    "library/services/reading/elements.py: f'<(?:[\\\\w.-]+:)?{re.escape(name)}(?=[\\\\s>])'",
    "library/services/reading/elements.py: f'</(?:[\\\\w.-]+:)?{re.escape(name)}\\\\s*>'",
    "outreach/forms/books.py: f'{prefix}-([0-9]{{1,6}})-(?:title|why)'",
}

type Pattern = re.Pattern[str] | re.Pattern[bytes]


def modules() -> Iterator[Path]:
    for house in HOUSES:
        yield from sorted(path for path in (ROOT / house).rglob("*.py") if "migrations" not in path.parts)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def kept(path: Path) -> Iterator[tuple[str, Pattern]]:
    """The patterns a module keeps, by name."""
    name, imported = module_name(path), origins(path)
    for key, value in vars(importlib.import_module(name)).items():
        for pattern in within(value):
            yield imported.get(key, f"{name}.{key}"), pattern


def within(value: Any, depth: int = 3) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from within(one, depth - 1)
    elif depth and isinstance(value, dict):
        yield from within(list(value.values()), depth - 1)


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path) -> Iterator[ast.Call]:
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def is_re(node: ast.Call) -> bool:
    """Whether this is `re.search(...)` or one of its like."""
    return (
        way_of(node) in {*WAYS, "compile"}
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
    )


def way_of(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def in_place(path: Path) -> Iterator[tuple[str, Pattern, str]]:
    """Patterns written where they are used: `re.sub("...", ...)`, and the way."""
    for node in calls(path):
        words = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if is_re(node) and way_of(node) in WAYS and isinstance(words, str | bytes):
            flags = next((word.value for word in node.keywords if word.arg == "flags"), None)
            named = [] if flags is None else [part.attr for part in ast.walk(flags) if isinstance(part, ast.Attribute)]
            pattern: Pattern = re.compile(words, sum({int(getattr(re, name)) for name in named}))
            yield f"{path.relative_to(ROOT)}:{node.lineno}", pattern, way_of(node)


def origins(path: Path) -> dict[str, str]:
    """Where the names come from that a module imports from one of ours."""
    return {
        word.asname or word.name: f"{node.module}.{word.name}"
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module
        for word in node.names
    }


def ways() -> dict[str, set[str]]:
    """How each kept pattern is called anywhere: outreach.mail.headers.ADDRESS -> {"fullmatch"}."""
    found: dict[str, set[str]] = {}
    for path in modules():
        module, imported = module_name(path), origins(path)
        for node in calls(path):
            assert isinstance(node.func, ast.Attribute)
            owner = node.func.value
            if node.func.attr in WAYS and isinstance(owner, ast.Name):
                found.setdefault(imported.get(owner.id, f"{module}.{owner.id}"), set()).add(node.func.attr)
            elif node.func.attr in WAYS and isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
                found.setdefault(f"{imported.get(owner.value.id, '')}.{owner.attr}", set()).add(node.func.attr)
    return found


def patterns() -> list[tuple[str, Pattern, str]]:
    """Every pattern once: where it is, and the way that costs most among those it is used in."""
    used = ways()
    found: dict[tuple[str | bytes, int], tuple[str, Pattern, str]] = {}
    for path in modules():
        named = [] if path.name in ENTRANCES else [*kept(path)]
        for name, pattern in named:
            how = used.get(name, {"search"})
            way = "search" if how - ANCHORED else min(how)
            if found.get((pattern.pattern, pattern.flags), ("", pattern, "match"))[2] != "search":
                found[pattern.pattern, pattern.flags] = (name, pattern, way)
        for name, pattern, way in in_place(path):
            found.setdefault((pattern.pattern, pattern.flags), (name, pattern, way))
    return list(found.values())


class TooLong(Exception):
    """The time is up."""


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


def slow(pattern: Pattern, way: str, texts: Iterable[str], seconds: float) -> list[str]:
    """The words over which it takes too long, shortened. Only the time of this process counts."""
    run: Callable[[Any], Any] = getattr(pattern, way if way in ANCHORED else "search")
    found = []
    for text in texts:
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            run(given)
        except TooLong:
            found.append(f"{text[:40]!r}...{text[-3:]!r}")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if found:
            break
    return found


def repeated(pattern: Pattern, way: str) -> list[str]:
    """Of what is often repeated, the words over which it takes too long."""
    short, whole = ([(words * length)[:length] + END for words in REPEATED] for length in (TENTH, LENGTH))
    return slow(pattern, way, short, TENTH_SECONDS) and slow(pattern, way, whole, SECONDS)


@pytest.fixture
def _alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, stop)
    yield
    signal.signal(signal.SIGVTALRM, before)


def at_the_top(path: Path) -> list[ast.AST]:
    """What a module runs when it is imported: the patterns it makes there are kept, and met by name."""
    top = [node for node in nodes(path)[0].body if not isinstance(node, ast.FunctionDef)]  # type: ignore[attr-defined]  # (a module has a body)
    return [inner for node in top for inner in ast.walk(node)]


@pytest.mark.usefixtures("_alarm")
def test_no_pattern_takes_long_over_what_is_often_repeated() -> None:
    found = {f"{name} {way} {pattern.pattern!r}": repeated(pattern, way) for name, pattern, way in patterns()}
    assert len(found) > MANY
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.usefixtures("_alarm")
def test_no_pattern_takes_long_over_words_made_for_it() -> None:
    found = {}
    for name, pattern, way in patterns():
        found[f"{name} {way} {pattern.pattern!r}"] = slow(pattern, way, pumps(pattern, PUMPED), PUMPED_SECONDS)
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.usefixtures("_alarm")
def test_a_slow_pattern_would_be_found() -> None:
    for words in (r"\s+x", r"(a+)+$", r"a.*b.*c", r"<a\s*b?\s*>", r"(?:x|y|xy)*z"):
        pattern = re.compile(words)
        assert repeated(pattern, "search") or slow(pattern, "search", pumps(pattern, PUMPED), PUMPED_SECONDS)


def test_patterns_put_together_in_place_are_known() -> None:
    """A pattern made of pieces where it is used is not met above: give it a name, or look at it and list it here."""
    made = {
        f"{path.relative_to(ROOT)}: {ast.unparse(node.args[0])}"
        for path in modules()
        for node in calls(path)
        if is_re(node) and not isinstance(node.args[0], ast.Constant) and node not in at_the_top(path)
    }
    assert made == PUT_TOGETHER
