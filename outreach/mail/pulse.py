"""How does the library do for you? One mail to each reader of the week's sample."""

from __future__ import annotations

from outreach.mail.words import render_words
from relcrm.kit.mail import Rendered, one_line, without_placeholders

PURPOSE = "pulse"


def message_key(pulse: int) -> str:
    """The object key of the mail that asks."""
    return f"pulse:{pulse}"


def compose_pulse(*, patron: str, branch: str, language: str) -> Rendered:
    """Subject and both bodies; they hold `{link:pulse}`."""
    facts = {"patron": without_placeholders(one_line(patron)), "branch": without_placeholders(one_line(branch))}
    return render_words("pulse", facts, language=language)
