"""What the readers of loans and interactions hand on: one cleaned row each."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class CleanLoan(NamedTuple):
    """One loan of a file.

    `loan_id` names it in the source (two columns may make one). `patron` is an ILS id or a card number, `title` a
    number of the catalogue (Title.source_key), `isbn` an ISBN-13; whichever the file has. `title_words`: what the file
    calls the title. `*_as` keep a date that is known only in part; then the moment beside it is None.
    """

    line: int
    loan_id: str
    patron: str = ""
    title: str = ""
    isbn: str = ""
    title_words: str = ""
    copy: str = ""
    branch: str = ""
    borrowed_at: datetime | None = None
    borrowed_as: str = ""
    due_at: datetime | None = None
    returned_at: datetime | None = None
    returned_as: str = ""
    renewals: int = 0


class CleanInteraction(NamedTuple):
    """One interaction of a file: a visit, programme, hold, database use or gift. `patron`: ILS id, card or empty.

    `rules`: the version of the rules the file names. `points`: what it thinks they are; only their size is looked at.
    """

    line: int
    source: str
    kind: str
    patron: str = ""
    at: datetime | None = None
    minutes: int | None = None
    value: str = ""
    branch: str = ""
    rules: int | None = None
    points: float | None = None
