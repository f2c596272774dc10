"""Requests that hold the words a librarian looks for: in the reader's name, in what they wrote, or as the reference.

What was written is looked up in the indexes, and so are readers whose name has every word that few wrote; what is found
is narrowed by the other words. Where that is common too, requests are read in the order they are shown in until there
are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import BooleanField, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.lookups import IsNull

from outreach.models import Request, RequestTitle
from outreach.models.request import NAMED_WORDS, OWN_WORDS, PlainWords
from outreach.querysets import RequestQuerySet
from patrons.models import Patron
from patrons.services.finding import by_name, guess_named, typed

MOST_WORDS = 6
MOST = 100  # as many are listed
# Up to so many requests, looking them up is quicker than reading requests until as many are found as are listed. Of
# several words none of which is as rare, few requests hold all: looking further is quicker than reading on.
RARE, RARE_AMONG_SEVERAL = 2_000, 10_000
FEW_READERS = 8_000  # whose requests are looked up, for the same reason
ALL = 1_000_000_000
TELLING = 3  # letters; shorter words narrow what longer ones found, or are looked for among names


class Like(Func):
    """Whether a text has this pattern."""

    template, arg_joiner, output_field = "(%(expressions)s)", " LIKE ", BooleanField()


def find_requests(requests: RequestQuerySet, words: str) -> RequestQuerySet:
    """Those of `requests` that hold every word; case and accents do not count. Asks up to five queries.

    Of a name, the beginning of each of its words is enough; of what was written, any part. Words too short to be looked
    up are looked for in names alone, unless a longer one is beside them.
    """
    said = set(words.split()[:MOST_WORDS])
    telling = [word for word in said if len(word) >= TELLING]
    written = _written(telling) if telling else dict.fromkeys(said, frozenset[int]())
    if written:
        named = _named(written)
        if named is not None:
            requests = requests.filter(pk__in=named.union(*written.values()))
    for word in said:
        requests = requests.filter(_holds(word, written.get(word)))
    return requests


def _written(words: Sequence[str]) -> Mapping[str, Set[int]]:
    """The words that few requests have in their own text or with a title, with these requests."""
    return _written_by(words, RARE) or (_written_by(words, RARE_AMONG_SEVERAL) if words[1:] else {})


def _written_by(words: Sequence[str], most: int) -> dict[str, set[int]]:
    found: dict[str, list[int]] = {word: [] for word in words}
    first, *others = (part[: most + 1] for word in found for part in _holding(word))
    for request, word in first.union(*others, all=True):
        found[word].append(request)
    return {word: set(requests) for word, requests in found.items() if len(requests) <= most}


def _holding(word: str) -> Iterator[QuerySet[Any, Any]]:
    """Requests that have a word in writing, with the word, by each index there is."""
    pattern = PlainWords(Value("%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"))
    for rows, request in (
        (Request.objects.filter(Like(OWN_WORDS, pattern)), "pk"),
        (RequestTitle.objects.filter(Like(NAMED_WORDS, pattern)), "request"),
    ):
        yield rows.order_by().values_list(request, Value(word, output_field=TextField()))


def _named(words: Iterable[str]) -> set[int] | None:
    """Requests of readers whose name has every one of these words; None where these readers are many."""
    if not all(map(typed, words)):
        return set()
    name = " ".join(words)
    if guess_named(name) > FEW_READERS:
        return None
    # A slice is found first, and then its requests: left alone, the database would read every reader with a request.
    readers = by_name(Patron.objects.order_by(), name).values("pk")[:ALL]
    return set(Request.objects.filter(patron__in=readers).values_list("pk", flat=True))


def _holds(word: str, written: Set[int] | None) -> Q:
    """The same of a request that is read anyway; `written`: all that have the word in writing, as far as known."""
    holds = Q(pk__in=written) if written is not None else _has_in_writing(word)
    begun = [Q(patron__search_text__contains=f" {part}") for part in typed(word)]
    return holds | reduce(and_, begun) if begun else holds


def _has_in_writing(word: str) -> Q:
    named = RequestTitle.objects.filter(request=OuterRef("pk"))
    named = named.filter(Q(title__unaccent__icontains=word) | Q(why__unaccent__icontains=word))
    # As a value: the database would look for the word in the titles of all requests to answer an EXISTS.
    in_titles = IsNull(Subquery(named.values("pk")[:1]), False)  # noqa: FBT003  (the right side of IS NULL)
    return Q(about__unaccent__icontains=word) | Q(reference__icontains=word) | Q(in_titles)
