"""What the thank-you page says after an answer. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from outreach.models import Answer, CheckIn, Taste
from outreach.services.answers import OFFERS
from outreach.services.joining import join_candidates
from patrons.models import Consent, Patron
from patrons.services.consents import wording

MOST_TERMS = 8


@dataclass(frozen=True)
class Offer:
    """A consent the reader may give, with its exact words."""

    purpose: str
    words: str


@dataclass(frozen=True)
class Thanks:
    """Everything the page shows."""

    patron: Patron
    librarian: str
    liked: list[str]
    disliked: list[str]
    remembers: bool
    missing: list[str]
    unread: list[str]
    asks_again_at: datetime | None
    offers: list[Offer]
    known: list[Patron]


def thanks_for(check_in: CheckIn) -> Thanks:
    """Collect it for a check-in that was answered."""
    patron = check_in.letter.request.patron
    agreed = set(Consent.objects.active().filter(patron=patron).values_list("purpose", flat=True))
    answers = list(Answer.objects.filter(pick__letter=check_in.letter_id).select_related("pick__title"))
    again = check_in.next_step == CheckIn.Step.AGAIN and Consent.Purpose.CHECK_IN in agreed
    offered = [] if patron.is_child else [purpose for purpose in OFFERS if purpose not in agreed]
    return Thanks(
        patron=patron,
        librarian=str(check_in.letter.librarian),
        liked=_learned(check_in, liked=True),
        disliked=_learned(check_in, liked=False),
        remembers=Consent.Purpose.PROFILE in agreed,
        missing=_books(answers, Answer.Value.COULD_NOT_GET),
        unread=_books(answers, Answer.Value.NOT_YET),
        asks_again_at=check_in.next_at if again else None,
        offers=[Offer(purpose, wording(purpose, patron.language)) for purpose in offered],
        known=join_candidates(patron),
    )


def _learned(check_in: CheckIn, *, liked: bool) -> list[str]:
    """Words for what these answers taught, without the books and authors themselves."""
    rows = Taste.objects.kept().filter(answer__pick__letter=check_in.letter_id, liked=liked)
    rows = rows.filter(kind__in=[Taste.Kind.APPEAL, Taste.Kind.GENRE, Taste.Kind.SUBJECT])
    names = rows.order_by("-weight", "pk").values_list("name", flat=True)
    return list(dict.fromkeys(names))[:MOST_TERMS]


def _books(answers: list[Answer], value: str) -> list[str]:
    return [answer.pick.title.name for answer in answers if answer.value == value]
