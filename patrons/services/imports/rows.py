"""What a reader of patrons hands on: one cleaned row, in the order of the staging table's columns."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class CleanPatron(NamedTuple):
    """One patron of a file. Empty text and None: the file does not say, and what is here stays.

    `line` is the line a CSV row begins on (header: 1), the place of the record from 1 in any other file. `branch` is
    the code or name as the file has it. `audience`: adult, teen, child or empty. `left`: the source says that the
    person is deleted or no longer active. `household`: number of the household or guarantor there. `reading_history`:
    forever, default, never or empty. `other_cards`: further card numbers, separated by blanks.
    """

    line: int
    ils_id: str = ""
    card: str = ""
    other_cards: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    postal_address: str = ""
    birth_year: int | None = None
    branch: str = ""
    category: str = ""
    language: str = ""
    audience: str = ""
    joined_on: date | None = None
    card_expires_on: date | None = None
    household: str = ""
    reading_history: str = ""
    left: bool = False
    deleted: bool = False
    search_text: str = ""
