"""Finding titles by what a person remembers of them: words of the title or the author, misspelt or cut short, an ISBN.

Three ways, each only when the one before found too little: the ISBN itself; every word at the beginning of a word of
the title (whatever the order); words that look alike, by trigrams. All of them use the index on `search_text`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models

from catalog.models import Title
from catalog.querysets import BETWEEN
from catalog.services.isbn import isbn13_of
from catalog.services.likeness import rank
from relcrm.kit.folding import fold

Statement = tuple[str, dict[str, str | int]]
ENOUGH = 3  # with so many exact finds, titles that only look alike are noise
ALIKE = 0.45  # for one word: a slip in a word of five letters still passes
ALIKE_AS_A_WHOLE = 0.55  # for all words together, where one of them looks like nothing in the title
SHORTEST_ALIKE = 4  # three trigrams cannot tell a slip from another word
CANDIDATES = 40
MOST_WORDS = 12
LONGEST = 200

# The parameters are made of folded words: letters, digits and blanks, so nothing in them is a wildcard. In search_text
# a blank stands before every word and a bar between the parts; it begins with the name.
BY_WORDS = """
SELECT id FROM catalog_title WHERE {words} AND (%(audience)s = '' OR audience = %(audience)s)
ORDER BY search_text LIKE %(title)s OR search_text = %(whole)s DESC, search_text LIKE %(ending)s DESC,
         search_text LIKE %(start)s DESC, length(search_text), search_text, id
LIMIT %(limit)s
"""
# The operator <% that the index serves reads its threshold from the session. Both commands go to the server in one
# message, which is one transaction, and with it the setting ends.
BY_LIKENESS = """
SELECT set_config('pg_trgm.word_similarity_threshold', %(threshold)s, true);
SELECT id, search_text FROM catalog_title WHERE {words} AND (%(audience)s = '' OR audience = %(audience)s)
ORDER BY word_similarity(%(whole)s, search_text) DESC, id LIMIT %(limit)s
"""


def find_titles(words: str, *, audience: str = "", isbn: str = "", limit: int = 20) -> list[Title]:
    """Titles that fit, best first, their terms prefetched; none for words without a letter or digit.

    `words` may be an ISBN of 10 or 13 digits, hyphens or not. `audience` keeps only titles known to be for it; `isbn`
    keeps only titles with that ISBN. An ISBN whose checksum does not hold finds nothing.
    """
    printed = isbn.strip() or (words if isbn13_of(words) else "")
    if printed:
        return _by_isbn(printed, audience=audience, limit=limit)
    tokens = list(dict.fromkeys(fold(words[:LONGEST]).split()))[:MOST_WORDS]
    if not tokens or limit < 1:
        return []
    found = _by_words(tokens, audience=audience, limit=limit)
    if len(found) < min(ENOUGH, limit):
        alike = _by_likeness(tokens, audience=audience)
        found = list(dict.fromkeys([*found, *alike]))[:limit]
    titles = Title.objects.prefetch_related("terms").in_bulk(found)
    return [titles[pk] for pk in found if pk in titles]


def _by_isbn(isbn: str, *, audience: str, limit: int) -> list[Title]:
    number = isbn13_of(isbn)
    if not number:
        return []
    fitting = models.Q(isbns__contains=[number])
    if audience:
        fitting &= models.Q(audience=audience)
    return list(Title.objects.filter(fitting).prefetch_related("terms").order_by("name", "pk")[:limit])


def words_statement(tokens: Sequence[str], *, audience: str, limit: int) -> Statement:
    """SQL and parameters for titles in which every token begins a word."""
    whole = " " + " ".join(tokens)
    parameters: dict[str, str | int] = {
        "whole": whole,
        "title": f"{whole}{BETWEEN}%",
        "ending": f"%{whole}{BETWEEN}%",
        "start": f"{whole}%",
        "audience": audience,
        "limit": limit,
    }
    parameters |= {f"word{number}": f"% {token}%" for number, token in enumerate(tokens)}
    conditions = " AND ".join(f"search_text LIKE %(word{number})s" for number in range(len(tokens)))
    return BY_WORDS.format(words=conditions), parameters


def likeness_statement(tokens: Sequence[str], *, audience: str, threshold: float) -> Statement:
    """SQL and parameters for titles in which something looks like each of the tokens."""
    parameters: dict[str, str | int] = {"whole": " ".join(tokens), "audience": audience, "limit": CANDIDATES}
    parameters["threshold"] = str(threshold)
    parameters |= {f"word{number}": token for number, token in enumerate(tokens)}
    conditions = " AND ".join(f"%(word{number})s <%% search_text" for number in range(len(tokens)))
    return BY_LIKENESS.format(words=conditions), parameters


def _by_words(tokens: Sequence[str], *, audience: str, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(*words_statement(tokens, audience=audience, limit=limit))
        return [pk for (pk,) in cursor.fetchall()]


def _by_likeness(tokens: Sequence[str], *, audience: str) -> list[int]:
    """Candidates by trigrams, each long word by itself, then all together; ordered by the slips they would need."""
    telling = [token for token in tokens if len(token) >= SHORTEST_ALIKE] or list(tokens)
    rows = _candidates(likeness_statement(telling, audience=audience, threshold=ALIKE))
    if not rows:
        rows = _candidates(likeness_statement([" ".join(telling)], audience=audience, threshold=ALIKE_AS_A_WHOLE))
    return rank(tokens, rows)


def _candidates(statement: Statement) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return [(pk, text) for pk, text in cursor.fetchall()]
