"""What kind of reader somebody is, said to themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from engagement.models import ReaderType
from engagement.services.reader_types import AS_TOLD, NONE, KindOfReader
from engagement.services.type_rules import MOST
from relcrm.desk.services.reader_words import KINDS

Type = ReaderType.Type
TYPES: dict[str, str | Promise] = {
    Type.SEEKS_INFORMATION: _("You look for information"),
    Type.EXPERT: _("You know a field well"),
    Type.SHARES: _("You have time and share it"),
    Type.SEEKS_OFFERS: _("You like what we announce"),
    Type.ONE_THING: _("You come for one thing"),
    Type.FAN: _("You speak for the library"),
}
FACTS: dict[str, Callable[[int], str]] = {
    "spoke": lambda n: ngettext(
        "You spoke up for the library or brought someone, once.",
        "You spoke up for the library or brought someone, %(n)s times.",
        n,
    ),
    "gave_time": lambda n: ngettext("You gave time, once.", "You gave time, %(n)s times.", n),
    "together": lambda n: ngettext(
        "You did something with or for other readers, once.",
        "You did something with or for other readers, %(n)s times.",
        n,
    ),
    "advised": lambda n: ngettext(
        "You advised other readers, once.", "You advised other readers, %(n)s times.", n
    ),
    "proposed": lambda n: ngettext(
        "You proposed or corrected something, once.", "You proposed or corrected something, %(n)s times.", n
    ),
    "asked": lambda n: ngettext(
        "You asked for advice or an answer, once.", "You asked for advice or an answer, %(n)s times.", n
    ),
    "looked_up": lambda n: ngettext(
        "You used an online source, once.", "You used an online source, %(n)s times.", n
    ),
    "took_part": lambda n: ngettext(
        "You took up something we had announced, once.", "You took up something we had announced, %(n)s times.", n
    ),
}  # fmt: skip


@dataclass(frozen=True)
class TypeChoice:
    """One answer the reader can give."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class KindTold:
    """What holds and why, and what can be said instead. `by_reader`: it is their own word."""

    words: str
    by_reader: bool
    reasons: list[str]
    choices: list[TypeChoice]


def tell_kind(kind: KindOfReader) -> KindTold:
    """The reader's type in the language in use, with the counts it was told from."""
    holds = str(kind.type.value) if kind.type else NONE
    said = {**{str(key): str(label) for key, label in TYPES.items()}, NONE: gettext("None of these")}
    choices = [TypeChoice(value, label, kind.by_reader and value == holds) for value, label in said.items()]
    if kind.by_reader:
        choices.append(TypeChoice(AS_TOLD, gettext("Whatever you reckon from what happens"), chosen=False))
    words = str(TYPES[kind.type]) if kind.type else ""
    return KindTold(words, kind.by_reader, [] if kind.by_reader else _reasons(kind), choices)


def _reasons(kind: KindOfReader) -> list[str]:
    return [_most(kind) if name == MOST else FACTS[name](many) % {"n": many} for name, many in kind.facts.items()]


def _most(kind: KindOfReader) -> str:
    what = str(KINDS.get(kind.kind) or gettext("You came for the same thing"))
    return gettext("%(what)s, %(n)s of %(all)s times.") % {"what": what, "n": kind.facts[MOST], "all": kind.lines}
