"""What commands are given on the command line, read in one way."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from django.utils import timezone

FIRST_YEAR, LAST_YEAR = 1890, 2200


def moment(words: str) -> datetime:
    """An ISO 8601 time from 1890 to 2200, the years scores can speak of; without a zone it is read in TIME_ZONE."""
    try:
        parsed = datetime.fromisoformat(words)
        if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
            raise ValueError(f"{parsed.year} is out of reach")
        return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{words} is not a time as in 2026-11-24T12:00:00+00:00") from error


def day(words: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{words} is not a day as in 2026-11-24") from error
