"""Finding patrons by what a person has at hand: a name or a part of it, a card, an address, a telephone number.

Made for a million patrons: every condition here is answered by an index, and nothing is ever sorted or counted that
has not been bounded first. Names are compared folded (`naming`), telephone numbers by their last digits.
"""

from __future__ import annotations

import json
import re

from django.db.models import Q
from django.db.models.lookups import StartsWith

from library.services.reading.maps import SYSTEMS
from patrons.models import FormerNumber, Patron
from patrons.querysets import HasWord, PatronQuerySet, PhoneBackwards
from patrons.services.naming import SIGN, words_of

LONGEST, MOST_WORDS = 120, 8
FEWEST_DIGITS = 5  # four digits end a hundred numbers of a million
LAST_DIGITS = 8  # what follows the prefix is the same, whether the country is written or not
PART_OF_CARD = 5
TELLING = 3  # words this long are looked up; shorter ones only narrow
MOST_BY_KEY = 10
PHONE = re.compile(r"[+0-9 ()/.-]+")
ADDRESS_SIGNS = re.compile("[@._+0-9-]")


def find_patrons(words: str) -> list[Patron]:
    """Patrons whose card number, e-mail address or public id this is; several may share an address. Oldest first."""
    words = words.strip()
    if not words or "\0" in words:
        return []
    where = Q(cards__number=words) | Q(email__iexact=words) | Q(public_id__iexact=words)
    return list(Patron.objects.filter(where).distinct().order_by("pk"))


def by_key(patrons: PatronQuerySet, words: str) -> list[tuple[str, int]]:
    """`search_text` and number of those whose card, address, telephone, id or former id this is; at most ten."""
    conditions = _keys(words.replace("\0", "").strip()[:LONGEST])
    if not conditions:
        return []
    rows = patrons.order_by().values_list("search_text", "pk")
    parts = [rows.filter(condition)[:MOST_BY_KEY] for condition in conditions]
    return sorted(set(parts[0].union(*parts[1:]) if parts[1:] else parts[0]))[:MOST_BY_KEY]


def _keys(words: str) -> list[Q]:
    if not words:
        return []
    conditions = []
    digits = re.sub("[^0-9]", "", words).lstrip("0")
    if len(digits) >= FEWEST_DIGITS and PHONE.fullmatch(words):
        conditions.append(~Q(phone="") & Q(StartsWith(PhoneBackwards("phone"), digits[-LAST_DIGITS:][::-1])))
    if " " in words:
        return conditions
    spellings = {words, words.upper(), words.lower()}
    card = Q(cards__number__in=spellings)
    if len(words) >= PART_OF_CARD and any(letter.isdigit() for letter in words):
        card |= Q(cards__number__startswith=words)
    numbers = Q(ils_id__in=[*spellings, *(f"{system}:{spelling}" for system in SYSTEMS for spelling in spellings)])
    conditions += [card, numbers & ~Q(ils_id=""), Q(public_id=words.upper())]
    former = Q(public_id=words.upper()) | (numbers & ~Q(ils_id=""))
    conditions.append(Q(pk__in=FormerNumber.objects.filter(former).values("patron")))
    if ADDRESS_SIGNS.search(words):
        conditions.append(Q(email__istartswith=words))
    return conditions


def by_name(patrons: PatronQuerySet, words: str) -> PatronQuerySet:
    """Those whose name has every word, whole or begun, in any order. All of them, when there is no word."""
    tokens = typed(words)
    if not tokens:
        return patrons
    if len(tokens) == 1 and _is_letter(tokens[0]):
        # A letter begins every tenth name; beyond the names that begin with it, it is somebody's whole name.
        whole = Q(HasWord(tokens[0], whole=True))
        return patrons.filter(Q(search_text__startswith=f" {tokens[0]}") | whole)
    longest = max(tokens, key=len)
    for token in tokens:
        # The second condition is the first once more. It tells the planner how rare all of them together are: it
        # guesses too many for the beginning of a word, and would read the whole table to find the first thousand.
        patrons = patrons.filter(search_text__contains=f" {token}")
        if len(token) >= TELLING or SIGN.match(token) or token == longest:
            patrons = patrons.filter(HasWord(token))
    return patrons


def guess_named(words: str) -> int:
    """How many readers `by_name` would find, as the database guesses without looking."""
    having = Patron.objects.order_by().filter(*(HasWord(token) for token in typed(words)))
    [guess] = json.loads(having.explain(format="json"))
    return int(guess["Plan"]["Plan Rows"])


def typed(words: str) -> tuple[str, ...]:
    """The folded words somebody typed."""
    return words_of(words.replace("\0", "")[:LONGEST])[:MOST_WORDS]


def beginning(words: str) -> str:
    """What `search_text` begins with when the name begins with the words."""
    return "".join(f" {word}" for word in typed(words))


def _is_letter(token: str) -> bool:
    return len(token) == 1 and not SIGN.match(token)
