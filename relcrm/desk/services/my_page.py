"""My page: a link by mail, opened once by pressing a button, then half an hour (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from outreach.mail.words import render_words
from outreach.models import Message
from outreach.services.joining import join_patron
from outreach.services.outbox import queue_message
from patrons.models import Patron
from patrons.services.patrons import prove_address
from relcrm.desk.services.own_record import MOST_TWINS, reader_rows
from relcrm.kit.links import LinkError, read_token
from relcrm.kit.mail import Rendered

PURPOSE = "my_link"
PAUSE = timedelta(minutes=10)
OPEN_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Visit:
    """Who opened the page and until when; kept in the session, apart from any staff login."""

    patron: int
    generation: int
    until: float


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
    return reader_rows(Patron.objects.filter(pk=visit["patron"], link_generation=visit["generation"])).first()


def switch_record(*, patron: Patron, public_id: str, visit: Visit) -> Visit:
    """Look at another record with the same address, in the same half hour. Raises Patron.DoesNotExist."""
    other = _other(patron, public_id)
    return Visit(other.pk, other.link_generation, visit.until)


def join_other(*, patron: Patron, public_id: str, now: datetime) -> None:
    """The reader says that a record from a form is theirs too. Raises Patron.DoesNotExist, NotTheSame."""
    join_patron(provisional=_other(patron, public_id), into=patron, now=now)


def _other(patron: Patron, public_id: str) -> Patron:
    return Patron.objects.filter(email__iexact=patron.email).exclude(email="").get(public_id=public_id)


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
    return render_words("my_link", {"several": several}, language=language)
