"""Mailed links: one purpose, one object, one patron, revoked by raising the patron's link generation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from engagement.models import Pulse
from library.services.settings import current_settings
from outreach.models import CheckIn, Letter, Message
from patrons.models import Consent, FormerNumber, Patron
from relcrm.kit.links import Link, LinkError, TokenMaker, path_for, read_token

# Consents that allow mail; the others cannot be ended through a mail's footer.
MAIL_CONSENTS = (
    Consent.Purpose.CHECK_IN,
    Consent.Purpose.PROACTIVE,
    Consent.Purpose.COMMUNITY,
    Consent.Purpose.PULSE,
)
# These last as long as the library's settings say; a link to stop mail works for good.
KEPT_FOR_DAYS = ("letter", "checkin", "pulse")
# A row number of PostgreSQL has at most 19 digits; longer ones would be an error there.
TOO_MANY_DIGITS = 19


class LinkMaker:
    """The links of many mails at one time: the library's settings and the keys are read once, when it is made."""

    def __init__(self, *, now: datetime) -> None:
        kept = timedelta(days=current_settings().keep_links_days)
        self._tokens = TokenMaker(now=now, lifetimes=dict.fromkeys(KEPT_FOR_DAYS, kept))

    def url_for(self, *, purpose: str, object_key: str, patron: Patron) -> str:
        """The whole address of a link for this patron.

        `my` without an object is the page that asks for a fresh link: no token. With one it opens my page, once.
        """
        if purpose == "my" and not object_key:
            return f"{settings.PUBLIC_URL}/my/"
        token = self._tokens.make(purpose, object_key, patron.link_generation)
        return settings.PUBLIC_URL + path_for(purpose, token)

    def urls_of(self, message: Message) -> dict[str, str]:
        """Every link the words of a message may ask for, by purpose. Its patron must have been read with it."""
        keys = {"my": "", **message.links}
        if message.consent and "unsubscribe" not in keys:
            keys["unsubscribe"] = f"{message.patron_id}-{message.consent}"
        return {
            purpose: self.url_for(purpose=purpose, object_key=key, patron=message.patron)
            for purpose, key in keys.items()
        }


def url_for(*, purpose: str, object_key: str, patron: Patron, now: datetime) -> str:
    """One link for this patron; many at once are LinkMaker's."""
    return LinkMaker(now=now).url_for(purpose=purpose, object_key=object_key, patron=patron)


def letter_from(token: str, *, now: datetime) -> Letter:
    """The sent letter a token opens, with its request and patron. Raises LinkError."""
    link = read_token("letter", token, now=now)
    letter = (
        Letter.objects.sent()
        .select_related("request__patron", "request__branch", "request__thread", "librarian")
        .filter(pk=_number(link.object_key))
        .first()
    )
    if letter is None or not _fits(link, letter.request.patron, letter.request.thread.generation_shift):
        raise LinkError
    return letter


def check_in_from(token: str, *, now: datetime) -> CheckIn:
    """The check-in a token opens, with its letter, request and patron. Raises LinkError."""
    link = read_token("checkin", token, now=now)
    check_in = (
        CheckIn.objects.filter(pk=_number(link.object_key), letter__sent_at__isnull=False)
        .select_related(
            "letter__request__patron", "letter__request__branch", "letter__request__thread", "letter__librarian"
        )
        .first()
    )
    if check_in is None or not _fits(
        link, check_in.letter.request.patron, check_in.letter.request.thread.generation_shift
    ):
        raise LinkError
    return check_in


def pulse_from(token: str, *, now: datetime) -> Pulse:
    """The questions a token opens, with their patron. Raises LinkError."""
    link = read_token("pulse", token, now=now)
    pulse = Pulse.objects.filter(pk=_number(link.object_key)).select_related("patron").first()
    if pulse is None or pulse.patron is None or pulse.patron.link_generation != link.generation:
        raise LinkError
    return pulse


def unsubscribe_from(token: str, *, now: datetime) -> tuple[Patron, str]:
    """The patron and the consent purpose a token can end. Raises LinkError."""
    link = read_token("unsubscribe", token, now=now)
    number, _dash, purpose = link.object_key.partition("-")
    patron, shift = _patron_with_number(_number(number))
    if patron is None or purpose not in MAIL_CONSENTS or not _fits(link, patron, shift):
        raise LinkError
    return patron, purpose


def _fits(link: Link, patron: Patron, shift: int) -> bool:
    """Whether the link was not revoked; `shift` is for those mailed to a record that was joined into this one."""
    return patron.link_generation in {link.generation, link.generation + shift}


def _patron_with_number(number: int) -> tuple[Patron | None, int]:
    """The patron a mail was sent to, under its own number or that of a record joined into it, with the shift."""
    patron = Patron.objects.filter(pk=number).first()
    if patron is not None:
        return patron, 0
    former = FormerNumber.objects.select_related("patron").filter(number=number).first()
    return (former.patron, former.generation_shift) if former else (None, 0)


def _number(words: str) -> int:
    """A row number out of an object key. Raises LinkError for anything else."""
    if not (words.isascii() and words.isdigit() and len(words) < TOO_MANY_DIGITS):
        raise LinkError
    return int(words)
