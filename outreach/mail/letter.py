"""The letter as a mail: the librarian's words first and last, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import gettext

from engagement.services.working_days import zone_of
from outreach.mail.words import render_words
from outreach.models import Letter, Pick
from relcrm.kit.mail import Rendered, without_placeholders

A_WEEK = 7


@dataclass(frozen=True)
class PickInMail:
    """One pick as the reader meets it."""

    name: str
    credit: str
    why: str
    stretch: bool


def compose_letter(
    *, letter: Letter, picks: Sequence[Pick], librarian: str, asks_later: bool, unasked: bool
) -> Rendered:
    """Subject and both bodies; they hold `{link:letter}` and `{link:my}`, and no typed word can pass for a link.

    `asks_later`: the reader agreed to a check-in, so the letter says when it comes. `unasked`: it says why we write,
    and holds `{link:unsubscribe}` as well.
    """
    request = letter.request
    days = letter.check_in_days if asks_later else 0
    written = render_words(
        "letter",
        {
            "note": without_placeholders(letter.note),
            "picks": [shown_in_mail(pick) for pick in picks],
            "librarian": without_placeholders(librarian),
            "branch": without_placeholders(request.branch.name) if request.branch else "",
            "weeks": round(days / A_WEEK) if days >= A_WEEK else 0,
            "days": days if days < A_WEEK else 0,
            "asked_on": None if request.is_ours else request.asked_at.astimezone(zone_of(request.branch)).date(),
            "reference": request.reference,
            "unasked": unasked,
        },
        language=request.patron.language,
    )
    return written if picks else replace(written, subject=_of_no_book(librarian, request.patron.language))


def _of_no_book(librarian: str, language: str) -> str:
    with translation.override(language):
        return gettext("A letter from %(librarian)s") % {"librarian": without_placeholders(librarian)}


def shown_in_mail(pick: Pick) -> PickInMail:
    """The pick's title, who wrote it and when, and why it was chosen."""
    credit = ", ".join(part for part in (pick.title.by, str(pick.title.year or "")) if part)
    return PickInMail(
        without_placeholders(pick.title.name),
        without_placeholders(credit),
        without_placeholders(pick.why),
        pick.stretch,
    )
