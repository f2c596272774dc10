"""The one place that makes a letter's mail, so that the preview shows exactly what leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.mail.letter import compose_letter
from outreach.models import Letter, Pick, Request
from outreach.services.reply_addresses import reply_address
from outreach.services.welcome import nobody_asked
from patrons.models import Consent, Patron
from relcrm.kit.mail import Rendered


@dataclass(frozen=True)
class LetterMail:
    """A letter as it leaves, but for the links, which are filled in while sending."""

    rendered: Rendered
    from_name: str
    reply_to: str


def mail_of(*, letter: Letter, picks: Sequence[Pick], librarian: str) -> LetterMail:
    """The mail of this letter as it stands, written by the librarian with that public name."""
    later, unasked = asks_later(letter.request), nobody_asked(letter.request)
    rendered = compose_letter(letter=letter, picks=picks, librarian=librarian, asks_later=later, unasked=unasked)
    return LetterMail(rendered, " ".join(librarian.split()), reply_address(thread=letter.request.thread_id))


def asks_later(request: Request, *, agreed: bool | None = None) -> bool:
    """Whether a check-in will follow a letter for this request: never for a child, and only where agreed to.

    `agreed`: whether the consent holds, where the caller has looked already.
    """
    child = request.patron.is_child or request.audience == Patron.Audience.CHILD
    if child or agreed is not None:
        return not child and bool(agreed)
    return Consent.objects.holds(request.patron, Consent.Purpose.CHECK_IN)
