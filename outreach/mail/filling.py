"""The words of a message: those stored with it, or those of its template, filled with its facts.

A template is rendered once for each shape of facts, with characters of a private use area where the facts go, and
kept as a skeleton: filling it takes microseconds. The version of the library's own words stands in the facts, so a
mail keeps the words it was queued with, a page shows what was sent, and a skeleton never grows old.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from itertools import islice
from operator import itemgetter
from typing import Any

from django.conf import settings

from outreach.mail.checkin import TEMPLATE, context_of
from outreach.mail.words import render_words
from outreach.models import Message
from relcrm.kit.mail import Rendered

FILLED = frozenset(TEMPLATE.values())
SUBJECT_LENGTH = 250
# One character for each slot: nobody writes with them, and no cutting, trimming or escaping changes them.
FIRST_SLOT = 0xF8A00
MOST_SLOTS = 32
SLOT = re.compile(f"[{chr(FIRST_SLOT)}-{chr(FIRST_SLOT + MOST_SLOTS - 1)}]")
NAMED = ("patron", "librarian", "branch")
Shape = tuple[tuple[bool, ...], int]


class Skeleton:
    """One mail's words with slots where the facts of one reader go, in the order of `values_of`."""

    def __init__(self, words: Rendered) -> None:
        self.subject, self._subject = _split(words.subject)
        self._text, self._of_text = _split(words.text)
        self._html, self._of_html = _split(words.html)

    def fill(self, values: Sequence[str]) -> Rendered:
        """The mail as rendering with these values directly would make it."""
        subject = " ".join((self.subject % self._subject(values)).split())[:SUBJECT_LENGTH]
        text = (self._text % self._of_text(values)).strip() + "\n"
        escaped = [escape(value) for value in values]
        return Rendered(subject, text, (self._html % self._of_html(escaped)).strip() + "\n")

    @property
    def subject_for_format(self) -> str:
        """The subject for PostgreSQL's format(), which counts its values from 1."""
        slots = iter(self._subject(range(MOST_SLOTS)))
        return re.sub(r"%[s%]", lambda found: f"%{next(slots) + 1}$s" if found[0] == "%s" else "%%", self.subject)


def words_of(message: Message) -> Rendered:
    """Subject and bodies of a message, its links still `{link:purpose}`; empty bodies when they have been let go.

    Asks the database for nothing, but for the library's own words the first time a process meets them.
    """
    if not message.template or not message.facts:
        return Rendered(message.subject, message.body_text, message.body_html)
    facts = message.facts
    shape = shape_of(facts)
    return skeleton_of(message.template, message.language, facts["version"], shape).fill(values_of(facts))


def skeleton_of(template: str, language: str, version: int, shape: Shape) -> Skeleton:
    """The skeleton of one version of a mail for facts of one shape, made once in a process."""
    return _skeleton(template, language, version, shape, settings.LIBRARY_NAME)


def shape_of(facts: Mapping[str, Any]) -> Shape:
    """All that makes words differ besides the facts themselves: which are empty, and how many books there are."""
    return tuple(facts[name] != "" for name in NAMED), len(facts["books"])


def values_of(facts: Mapping[str, Any]) -> list[str]:
    """The facts in the order of the slots: reader, librarian, branch, the books, their numbers."""
    books = facts["books"]
    names, picks = [name for _pick, name in books], [str(pick) for pick, _name in books]
    return [facts["patron"], facts["librarian"], facts["branch"], *names, *picks]


@lru_cache(maxsize=2048)
def _skeleton(template: str, language: str, version: int, shape: Shape, library: str) -> Skeleton:
    """`library`, the house's name, stands in the words too."""
    there, books = shape
    slots = (chr(FIRST_SLOT + number) for number in range(MOST_SLOTS))
    named = zip(NAMED, slots, there, strict=False)
    facts: dict[str, Any] = {name: slot if given else "" for name, slot, given in named}
    names, picks = list(islice(slots, books)), list(islice(slots, books))
    facts["books"] = list(zip(picks, names, strict=True))
    return Skeleton(render_words(template, context_of(facts), language=language, version=version))


def _split(words: str) -> tuple[str, Callable[[Sequence[Any]], tuple[Any, ...]]]:
    """The words as a %-format, and what picks the values for it out of all."""
    slots = [ord(found) - FIRST_SLOT for found in SLOT.findall(words)]
    form = SLOT.sub("%s", words.replace("%", "%%"))
    if len(slots) > 1:
        return form, itemgetter(*slots)
    return form, lambda values: tuple(values[slot] for slot in slots)
