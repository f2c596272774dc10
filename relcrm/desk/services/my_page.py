"""My page: a link by mail, opened once by pressing a button, then half an hour (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from engagement.services.scores import Explanation, Reason, explain_score
from outreach.models import Message
from outreach.services.joining import join_patron
from outreach.services.outbox import queue_message
from outreach.services.taste import TasteLine, taste_of
from patrons.models import Patron
from patrons.services.consents import wording
from patrons.services.patrons import prove_address
from relcrm.desk.services.patron_card import ConsentLine, card_rows, consents_of
from relcrm.desk.services.reader_words import reason_words
from relcrm.desk.services.story import StoryLine, requests_of, tell_story
from relcrm.kit.links import LinkError, read_token
from relcrm.kit.mail import Rendered, render_mail

PURPOSE = "my_link"
PAUSE = timedelta(minutes=10)
OPEN_FOR = timedelta(minutes=30)
MOST_TWINS = 10


@dataclass(frozen=True)
class Visit:
    """Who opened the page and until when; kept in the session, apart from any staff login."""

    patron: int
    generation: int
    until: float


@dataclass(frozen=True)
class Choice:
    """One consent on the page: the words of the form, and what was agreed to, if anything."""

    words: str
    line: ConsentLine


@dataclass(frozen=True)
class ReaderReason:
    """One interaction that counts, in the reader's language, with its share of the two numbers."""

    words: str
    day: date
    relational: float
    transactional: float


@dataclass(frozen=True)
class Other:
    """Another record with the same address; `fits`: the reader can put the two together."""

    patron: Patron
    fits: bool


@dataclass(frozen=True)
class MyPage:
    """Everything a reader sees of themselves. No explanation: no profile, so nothing is measured."""

    patron: Patron
    choices: list[Choice]
    explanation: Explanation | None
    reasons: list[ReaderReason]
    taste: list[TasteLine]
    story: list[StoryLine]
    others: list[Other]
    gets_no_mail: bool


def records_at(address: str) -> list[Patron]:
    """The records with this address, first the one a link is for: the oldest known, else the newest from a form."""
    records = Patron.objects.filter(email__iexact=address).exclude(email="")
    known = records.known().order_by("created_at", "pk")[:MOST_TWINS]
    from_forms = records.filter(standing=Patron.Standing.PROVISIONAL).order_by("-created_at", "-pk")[:MOST_TWINS]
    return [*known, *from_forms]


@transaction.atomic
def send_link(*, address: str, language: str, now: datetime) -> Message | None:
    """Mail a link to my page to a known address, at most once in ten minutes; None where nothing is sent.

    `language` only serves to do the same work for an address nobody has.
    """
    records = records_at(address)
    rendered = _compose(records[0].language if records else language, several=len(records) > 1)
    if not records:
        return None
    patron = Patron.objects.select_for_update().get(pk=records[0].pk)
    lately = Message.objects.filter(patron__email__iexact=address, purpose=PURPOSE, queued_at__gt=now - PAUSE)
    if lately.exists():
        return None
    return queue_message(
        purpose=PURPOSE,
        object_key=f"{patron.pk}-{now:%Y%m%dT%H%M%S}",
        kind=Message.Kind.ANSWERING,
        patron=patron,
        rendered=rendered,
        links={"my": f"{patron.pk}-{patron.my_page_opened}"},
        not_after=now + timedelta(hours=2),
        now=now,
    )


def check_link(token: str, *, now: datetime) -> Patron:
    """The patron a link would open, without opening it. Raises LinkError for a spent, old or foreign one."""
    patron, _number = _read(token, now)
    return patron


@transaction.atomic
def open_page(*, token: str, now: datetime) -> Visit:
    """Spend the link: it proves the address and opens the page for half an hour. Raises LinkError."""
    patron, number = _read(token, now)
    spent = Patron.objects.filter(pk=patron.pk, my_page_opened=number, link_generation=patron.link_generation)
    if not spent.update(my_page_opened=F("my_page_opened") + 1):
        raise LinkError
    prove_address(patron=patron, now=now)
    return Visit(patron.pk, patron.link_generation, (now + OPEN_FOR).timestamp())


def visited(visit: dict[str, Any] | None, *, now: datetime) -> Patron | None:
    """The patron whose page is open in this session; None when the half hour is over or the links were revoked."""
    if not visit or visit["until"] < now.timestamp():
        return None
    return card_rows(Patron.objects.filter(pk=visit["patron"], link_generation=visit["generation"])).first()


def switch_record(*, patron: Patron, public_id: str, visit: Visit) -> Visit:
    """Look at another record with the same address, in the same half hour. Raises Patron.DoesNotExist."""
    other = _other(patron, public_id)
    return Visit(other.pk, other.link_generation, visit.until)


def read_my_page(*, patron: Patron, now: datetime) -> MyPage:
    """The page of a patron taken from `visited`; at most eight queries more."""
    explanation = explain_score(patron=patron, now=now)
    return MyPage(
        patron=patron,
        choices=[] if patron.is_child else [_choice(line, patron.language) for line in consents_of(patron)],
        explanation=explanation,
        reasons=[_told(reason) for reason in explanation.reasons] if explanation else [],
        taste=taste_of(patron) if explanation else [],
        story=tell_story(requests_of(patron), explanation),
        others=others_at(patron),
        gets_no_mail=getattr(patron, "gets_no_mail", False),
    )


def others_at(patron: Patron) -> list[Other]:
    """Further records with the same address, e.g. of a child, or from a form filled in later."""
    same = Patron.objects.filter(email__iexact=patron.email).exclude(email="").exclude(pk=patron.pk)
    return [
        Other(
            other,
            fits=other.standing == "provisional" and patron.standing == "own" and other.is_child == patron.is_child,
        )
        for other in same.order_by("created_at", "pk")[:MOST_TWINS]
    ]


def join_other(*, patron: Patron, public_id: str, now: datetime) -> None:
    """The reader says that a record from a form is theirs too. Raises Patron.DoesNotExist, NotTheSame."""
    join_patron(provisional=_other(patron, public_id), into=patron, now=now)


def _other(patron: Patron, public_id: str) -> Patron:
    return Patron.objects.filter(email__iexact=patron.email).exclude(email="").get(public_id=public_id)


def _told(reason: Reason) -> ReaderReason:
    return ReaderReason(reason_words(reason), reason.day, reason.relational_share, reason.transactional_share)


def _choice(line: ConsentLine, language: str) -> Choice:
    return Choice(line.wording if line.holds else wording(line.purpose, language), line)


def _read(token: str, now: datetime) -> tuple[Patron, int]:
    link = read_token("my", token, now=now)
    pk, _dash, number = link.object_key.partition("-")
    if not (pk.isdecimal() and number.isdecimal()):
        raise LinkError
    patron = Patron.objects.filter(pk=int(pk), my_page_opened=int(number), link_generation=link.generation).first()
    if patron is None:
        raise LinkError
    return patron, int(number)


def _compose(language: str, *, several: bool) -> Rendered:
    return render_mail("my_link", {"several": several}, language=language)
