"""Requests that hold the words a librarian looks for: in the reader's name, in what they wrote, or as the reference.

Words that few requests hold are looked up in the indexes, and what is found is narrowed by the others. Where each of
them is common, requests are read in the order they are shown in until there are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import BooleanField, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.lookups import IsNull

from outreach.models import Request, RequestTitle
from outreach.models.request import NAMED_WORDS, OWN_WORDS, PlainWords
from outreach.querysets import RequestQuerySet
from patrons.models import Patron
from patrons.services.finding import by_name, typed

MOST_WORDS = 6
MOST = 500  # as many are listed
# Up to so many requests, looking a word up is quicker than reading requests until as many are found as are listed.
RARE = 10_000
TELLING = 3  # letters; shorter words narrow what longer ones found, or are looked for among names


class Like(Func):
    """Whether a text has this pattern."""

    template, arg_joiner, output_field = "(%(expressions)s)", " LIKE ", BooleanField()


def find_requests(requests: RequestQuerySet, words: str) -> RequestQuerySet:
    """Those of `requests` that hold every word; case and accents do not count. Asks one query.

    Of a name, the beginning of each of its words is enough; of what was written, any part. Words too short to be looked
    up are looked for in names alone, unless a longer one is beside them.
    """
    said = words.split()[:MOST_WORDS]
    telling = [word for word in said if len(word) >= TELLING]
    if not telling:
        return requests.filter(patron__in=by_name(Patron.objects.all(), words)) if typed(words) else requests.none()
    rare = _rare(telling)
    if rare:
        requests = requests.filter(pk__in=set.intersection(*rare.values()))
    for word in set(said) - rare.keys():
        requests = requests.filter(_holds(word))
    return requests


def _rare(words: Iterable[str]) -> dict[str, set[int]]:
    """The words that at most RARE requests hold, with these requests."""
    found: dict[str, list[int]] = {word: [] for word in words}
    first, *others = (part for word in found for part in _holding(word))
    for request, word in first.union(*others, all=True):
        found[word].append(request)
    return {word: set(requests) for word, requests in found.items() if len(requests) <= RARE}


def _holding(word: str) -> Iterator[QuerySet[Any, Any]]:
    """Requests that hold a word, by each index there is: no more than it takes to see that the word is common."""
    pattern = PlainWords(Value("%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"))
    places = [
        (Request.objects.filter(Like(OWN_WORDS, pattern)), "pk"),
        (RequestTitle.objects.filter(Like(NAMED_WORDS, pattern)), "request"),
    ]
    if typed(word):
        places.append((by_name(Patron.objects.filter(requests__isnull=False), word), "requests"))
    for rows, request in places:
        yield rows.order_by().values_list(request, Value(word, output_field=TextField()))[: RARE + 1]


def _holds(word: str) -> Q:
    """The same of a request that is read anyway."""
    named = RequestTitle.objects.filter(request=OuterRef("pk"))
    named = named.filter(Q(title__unaccent__icontains=word) | Q(why__unaccent__icontains=word))
    # As a value: the database would look for the word in the titles of all requests to answer an EXISTS.
    in_titles = IsNull(Subquery(named.values("pk")[:1]), False)  # noqa: FBT003  (the right side of IS NULL)
    holds = Q(about__unaccent__icontains=word) | Q(reference__icontains=word) | Q(in_titles)
    begun = [Q(patron__search_text__contains=f" {part}") for part in typed(word)]
    return holds | reduce(and_, begun) if begun else holds
