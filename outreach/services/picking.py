"""What a title of the catalogue means for one reader: already suggested, named by them, against a limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format

from catalog.models import Title
from catalog.services.shelves import Shelf
from outreach.models import Pick, Request, RequestTitle
from relcrm.kit.folding import fold

LIMITS = ("violence", "sex", "swearing", "sadness")
RANKS = {"child": 0, "teen": 1, "adult": 2}
ARTICLES = frozenset(
    {"the", "a", "an", "le", "la", "les", "un", "une", "el", "los", "las", "o", "os", "as", "die", "n"}
)
NOT_A_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Flag:
    """One thing to know before choosing a title. `tone` is "late" (think twice), "soon" (look) or empty."""

    words: str
    tone: str = ""


@dataclass(frozen=True)
class Judged:
    """A title with everything known of it for this reader."""

    title: Title
    flags: tuple[Flag, ...]
    broken_limits: tuple[str, ...]
    shelves: tuple[Shelf, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Known to break a limit the reader named: cannot be added, cannot be sent."""
        return bool(self.broken_limits)

    @property
    def limits_in_words(self) -> str:
        """The limits it breaks, as one phrase: 'violence and sadness'."""
        return " and ".join(self.broken_limits)


@dataclass(frozen=True)
class Past:
    """What this reader has named and was sent before, and what is being asked now."""

    request: Request
    named: tuple[RequestTitle, ...]
    sent: tuple[Pick, ...]
    drafted: tuple[Pick, ...]


def past_of(request: Request) -> Past:
    """Everything needed to judge any number of titles for the reader of this request."""
    mine = Q(letter__request=request)
    picks = list(
        Pick.objects.filter(mine | Q(letter__request__patron=request.patron_id, letter__sent_at__isnull=False))
        .select_related("title", "letter", "answer")
        .order_by("letter__sent_at", "position")
    )
    sent = tuple(pick for pick in picks if pick.letter.request_id != request.pk)
    drafted = tuple(pick for pick in picks if pick.letter.request_id == request.pk)
    return Past(request, named_by_patron(request), sent, drafted)


def named_by_patron(request: Request) -> tuple[RequestTitle, ...]:
    """Every book this reader ever named on a form. No query where the request was read with `words_of_patron`."""
    rows: list[dict[str, Any]] | None = getattr(request, "words_of_patron", None)
    if rows is not None:
        return tuple(RequestTitle(**row) for row in rows)
    named = RequestTitle.objects.filter(request__patron=request.patron_id)
    return tuple(named.order_by("request", "kind", "position"))


def judge_title(past: Past, title: Title) -> Judged:
    """The title with its flags, weightiest first. No query."""
    blocked = broken_limits(past.request, title)
    flags = [
        *(Flag(f"contains {limit}: {past.request.patron.first} asked for none", "late") for limit in blocked),
        *_flags_of_history(past, title),
        *_flags_of_words(past.named, title),
        *_flags_of_audience(past.request.audience, title),
        *(Flag(f"{limit}: not known", "soon") for limit in unknown_limits(past.request, title)),
    ]
    return Judged(title, tuple(flags), blocked)


def broken_limits(request: Request, title: Title) -> tuple[str, ...]:
    """The limits of this request the title is known to break."""
    return tuple(limit for limit in LIMITS if limit in request.limits and getattr(title, limit) is True)


def unknown_limits(request: Request, title: Title) -> tuple[str, ...]:
    """The limits of this request about which nothing is known of the title; never a pass."""
    return tuple(limit for limit in LIMITS if limit in request.limits and getattr(title, limit) is None)


def is_named(words: str, title: Title) -> bool:
    """Whether what a reader typed is this title: 'summer book' or 'The Summer Book by Tove Jansson'.

    Case, accents, punctuation and a leading article do not count. More words than the title itself must name one
    of its authors, so that 'Emma in the snow' is not 'Emma'.
    """
    typed = _plain(words)
    authors = {_plain(author).split(" ")[-1] for author in title.authors if _plain(author)}
    for name in (title.name, title.name.split(":")[0], title.original_name):
        plain = _plain(name)
        if plain and typed == plain:
            return True
        if plain and typed.startswith(f"{plain} ") and authors & set(typed[len(plain) :].split()):
            return True
    return False


def _flags_of_history(past: Past, title: Title) -> list[Flag]:
    flags = []
    for pick in past.sent:
        if not _same_work(pick.title, title) or pick.letter.sent_at is None:
            continue
        answer = getattr(pick, "answer", None)
        said = answer.get_value_display() if answer else "no answer yet"
        tone = "late" if answer and answer.value == "not_for_me" else "soon"
        flags.append(Flag(f"suggested in {date_format(pick.letter.sent_at, 'F Y')}: {said}", tone))
    return flags


def _flags_of_words(named: Sequence[RequestTitle], title: Title) -> list[Flag]:
    kinds = {one.kind for one in named if is_named(one.title, title)}
    words = {"dislike": Flag("named as not for them", "late"), "like": Flag("named as enjoyed: already read", "soon")}
    return [flag for kind, flag in words.items() if kind in kinds]


def _flags_of_audience(audience: str, title: Title) -> list[Flag]:
    if not title.audience:
        return [Flag("audience: not known", "soon")] if audience == "child" else []
    if title.audience == audience:
        return []
    grown = RANKS.get(title.audience, 0) > RANKS.get(audience, 0)
    words = {"adult": "for adults", "teen": "for teens", "child": "for children"}.get(title.audience, title.audience)
    return [Flag(words, "late" if grown else "")]


def _same_work(one: Title, other: Title) -> bool:
    """The same row, or another edition: same name and a shared author."""
    if one.pk == other.pk:
        return True
    shared = {_plain(author) for author in one.authors} & {_plain(author) for author in other.authors}
    return bool(shared) and _plain(one.name) == _plain(other.name)


def _plain(words: str) -> str:
    """Folded, without punctuation and leading article."""
    parts = NOT_A_WORD.sub(" ", fold(words)).split()
    return " ".join(parts[1:] if len(parts) > 1 and parts[0] in ARTICLES else parts)
