"""Rendering mails: subject, text and HTML from templates/email/<name>/, in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

# Control codes, line and paragraph separators, halves of characters: what must not stand in a header.
BREAKING = {"Cc", "Zl", "Zp", "Cs"}


@dataclass(frozen=True)
class Rendered:
    """One mail's words. Bodies may hold `{link:purpose}`, filled in while sending."""

    subject: str
    text: str
    html: str


def render_mail(name: str, context: Mapping[str, object], *, language: str) -> Rendered:
    """Render `templates/email/<name>/{subject.txt,body.txt,body.html}` in that language.

    The subject becomes one line; both bodies say the same.
    """
    with translation.override(language):
        full = {"library_name": settings.LIBRARY_NAME, "language": language, **context}
        subject = " ".join(render_to_string(f"email/{name}/subject.txt", full).split())
        text = render_to_string(f"email/{name}/body.txt", full).strip() + "\n"
        html = render_to_string(f"email/{name}/body.html", full).strip() + "\n"
    return Rendered(subject[:250], text, html)


def without_placeholders(words: str) -> str:
    """Typed words that cannot pass for a `{link:...}` placeholder."""
    return words.replace("{link:", "{ link:")


def one_line(words: str) -> str:
    """The words without line breaks and control codes: what a mail header may hold."""
    return " ".join("".join(" " if unicodedata.category(letter) in BREAKING else letter for letter in words).split())
