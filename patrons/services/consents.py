"""What a patron agrees to: the words shown, given and withdrawn one purpose at a time."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from patrons.models import Consent, Patron

WORDING_VERSION = "2026-11"
WORDINGS = {
    "check_in": _(
        "In about three weeks, ask me how I liked the books"
        " (with at most one reminder, and once more for a book I have not read yet)"
    ),
    "profile": _("Remember my taste for next time. I can see, change and erase it whenever I like"),
    "proactive": _("Write to me when you find something for me"),
    "pulse": _("Ask me now and then, at most twice a year, how the library does for me"),
}


class NoWording(Exception):
    """Nothing is published to agree to for this purpose."""


class NotForChildren(Exception):
    """A child's record holds no consents: no check-ins, no profile, nothing unasked."""


def wording(purpose: str, language: str) -> str:
    """The words now shown for a purpose, in that language. Raises NoWording for a purpose without words."""
    try:
        words = WORDINGS[purpose]
    except KeyError as error:
        raise NoWording(purpose) from error
    with translation.override(language):
        return str(words)


def give_consent(*, patron: Patron, purpose: str, language: str, how: str, now: datetime) -> Consent:
    """Record that this patron agreed, with the exact words shown; the consent in force if there is one already.

    `how`: form, answer, my page, staff or import. Raises NotForChildren and NoWording.
    """
    if patron.is_child:
        raise NotForChildren
    words = wording(purpose, language)
    given = Consent(
        patron=patron,
        purpose=purpose,
        wording=words,
        wording_version=WORDING_VERSION,
        language=language,
        how=how,
        given_at=now,
    )
    with transaction.atomic():
        # One that is in force already stays; the database knows, also when two ask at once.
        Consent.objects.bulk_create([given], ignore_conflicts=True)
        return Consent.objects.active().filter(patron=patron, purpose=purpose)[:1][0]


def withdraw_consent(*, patron: Patron, purpose: str, now: datetime) -> bool:
    """End the consent for one purpose; False when there was none in force. The line stays, with its end."""
    with transaction.atomic():
        ended = Consent.objects.active().filter(patron=patron, purpose=purpose).update(withdrawn_at=now)
    return ended > 0
