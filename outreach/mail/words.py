"""The words of every mail to a reader: the library's own where it has published some, else the ones we ship.

Words are plain text: paragraphs between blank lines, `{placeholders}` from a fixed list, nothing else. Both parts of a
mail are made from them; the foot, with the links that stop mails and show what is kept, is always ours.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import pgettext

from outreach.mail.placeholders import MAILS, PLACEHOLDER, Context, Mail, inline_values
from outreach.models import MailTemplate
from relcrm.kit.mail import Rendered, render_mail, without_placeholders

LONGEST_SUBJECT = 250
# A placeholder with nothing to say takes along what joined it to the words before it.
EMPTY = re.compile(r"(?:(?:(?<![ \t])[ \t]+)?[,;·–—-])?(?:(?<![ \t])[ \t]+)?\{(\w+)\}")
JOINTS = " \t,;·–—-"
# The lines of no name, or of a place: smaller, as under a letter.
QUIET = {"{place}", "{library}", "{branch}", "{library}, {branch}"}


@dataclass(frozen=True)
class Words:
    """Subject and body with their placeholders. version: the newest number; own: the library wrote them."""

    subject: str
    body: str
    version: int = 0
    own: bool = False


@dataclass(frozen=True)
class Line:
    words: str
    quiet: bool


@dataclass(frozen=True)
class Part:
    """One paragraph of lines, or a block with its own text and HTML."""

    lines: tuple[Line, ...] = ()
    block: str = ""
    html: str = ""

    @property
    def text(self) -> str:
        return self.block or "\n".join(line.words for line in self.lines)


def render_words(name: str, context: Context, *, language: str, version: int | None = None) -> Rendered:
    """The mail `name` in that language. Depends on the context and on the version in force, on nothing else.

    `version`: that one instead (0: the ones we ship), for a mail that keeps the words it was queued with.
    """
    if name not in MAILS:
        return render_mail(name, context, language=language)
    return fill_words(name, words_in_force(name, language, version), context, language=language)


def version_of(name: str, language: str) -> int:
    """The number of the version in force; 0 while nothing was ever published. It changes whenever the words do."""
    newest = MailTemplate.objects.newest(name, language)
    return newest.version if newest else 0


def words_in_force(name: str, language: str, version: int | None = None) -> Words:
    """The library's newest words (or those of that version), or ours where it has none or went back to them."""
    versions = MailTemplate.objects if version is None else MailTemplate.objects.filter(version=version)
    newest = versions.newest(name, language)
    if newest and newest.body:
        return Words(newest.subject, newest.body, newest.version, own=True)
    ours = shipped_words(name, language)
    return Words(ours.subject, ours.body, newest.version if newest else 0)


@functools.cache
def shipped_words(name: str, language: str) -> Words:
    """The words we ship, with their placeholders, as a library may start from."""
    stand_ins = {one.name: f"{{{one.name}}}" for one in MAILS[name].placeholders}
    with translation.override(language):
        subject = render_to_string(f"email/{name}/subject.txt", stand_ins)
        body = render_to_string(f"email/{name}/words.txt", stand_ins)
    return Words(" ".join(subject.split()), body.strip())


def fill_words(name: str, words: Words, context: Context, *, language: str) -> Rendered:
    """A mail with these words, whoever wrote them; nothing in them or in the facts can pass for a link."""
    mail = MAILS[name]
    with translation.override(language):
        full = {"library_name": settings.LIBRARY_NAME, "language": language, **context}
        values = inline_values(mail, full)
        subject = _subject(words.subject, values)
        parts = list(_parts(mail, words.body, values, full))
        foot = f"email/{mail.folder}/foot"
        text = "\n\n".join([*(part.text for part in parts), render_to_string(f"{foot}.txt", full).strip()]) + "\n"
        html = render_to_string("email/words.html", full | {"subject": subject, "parts": parts, "foot": f"{foot}.html"})
    return Rendered(subject, text, html.strip() + "\n")


def _subject(words: str, values: dict[str, str]) -> str:
    filled = " ".join(_filled(words, values).split()) or values.get("library", "") or settings.LIBRARY_NAME
    return filled[:LONGEST_SUBJECT]


def _parts(mail: Mail, body: str, values: dict[str, str], context: Context) -> list[Part]:
    """The body, paragraph by paragraph. A line that only held what is empty now vanishes, and so does a paragraph."""
    parts: list[Part] = []
    for paragraph in re.split(r"\n\s*\n", _greeted(body.replace("\r\n", "\n").strip(), values)):
        lines: list[Line] = []
        for line in paragraph.split("\n"):
            block = line.strip().strip("{}")
            if line.strip() == f"{{{block}}}" and block in mail.blocks:
                parts += [Part(tuple(lines)), _block(mail, block, context)]
                lines = []
            elif words := _filled(line, values).strip():
                lines.append(Line(words, line.strip() in QUIET))
        parts.append(Part(tuple(lines)))
    return [part for part in parts if part.text]


def _block(mail: Mail, name: str, context: Context) -> Part:
    place = f"email/{mail.folder}/{name}"
    text = re.sub(r"\n{3,}", "\n\n", render_to_string(f"{place}.txt", dict(context)).strip())
    return Part(block=text, html=render_to_string(f"{place}.html", dict(context)))


def _greeted(body: str, values: dict[str, str]) -> str:
    """Where no name is known, the greeting says hello to nobody in particular: “Hello,” and “Hola:”."""
    if "name" not in values or values["name"]:
        return body
    first, newline, rest = body.partition("\n")
    hello = pgettext("to a reader whose name is not known", "Hello")
    return re.sub(r"^.*\{name\}", lambda _found: hello, first) + newline + rest


def _filled(line: str, values: dict[str, str]) -> str:
    """The line with each placeholder replaced once; what was put in is not looked at again."""
    empty = [name for name, value in values.items() if not value.strip() and f"{{{name}}}" in line]
    if empty:
        line = EMPTY.sub(lambda found: "" if found[1] in empty else found[0], line)
        line = line.lstrip(JOINTS)
    return without_placeholders(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), line))
