"""A mail to oneself, with made-up facts, to see it in a real mailbox before any reader does."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPResponseException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import send_mail

from library.models import User
from outreach.mail.envelope import PLACEHOLDER
from outreach.mail.word_samples import sample_context
from outreach.mail.words import Words, fill_words
from relcrm.kit.limits import Limit, LimiterDown, over_limits

LIMITS = (Limit(10, timedelta(hours=1)),)


class NotSent(Exception):
    """It did not leave; the sentence says why, and what to do."""


def send_trial(*, name: str, language: str, words: Words, to: User, now: datetime) -> str:
    """Mail these words to the colleague who wrote them; the address it went to. Raises NotSent.

    It never goes through the outbox: that is for readers. Its links lead to the library's front page.
    """
    if not to.email:
        raise NotSent("Your account has no mail address. An admin adds one under Staff.")
    if _too_often(to, now):
        raise NotSent("That was the tenth test within an hour. Wait a little, and look at the preview meanwhile.")
    rendered = fill_words(name, words, sample_context(name), language=language)
    text, html = (PLACEHOLDER.sub(f"{settings.PUBLIC_URL}/", body) for body in (rendered.text, rendered.html))
    try:
        send_mail(f"[Test] {rendered.subject}", text, None, [to.email], html_message=html)
    except SMTPResponseException as error:
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise NotSent(f"The mail server did not take it: {error.smtp_code} {said[:200]}") from error
    except (SMTPException, AnymailError) as error:
        raise NotSent("The mail server did not take it. manage.py doctor says what is wrong.") from error
    except OSError as error:
        raise NotSent("The mail server cannot be reached now. manage.py doctor says what is wrong.") from error
    return to.email


def _too_often(to: User, now: datetime) -> bool:
    try:
        return bool(over_limits("trial-mail", str(to.pk), LIMITS, now=now))
    except LimiterDown:
        return False
