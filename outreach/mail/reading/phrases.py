"""Lists of phrases, written many to a line."""

from __future__ import annotations

from collections.abc import Iterable


def phrases(text: str) -> tuple[str, ...]:
    """What stands between the bars."""
    return tuple(phrase for part in text.split("|") if (phrase := " ".join(part.split())))


def says_so(text: str, wanted: Iterable[str]) -> bool:
    """Whether any of these stands in the text."""
    return any(phrase in text for phrase in wanted)
