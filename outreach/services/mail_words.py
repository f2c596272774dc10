"""A library's own words for its mails: published in versions that never change, and taken back as easily."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from library.models import User
from library.services.audit import write_line
from outreach.mail.word_rules import body_problems, subject_problems, tidied
from outreach.mail.words import Words, shipped_words, words_in_force
from outreach.models import MailTemplate


class BadWords(Exception):
    """A mail with these words would not work; the sentences say why."""


class WordsMovedOn(Exception):
    """Somebody published others in between."""


class NothingChanged(Exception):
    """These words are in force already."""


def publish_words(
    *, name: str, language: str, subject: str, body: str, seen: int, by: User, now: datetime
) -> MailTemplate:
    """Put these words in force; mails that are queued keep theirs.

    `seen` is the version they were written over. Words equal to ours go back to ours, so that they stay up to date.
    Raises BadWords, WordsMovedOn, NothingChanged.
    """
    subject, body = subject.strip(), tidied(body)
    problems = [*subject_problems(name, subject), *body_problems(name, body)]
    if problems:
        raise BadWords(*problems)
    ours = shipped_words(name, language)
    if (subject, body) == (ours.subject, ours.body):
        subject = body = ""
    return _put_in_force(name, language, subject, body, seen=seen, by=by, now=now)


def restore_words(*, name: str, language: str, version: int, seen: int, by: User, now: datetime) -> MailTemplate:
    """Put an earlier version in force again, as a new one; 0: our words.

    Raises WordsMovedOn, NothingChanged, and BadWords for one that this mail can no longer be made of.
    """
    old = words_in_force(name, language, version)
    if not old.own:
        return ship_words(name=name, language=language, seen=seen, by=by, now=now)
    return publish_words(name=name, language=language, subject=old.subject, body=old.body, seen=seen, by=by, now=now)


def ship_words(*, name: str, language: str, seen: int, by: User, now: datetime) -> MailTemplate:
    """Go back to the words that come with Relcrm. Raises WordsMovedOn, NothingChanged."""
    return _put_in_force(name, language, "", "", seen=seen, by=by, now=now)


def _put_in_force(
    name: str, language: str, subject: str, body: str, *, seen: int, by: User, now: datetime
) -> MailTemplate:
    before = words_in_force(name, language)
    if before.version != seen:
        raise WordsMovedOn
    changed = _changed(before, subject, body)
    if not changed:
        raise NothingChanged
    row = MailTemplate(
        name=name, language=language, version=seen + 1, subject=subject, body=body, by=by, published_at=now
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            what = "words.published" if body else "words.shipped"
            write_line(
                what=what, thing="words", reference=f"{name} {language} {row.version}", fields=changed, by=by, now=now
            )
    except IntegrityError as error:
        # The number was taken at this very moment.
        raise WordsMovedOn from error
    return row


def _changed(before: Words, subject: str, body: str) -> list[str]:
    """Which of the two differ from what is in force; words that go back to ours always do."""
    if before.own != bool(body):
        return ["subject", "body"]
    then = (before.subject, before.body) if before.own else ("", "")
    return [field for field, old, new in zip(("subject", "body"), then, (subject, body), strict=True) if old != new]
