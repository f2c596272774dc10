"""The mails and languages a library can put its own words to, and whose words are in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from outreach.mail.placeholders import MAILS, Mail
from outreach.models import MailTemplate


@dataclass(frozen=True)
class InLanguage:
    """One mail in one language; `row` is the newest version, None while nothing was ever published."""

    code: str
    language: str
    row: MailTemplate | None

    @property
    def own(self) -> bool:
        return bool(self.row and self.row.body)


@dataclass(frozen=True)
class MailWithWords:
    name: str
    mail: Mail
    languages: Sequence[InLanguage]


def mails_with_words() -> list[MailWithWords]:
    """Every mail, in every language, with the version in force."""
    newest = {(row.name, row.language): row for row in MailTemplate.objects.in_force().select_related("by")}
    return [
        MailWithWords(
            name, mail, [InLanguage(code, label, newest.get((name, code))) for code, label in settings.LANGUAGES]
        )
        for name, mail in MAILS.items()
    ]


def versions_of(name: str, language: str) -> list[MailTemplate]:
    """All versions, the newest first."""
    rows = MailTemplate.objects.filter(name=name, language=language).select_related("by")
    return list(rows.order_by("-version"))
