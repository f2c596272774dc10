"""Files made for tests of the readers."""

from __future__ import annotations

from pathlib import Path

from library.services.reading.opening import open_table
from library.services.reading.table import Problem, Table


def table_of(folder: Path, content: str | bytes) -> Table:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path)


def texts(table: Table, *columns: str) -> list[list[str]]:
    """Line and texts of each row; line and 'damaged' of what cannot be read."""
    return [
        [str(row.line), "damaged"] if isinstance(row, Problem) else [str(row[0]), *row[1]]
        for row in table.rows(columns)
    ]
