"""What we learn of a reader's taste, always with the words it came from, and only with profile consent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from catalog.models import Title
from outreach.models import Answer, Request, RequestTitle, Taste
from patrons.models import Consent, Patron
from relcrm.kit.folding import fold

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Liked or disliked, and how strongly. Answers that say nothing of the book itself teach nothing.
LESSONS: dict[str, tuple[bool, float]] = {
    Answer.Value.LOVED: (True, 1.0),
    Answer.Value.LIKED: (True, 0.6),
    Answer.Value.SO_SO: (False, 0.3),
    Answer.Value.NOT_FOR_ME: (False, 1.0),
}
SENTENCES: dict[str, "StrPromise"] = {
    Answer.Value.LOVED: _("loved %(title)s, %(day)s"),
    Answer.Value.LIKED: _("liked %(title)s, %(day)s"),
    Answer.Value.SO_SO: _("found %(title)s so-so, %(day)s"),
    Answer.Value.NOT_FOR_ME: _("%(title)s was not the right book, %(day)s"),
    RequestTitle.Kind.LIKE: _("named %(title)s as a book enjoyed, %(day)s"),
    RequestTitle.Kind.DISLIKE: _("named %(title)s as not the right book, %(day)s"),
}
NAMED_WEIGHT = 1.0

Terms = dict[tuple[str, str], None]


@dataclass
class TasteLine:
    """One term, summed over its evidence: liked when the sum is not below zero, `weight` its size."""

    kind: str
    name: str
    liked: bool = True
    weight: float = 0.0
    evidence: list[str] = field(default_factory=list)


@transaction.atomic
def learn_from_answer(*, answer: Answer, now: datetime) -> None:
    """Replace what this answer taught by what it teaches now; nothing without profile consent."""
    patron = answer.pick.letter.request.patron
    Taste.objects.kept().filter(answer=answer).delete()
    lesson = LESSONS.get(answer.value)
    if lesson is None or not Consent.objects.holds(patron, Consent.Purpose.PROFILE):
        return
    _learn(patron, _terms_of(answer.pick.title), lesson, now, answer=answer)


@transaction.atomic
def learn_from_request(*, request: Request, now: datetime) -> None:
    """Learn from the books named on the form; nothing without profile consent, the same again changes nothing.

    A name that is exactly one title of the catalogue also teaches the terms and authors of that title.
    """
    patron = request.patron
    if not Consent.objects.holds(patron, Consent.Purpose.PROFILE):
        return
    for named in request.named.all():
        Taste.objects.kept().filter(named=named).delete()
        title = _only_title_named(named.title)
        terms = _terms_of(title) if title else {(Taste.Kind.TITLE.value, named.title.strip()): None}
        _learn(patron, terms, (named.kind == RequestTitle.Kind.LIKE, NAMED_WEIGHT), now, named=named)


def taste_of(patron: Patron) -> list[TasteLine]:
    """The patron's taste by term, strongest first; empty without profile consent."""
    rows = (
        Taste.objects.kept()
        .filter(patron=patron, patron__consents__purpose="profile", patron__consents__withdrawn_at=None)
        .select_related("answer__pick__title", "named")
        .order_by("-learned_at", "pk")
    )
    lines: dict[tuple[str, str], TasteLine] = {}
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        key = (row.kind, row.name)
        lines.setdefault(key, TasteLine(*key)).evidence.append(evidence_sentence(row))
        sums[key] += row.weight if row.liked else -row.weight
    for key, line in lines.items():
        line.liked, line.weight = sums[key] >= 0, abs(sums[key])
    return sorted(lines.values(), key=lambda line: (-line.weight, line.kind, line.name))


def evidence_sentence(row: Taste) -> str:
    """The fact one piece of taste came from, e.g. 'loved The Summer Book, 1 September', in the language in use."""
    day = date_format(localtime(row.learned_at), "j F")
    if row.answer is not None:
        return SENTENCES[row.answer.value] % {"title": row.answer.pick.title.name, "day": day}
    if row.named is not None:
        return SENTENCES[row.named.kind] % {"title": row.named.title, "day": day}
    raise ValueError(row.pk)  # the database holds one of the two


@transaction.atomic
def remove_taste(*, patron: Patron, kind: str, name: str, now: datetime) -> int:
    """Take a term out for good: later answers do not bring it back. Returns how many pieces were taken out."""
    return Taste.objects.kept().filter(patron=patron, kind=kind, name=name).update(removed_at=now)


@transaction.atomic
def restore_taste(*, patron: Patron, kind: str, name: str) -> int:
    """Undo `remove_taste`."""
    return Taste.objects.filter(patron=patron, kind=kind, name=name, removed_at__isnull=False).update(removed_at=None)


@transaction.atomic
def correct_taste(*, patron: Patron, kind: str, name: str, liked: bool) -> list[int]:
    """The reader knows better: the term is liked after all, or it is not. Returns the pieces that were turned round."""
    wrong = Taste.objects.kept().filter(patron=patron, kind=kind, name=name).exclude(liked=liked)
    turned = list(wrong.select_for_update().values_list("pk", flat=True))
    Taste.objects.filter(pk__in=turned).update(liked=liked)
    return turned


@transaction.atomic
def uncorrect_taste(*, patron: Patron, pieces: list[int]) -> None:
    """Undo `correct_taste`: these pieces say again what they said before."""
    Taste.objects.filter(patron=patron, pk__in=pieces).update(
        liked=Case(When(liked=True, then=Value(False)), default=Value(True))
    )


@transaction.atomic
def forget_taste(*, patron: Patron) -> int:
    """Delete everything learned, terms taken out included; for a withdrawn profile consent."""
    return forget_tastes(patrons=[patron.pk])


def forget_tastes(*, patrons: Sequence[int]) -> int:
    """The same for any number of patrons."""
    return Taste.objects.filter(patron__in=list(patrons)).delete()[0]


def _learn(
    patron: Patron,
    terms: Iterable[tuple[str, str]],
    lesson: tuple[bool, float],
    now: datetime,
    *,
    answer: Answer | None = None,
    named: RequestTitle | None = None,
) -> None:
    """Write one piece for each term the reader has not taken out."""
    removed = set(Taste.objects.filter(patron=patron, removed_at__isnull=False).values_list("kind", "name"))
    liked, weight = lesson
    Taste.objects.bulk_create(
        Taste(
            patron=patron,
            kind=kind,
            name=name[:300],
            liked=liked,
            weight=weight,
            answer=answer,
            named=named,
            learned_at=now,
        )
        for kind, name in terms
        if (kind, name[:300]) not in removed
    )


def _terms_of(title: Title) -> Terms:
    """The terms, authors and name of a title as kinds and names, each once."""
    terms: Terms = {(term.kind, term.name): None for term in title.terms.all()}
    terms |= {(Taste.Kind.AUTHOR.value, author): None for author in title.authors}
    terms[Taste.Kind.TITLE.value, title.name[:300]] = None
    return terms


def _only_title_named(words: str) -> Title | None:
    """The one title of the catalogue with exactly this name, whatever its accents and capitals."""
    folded = fold(words)
    if not folded:
        return None
    same = list(Title.objects.named(folded).prefetch_related("terms")[:2])
    return same[0] if len(same) == 1 else None
