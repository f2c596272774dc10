"""A librarian's answer to what a reader wrote: her words, her name, and nothing in between."""

from __future__ import annotations

import re

from outreach.mail.words import render_words
from relcrm.kit.mail import Rendered, without_placeholders

# What mail programs put before the subject of an answer, or of something passed on.
ANSWERED = re.compile(
    r"(?:\s*+(?:re|aw|antw|sv|vs|res|ref|rv|odp|fwd?|wg|tr|enc)\s*+(?:\[\d{1,3}\]\s*+)?:)+", re.IGNORECASE
)


def compose_reply(*, words: str, librarian: str, branch: str, about: str, language: str) -> Rendered:
    """Subject and both bodies; they hold `{link:my}`. `about` is the subject of what is answered."""
    return render_words(
        "reply",
        {
            "words": without_placeholders(words),
            "librarian": without_placeholders(librarian),
            "branch": without_placeholders(branch),
            "subject": without_placeholders(plain_subject(about)),
        },
        language=language,
    )


def plain_subject(subject: str) -> str:
    """The subject without any number of 'Re:' before it."""
    answered = ANSWERED.match(subject)
    return subject[answered.end() if answered else 0 :].strip()
