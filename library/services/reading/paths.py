"""Columns of nested records: `personal.lastName` leads into an object, and through a list to the first that says it.

emails.email[preferred=true?].email_address   the preferred one, else the first
user_identifiers.user_identifier[id_type=BARCODE].value   only one of this kind
addresses[0].lines[]   of the first address all lines; `[]` at the end gathers all, divided by SEPARATOR
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

SEPARATOR = "\x1f"
DEEPEST = 40
MOST_NAMES = 400
STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]]+)\])?")
CHOICE = re.compile(r"\[[^\[\]]*\]")


class _Step(NamedTuple):
    name: str
    key: str = ""
    value: str = ""
    only: bool = True  # False: the first of all where none fits

    def choose(self, items: list[Any]) -> list[Any]:
        if not self.key:
            return items[:1]
        fitting = [item for item in items if isinstance(item, dict) and self.fits(item)]
        if self.only:
            return fitting
        return (fitting or items)[:1]

    def fits(self, item: Mapping[str, Any]) -> bool:
        return leaf_text(item.get(self.key, item.get("@" + self.key))).casefold() == self.value


def bare(path: str) -> str:
    """A path without its choices, as it stands in a header."""
    return CHOICE.sub("", path)


def getter_for(path: str) -> Callable[[Mapping[str, Any]], str]:
    """What reads this column from a record: text, empty where there is none."""
    gathers = path.endswith("[]")
    steps = [_step(*match.groups()) for match in STEP.finditer(path.removesuffix("[]"))]
    if gathers:
        return lambda record: SEPARATOR.join(_texts(record, steps, 0))
    if len(steps) == 1 and not steps[0].key:
        return lambda record: value if type(value := record.get(path)) is str else next(_texts(record, steps, 0), "")
    return lambda record: next(_texts(record, steps, 0), "")


def _step(name: str, choice: str | None) -> _Step:
    if not choice:
        return _Step(name, only=False)
    key, _is, value = choice.partition("=")
    if not value:
        return _Step(name, key="", value="first")
    return _Step(name, key, value.removesuffix("?").casefold(), only=not value.endswith("?"))


def _texts(value: Any, steps: Sequence[_Step], depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, steps, depth + 1)
    elif not steps:
        if text := leaf_text(value):
            yield text
    elif isinstance(value, dict):
        step = steps[0]
        inner = value.get(step.name)
        if inner is not None and step.value:
            inner = step.choose(inner if isinstance(inner, list) else [inner])
        yield from _texts(inner, steps[1:], depth + 1)


def leaf_text(value: Any) -> str:
    """The text of a value; of an object its own text (XML) or its `value` (Alma's pairs of value and desc)."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case dict():
            own = value.get("") or value.get("value")
            return own if isinstance(own, str) else ""
    return ""


def names_in(records: Iterable[Mapping[str, Any]], *, most_records: int = 1000) -> tuple[str, ...]:
    """The dotted names of all leaves in the first records, in the order in which they are met."""
    names: dict[str, None] = {}
    for record in islice(records, most_records):
        for name in _names(record, "", 0):
            names.setdefault(name)
            if len(names) >= MOST_NAMES:
                return tuple(names)
    return tuple(names)


def _names(value: Any, prefix: str, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < DEEPEST:
        for key, inner in value.items():
            yield from _names(inner, f"{prefix}.{key}".strip("."), depth + 1)
    elif isinstance(value, list) and depth < DEEPEST:
        for inner in value:
            yield from _names(inner, prefix, depth + 1)
    elif prefix:
        yield prefix
