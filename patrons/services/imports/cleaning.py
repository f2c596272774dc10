"""One row of a file as a patron: what fits is kept, what does not is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import gt

from django.utils import timezone

from library.services.imports import Issue
from library.services.reading.dates import Dates, NoDate
from library.services.reading.paths import SEPARATOR
from library.services.reading.words import cut
from patrons.services.imports.rows import CleanPatron
from patrons.services.naming import search_text_of

EMAIL = re.compile(r"[^\s@,;<>()\[\]\"\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
IN_BRACKETS = re.compile(r".*<([^<>]+)>")
CARDS_APART = re.compile(rf"[\s,;|{SEPARATOR}]+")
COMMAS = re.compile(r"(?<![ ,])[ ,]*,[ ,]*")
LONGEST_HOUSE_NUMBER = 6
CHILD = re.compile(r"\b(?:child(?:ren)?s?|juv(?:enile)?s?|kids?)\b", re.IGNORECASE)
TEEN = re.compile(r"\b(?:teen(?:ager|age)?s?|ya|young[ _-]?adults?|adolescents?)\b", re.IGNORECASE)
LONGEST = {"ils_id": 80, "card": 40, "name": 120, "phone": 40, "postal_address": 300}
LONGEST |= {"branch": 40, "category": 60, "household": 80}
NUMBERS = {"ils_id", "card", "branch", "household"}
LONGEST_CARD, MOST_KEPT = 40, 50_000
ONE_LETTER = re.compile(r"\b[od]\b")
BORN_WHEN = "Nobody who comes to the library was born in {year}."
LONGEST_EMAIL = 254
FIRST_BIRTH_YEAR, LAST_EXPIRY = 1800, 9999
GROWN_UP = 18
YEAR = re.compile("[0-9]{4}")
EMAILS_APART = re.compile(rf"[,;|{SEPARATOR}]| / ")
AUDIENCES = {"adult": "adult", "a": "adult", "teen": "teen", "ya": "teen", "child": "child", "juvenile": "child"}
AUDIENCES |= {"t": "child", "true": "child", "children": "child", "young adult": "teen"}  # t: Evergreen's `juvenile`
YES = {"t", "true", "1", "yes", "y", "deleted", "inactive"}
NO = {"f", "false", "0", "no", "n", "inactive", "deleted"}
WISHES = {"0": "forever", "1": "default", "2": "never", "forever": "forever", "default": "default", "never": "never"}
LANGUAGES = {"eng": "en", "spa": "es", "fra": "fr", "fre": "fr", "por": "pt", "afr": "af"}
LANGUAGES |= {"english": "en", "spanish": "es", "french": "fr", "portuguese": "pt", "afrikaans": "af"}
SPOKEN = {"en", "es", "fr", "pt", "af"}
NO_NUMBER = "The row has no number or card by which this person could be found again."
NO_ADDRESS = "This is no e-mail address; it was left out."
CUT = "Only {length} characters fit; the rest was cut off."
TOO_LONG = "A number of more than {length} characters cannot be kept; it was left out."


class Cleaner:
    """Cleans the rows of one file. With `numbered` a row needs a number or a card, else an e-mail address will do.

    `system`: whose numbers they are, '' where nobody said.
    """

    def __init__(
        self, *, orders: Mapping[str, str], numbered: bool, child_until: int, now: datetime, system: str = ""
    ) -> None:
        zone = timezone.get_default_timezone()
        self._born = Dates(order=orders.get("birth_date", ""), zone=zone)
        self._joined = Dates(order=orders.get("joined_on", ""), zone=zone)
        self._expires = Dates(order=orders.get("card_expires_on", ""), zone=zone, last_year=LAST_EXPIRY)
        self._numbered, self._child_until = numbered, child_until
        self._prefix = f"{system}:" if system else ""
        self._today = now.astimezone(zone).date()
        self._ages: dict[str, tuple[int | None, str]] = {"": (None, "")}
        self._domains: set[str] = set()
        self._told: list[Issue] = []

    def clean(self, line: int, values: Sequence[str]) -> tuple[CleanPatron | None, Sequence[Issue]]:
        """The patron of a row, None where it cannot be taken, and what is to be said about the row.

        `values` stand in the order of presets.FIELDS. Called for every row of large files: the usual row makes as few
        calls as possible.
        """
        told = self._told = []
        ils_id, card, others, name, email, guardian, phone, address, born, *rest = values
        branch, category, language, audience, joined, expires, household, wish, left, active = rest
        if self._prefix:
            ils_id, household = ils_id and self._prefix + ils_id, household and self._prefix + household
        if others or SEPARATOR in card:
            card, others = self._cards(card, others)
        if SEPARATOR in address:
            address = one_line(address)
        texts = ils_id, card, name, phone, address, branch, category, household
        if any(map(gt, map(len, texts), LONGEST.values())):
            ils_id, card, name, phone, address, branch, category, household = self._shortened(line, texts)
        age = self._ages.get(born)
        year, by_age = age if age else self._age(line, born)
        reads_as = by_age or AUDIENCES.get(audience.lower(), "") or (category and audience_of(category))
        email = guardian if reads_as == "child" else email
        email = email and self._email(line, email)
        if not (ils_id or card) and (self._numbered or not email):
            return None, [Issue(line, "card", cut(name, 60), NO_NUMBER)]
        deleted = left.lower() in YES
        patron = CleanPatron(
            line,
            ils_id,
            card,
            others,
            name,
            email,
            phone,
            address,
            year,
            branch,
            category,
            language and language_of(language),
            reads_as,
            self._day(line, "joined_on", joined, self._joined),
            self._day(line, "card_expires_on", expires, self._expires),
            household,
            WISHES.get(wish.lower(), ""),
            deleted or active.lower() in NO,
            deleted,
            name and (_plain_search_text(name) or search_text_of(name)),
        )
        return patron, told

    def _tell(self, line: int, field: str, value: str, reason: str) -> None:
        self._told.append(Issue(line, field, value, reason, rejected=False))

    def _shortened(self, line: int, texts: Sequence[str]) -> Iterator[str]:
        """What fits of the texts in LONGEST; a number that does not is left out: cut off, it would be another's."""
        for text, (field, length) in zip(texts, LONGEST.items(), strict=True):
            if len(text) <= length:
                yield text
            elif field in NUMBERS:
                self._tell(line, field, text, TOO_LONG.format(length=length))
                yield ""
            else:
                self._tell(line, field, text, CUT.format(length=length))
                yield cut(text, length)

    def _cards(self, card: str, others: str) -> tuple[str, str]:
        """The card in use, and the further ones with blanks between them."""
        more = [part for part in (*card.split(SEPARATOR), *CARDS_APART.split(others)) if 0 < len(part) <= LONGEST_CARD]
        first, *rest = list(dict.fromkeys(more)) or [""]
        return first, " ".join(number.replace(" ", "") for number in rest)

    def _day(self, line: int, field: str, text: str, dates: Dates) -> date | None:
        try:
            return dates[text]
        except NoDate as error:
            self._tell(line, field, text, str(error))
            return None

    def _age(self, line: int, born: str) -> tuple[int | None, str]:
        """The year of birth and what somebody of that age reads as; of a year alone the youngest age counts."""
        if YEAR.fullmatch(born):
            year, age = int(born), self._today.year - int(born) - 1
        else:
            day = self._day(line, "birth_date", born, self._born)
            if day is None:
                return None, ""
            year = day.year
            age = self._today.year - year - ((self._today.month, self._today.day) < (day.month, day.day))
        if not FIRST_BIRTH_YEAR <= year <= self._today.year:
            self._tell(line, "birth_date", born, BORN_WHEN.format(year=year))
            return None, ""
        if len(self._ages) > MOST_KEPT:
            self._ages.clear()
        self._ages[born] = (year, "child" if age < self._child_until else "teen" if age < GROWN_UP else "adult")
        return self._ages[born]

    def _email(self, line: int, text: str) -> str:
        """The first of the addresses that looks like one."""
        local, _at, domain = text.rpartition("@")
        if (
            domain in self._domains
            and local.isascii()
            and local.replace(".", "").isalnum()
            and len(text) < LONGEST_EMAIL
        ):
            return text
        for part in EMAILS_APART.split(text):
            inside = IN_BRACKETS.fullmatch(part)
            found = (inside[1] if inside else part).strip().removeprefix("mailto:")
            if EMAIL.fullmatch(found) and len(found) <= LONGEST_EMAIL:
                if len(self._domains) < MOST_KEPT:
                    self._domains.add(found.rpartition("@")[2])
                return found
        self._tell(line, "email", text, NO_ADDRESS)
        return ""


def _plain_search_text(name: str) -> str:
    """What `search_text_of` makes of a name of plain letters, at a fraction of its cost; '' for any other name."""
    words = name.lower()
    plain = words.isascii() and words.replace(" ", "").isalnum() and not ONE_LETTER.search(words)
    return f" {words}" if plain else ""


@lru_cache(maxsize=10_000)
def audience_of(category: str) -> str:
    """child or teen where the name of the category plainly says so."""
    words = category.replace("_", " ")
    if TEEN.search(words):
        return "teen"
    return "child" if CHILD.search(words) else ""


@lru_cache(maxsize=10_000)
def language_of(text: str) -> str:
    """One of the languages we write in: 'fr' of 'fr-CA', 'fre' or 'French'; else ''."""
    code = re.split(r"[-_@. ]", text.lower())[0]
    code = LANGUAGES.get(code, code)
    return code if code in SPOKEN else ""


def one_line(text: str) -> str:
    """Parts divided by SEPARATOR as one line: a house number stays with its street."""
    first, _parted, rest = text.partition(SEPARATOR)
    joint = " " if len(first) <= LONGEST_HOUSE_NUMBER and first[:1].isdigit() and first.isalnum() else ", "
    line = first + joint + rest.replace(SEPARATOR, ", ")
    return COMMAS.sub(", ", line).strip(" ,") if ",," in line or line[-1:] == "," else line
