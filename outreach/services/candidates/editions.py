"""Telling that two rows of the catalogue are the same work, many at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from outreach.services.picking import ARTICLES
from relcrm.kit.folding import fold

Work = tuple[str, str]
SERIES = re.compile(r"(?<=.)\([^()]*\)$")


def works_of(name: str, authors: Iterable[str]) -> frozenset[Work]:
    """The name with each of its authors; rows that share one of these are the same work."""
    plain = plain_name(name)
    return frozenset((plain, fold(author)) for author in authors) or frozenset([(plain, "")])


def plain_name(name: str) -> str:
    """Folded, without a series in brackets and a leading article."""
    words = fold(SERIES.sub("", name.strip())).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ARTICLES else words)
