"""Everything kept about a reader in one file: a page to read, and the same as JSON for a program."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Buffer, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from io import RawIOBase
from typing import IO, Any, cast

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from patrons.models import Patron
from relcrm.desk.services.file_words import LABELS, SECTIONS

PIECE = 1 << 16
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Entry:
    """One thing of a list: plain facts with their labels, and what hangs on it."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Section] = field(default_factory=list)

    @property
    def html(self) -> SafeString:
        """The entry on the page. A long life has a hundred thousand of them: a template for each would take minutes."""
        facts = format_html_join("", "<dt>{}</dt><dd>{}</dd>", self.facts)
        parts = format_html_join(
            "",
            '<div class="part"><h3>{}</h3>{}</div>',
            ((part.heading, format_html_join("", "{}", ((one.html,) for one in part.entries))) for part in self.parts),
        )
        listed = format_html("<dl>{}</dl>", facts) if facts else ""
        return format_html('<div class="entry">{}{}</div>\n', listed, parts)


@dataclass(frozen=True)
class Section:
    """A heading with its entries; none: we keep nothing of the kind."""

    heading: str
    entries: list[Entry]


def file_name_for(patron: Patron) -> str:
    """A name that says nothing of the person."""
    return f"{patron.public_id}.zip"


def pack(*, kept: Mapping[str, Any], language: str, now: datetime) -> Iterator[bytes]:
    """The zip, piece by piece: everything.html in the reader's language, everything.json."""
    with translation.override(language):
        sections = sections_of(kept)
        page = render_to_string(
            "desk/take_along.html",
            {
                "sections": [section for section in sections if section.entries],
                "empty": [section.heading for section in sections if not section.entries],
                "day": date_format(localtime(now), "DATE_FORMAT"),
                "language": language,
                "library_name": settings.LIBRARY_NAME,
            },
        )
    words = json.dumps(kept, ensure_ascii=False, indent=2)
    return _zipped({"everything.html": page, "everything.json": words}, now)


def sections_of(kept: Mapping[str, Any]) -> list[Section]:
    """What is kept, under headings in the language in use; what the export holds beyond them comes last."""
    names = [*(name for name in SECTIONS if name in kept), *(name for name in kept if name not in SECTIONS)]
    return [Section(_label(name), _entries(kept[name])) for name in names if name != "exported_at"]


def _entries(value: Any) -> list[Entry]:
    rows = value if isinstance(value, list) else [value]
    return [_entry(row) for row in rows if row not in (None, "", [], {})]


def _entry(row: Any) -> Entry:
    if not isinstance(row, dict):
        return Entry([("", _plain(row))])
    facts, parts = [], []
    for name, value in row.items():
        if value in (None, "", [], {}):
            continue
        if isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)):
            parts.append(Section(_label(name), _entries(value)))
        else:
            facts.append((_label(name), _plain(value)))
    return Entry(facts, parts)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:.2f}"
    words = str(value)
    return _moment(words) if DAY.match(words) else words


def _moment(words: str) -> str:
    """A time or a day as the reader's language writes it; other words as they are."""
    try:
        if moment := parse_datetime(words):
            return date_format(localtime(moment), "DATETIME_FORMAT")
        if day := parse_date(words):
            return date_format(day, "DATE_FORMAT")
    except ValueError:
        pass
    return words


def _label(name: str) -> str:
    return _label_in(get_language() or "", name)


@lru_cache(maxsize=2000)
def _label_in(language: str, name: str) -> str:
    words = SECTIONS.get(name) or LABELS.get(name)
    return str(words) if words else name.replace("__", " ").replace("_", " ").capitalize()


def _zipped(files: Mapping[str, str], now: datetime) -> Iterator[bytes]:
    out = _Pipe()
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in files.items():
            info = zipfile.ZipInfo(name, date_time=localtime(now).timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as file:
                for start in range(0, len(words), PIECE):
                    file.write(words[start : start + PIECE].encode())
                    yield from out.taken()
    yield from out.taken()


class _Pipe(RawIOBase):
    """What the archive writes, to be taken away as it comes; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Buffer) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def taken(self) -> Iterator[bytes]:
        """What has come since the last time."""
        pieces, self._pieces = self._pieces, []
        yield from pieces
