"""Translations without GNU gettext: `python -m relcrm.words extract | compile | check`.

Django's `makemessages` and `compilemessages` need programs a fresh machine does not have; Babel reads and writes the
same catalogues (DESIGN section 8, traps). `extract` brings every catalogue up to date with the sources and keeps what
is translated; `compile` writes the .mo files where they are older; `check` says what is missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from relcrm.serve.messages import compile_messages

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "relcrm" / "locale"
LANGUAGES = ("es", "fr", "pt", "af")
SOURCES = ("relcrm", "library", "patrons", "catalog", "engagement", "outreach", "community")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
CALL = re.compile(r"""\b(?:n?p?gettext|_)\((?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^()'"])*\)""")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def catalogue_path(language: str) -> Path:
    """Where the words of one language are kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[tuple[Path, bytes]]:
    """Every file with words for readers, as Python that Babel can read."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, path.read_bytes()
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            yield path, _as_calls(templatize(path.read_text(), origin=str(path))).encode()


def template_catalogue() -> Catalog:
    """All messages the sources use now, with the files they stand in (no line numbers: they would only churn)."""
    catalogue = Catalog(project="Relcrm", charset="utf-8")
    for path, code in sources():
        for _line, message, comments, context in extract("python", BytesIO(code), KEYWORDS):
            place = (str(path.relative_to(ROOT)), 1)
            catalogue.add(message, locations=[place], auto_comments=comments, context=context)
    return catalogue


def read_catalogue(language: str) -> Catalog:
    """The words of one language as kept; empty for a language that has none yet."""
    path = catalogue_path(language)
    if not path.is_file():
        return Catalog(locale=language, project="Relcrm", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract_messages() -> None:
    """Bring every catalogue up to date; translations of messages that still exist stay, others go."""
    template = template_catalogue()
    for language in LANGUAGES:
        catalogue = read_catalogue(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.header_comment, catalogue.fuzzy = "# The words readers see.", False
        catalogue.obsolete.clear()
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)


def problems() -> list[str]:
    """What is not translated, uncertain, or has lost or gained a placeholder; one sentence each."""
    template = [message for message in template_catalogue() if message.id]
    found = []
    for language in LANGUAGES:
        catalogue = read_catalogue(language)
        for wanted in template:
            message = catalogue.get(_singular(wanted), wanted.context)
            words = _forms(message.string) if message else []
            if not message or not words or not all(words):
                found.append(f"{language}: not translated: {_singular(wanted)!r}")
            elif message.fuzzy:
                found.append(f"{language}: uncertain: {_singular(wanted)!r}")
            elif any(not same_placeholders(wanted, form) for form in words):
                found.append(f"{language}: placeholders differ: {_singular(wanted)!r}")
    return found


def main(order: str) -> int:
    """Do one of extract, compile, check; 1 when something is missing."""
    if order == "check":
        missing = problems()
        sys.stdout.write("".join(f"{line}\n" for line in missing) or "All words are translated.\n")
        return int(bool(missing))
    if order == "extract":
        extract_messages()
    else:
        compile_messages()
    return 0


def _as_calls(code: str) -> str:
    """Only the gettext calls of a templatized template, one a line: the rest is padding no Python reader accepts."""
    return "\n".join(CALL.findall(code))


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _forms(words: object) -> list[str]:
    if isinstance(words, str):
        return [words]
    return [str(form) for form in words] if isinstance(words, (list, tuple)) else []


def same_placeholders(wanted: Message, words: str) -> bool:
    """Whether a translation names the same placeholders as one of the forms it translates."""
    allowed = [sorted(set(PLACEHOLDER.findall(form))) for form in _forms(wanted.id)]
    return sorted(set(PLACEHOLDER.findall(words))) in allowed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
