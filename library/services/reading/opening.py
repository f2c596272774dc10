"""From a path to a table. What a file is, is told by its content, never by its name."""

from __future__ import annotations

from pathlib import Path

from library.services.reading.delimited import CsvTable
from library.services.reading.elements import XmlTable
from library.services.reading.encodings import encoding_of, head_of, kind_of, xml_encoding
from library.services.reading.objects import JsonTable
from library.services.reading.table import Source, Table

KINDS = "CSV, JSON and XML are read."


def open_table(path: Path) -> Table:
    """The table in a file. Raises UnreadableFile with a sentence for the person who chose it."""
    head = head_of(path, kinds=KINDS)
    match kind_of(head, kinds=KINDS):
        case "xml":
            return XmlTable(Source(path, xml_encoding(head)))
        case "json":
            return JsonTable(Source(path, encoding_of(path)))
    return CsvTable(Source(path, encoding_of(path)))
