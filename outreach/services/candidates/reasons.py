"""Why a title is in the list, as sentences a librarian can check; never who else read anything."""

from __future__ import annotations

from outreach.services.candidates.shapes import Praised, Scored, Shared

SAID = {"loved": "loved", "liked": "liked", "named": "named as enjoyed", "borrowed": "borrowed"}
MOST_SHARED = 3
MOST_FELLOWS_NAMED = 2


def reasons_of(scored: Scored, first: str) -> tuple[str, ...]:
    """The sentences, one for each part that brought the title near; `first` is what to call the reader."""
    return tuple(
        filter(
            None,
            [_by_author(scored, first), _by_terms(scored, first), _by_readers(scored, first), _by_request(scored)],
        )
    ) + tuple(_against(scored, first))


def _by_author(scored: Scored, first: str) -> str:
    one = next((one for one in scored.shared if one.kind == "author"), None)
    return f"by {one.name}, who wrote {_source(one.source, first)}" if one else ""


def _by_terms(scored: Scored, first: str) -> str:
    """Most telling first: what it shares with one book, e.g. 'shares “quiet” and “the sea” with The Summer Book'."""
    terms = [one for one in scored.shared if one.kind != "author"]
    if not terms:
        return ""
    source = terms[0].source
    return f"shares {_words(terms, source)} with {_source(source, first)}"


def _words(terms: list[Shared], source: Praised) -> str:
    names = dict.fromkeys(f"“{one.name}”" for one in terms if one.source == source)
    return _and(list(names)[:MOST_SHARED])


def _by_readers(scored: Scored, first: str) -> str:
    if not scored.fellows_of:
        return ""
    named = [f"{_source(one, first)}," for one in scored.fellows_of[:MOST_FELLOWS_NAMED]]
    return f"readers of {_and(named)} borrowed or praised this too"


def _by_request(scored: Scored) -> str:
    return f"{_and([word.replace('-', ' ') for word in scored.asked])}, as asked" if scored.asked else ""


def _against(scored: Scored, first: str) -> list[str]:
    names = [f"“{name}”" for name in scored.against[:MOST_SHARED]]
    return [f"but has {_and(names)}, which was not for {first}"] if names else []


def _source(one: Praised, first: str) -> str:
    return f"{one.name}, which {first} {SAID[one.said]}"


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
