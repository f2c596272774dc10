"""Board reports somebody asked for on a page, from the asking until they are fetched.

The page leaves the report in the cache, a worker sets it (`engagement.tasks.make_board_report`): neither Typst nor
Altair is ever in the web process, and the PDF says what the page said when it was asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

from engagement.services.reports.facts import report_facts
from engagement.services.reports.shapes import Report

HOUR = 60 * 60
ASKED_FOR = 60  # seconds after which it is asked for again
STYLE = 2

Write = Callable[[Report], bytes]


class NoShelf(Exception):
    """The cache does not answer: nothing can be left for a worker."""


@dataclass(frozen=True)
class Ordered:
    """A report that was asked for; `pdf` is None until it is set. `is_new`: a worker has to be woken."""

    key: str
    report: Report
    pdf: bytes | None = None
    is_new: bool = False


def order_board_report(*, report: Report) -> Ordered:
    """Leave a report for a worker, unless the same numbers are set or being set. Raises NoShelf."""
    facts = report_facts(report) | {"as_of": "", "style": STYLE}
    key = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:32]
    try:
        cache.add(_report(key), report, timeout=HOUR)
    except RedisError as error:
        raise NoShelf from error
    return find_board_report(key) or Ordered(key, report)


def find_board_report(key: str) -> Ordered | None:
    """What was asked for under this key; None where nobody knows it any more. Raises NoShelf."""
    try:
        report = cache.get(_report(key))
        if report is None:
            return None
        pdf = cache.get(_pdf(key))
        return Ordered(key, report, pdf, is_new=pdf is None and cache.add(_asked(key), 1, timeout=ASKED_FOR))
    except RedisError as error:
        raise NoShelf from error


def keep_board_report(*, key: str, write: Write) -> bool:
    """Set the report left under this key; False where there is none, or where it is set already."""
    report = cache.get(_report(key))
    if report is None or cache.get(_pdf(key)) is not None:
        return False
    cache.set(_pdf(key), write(report), timeout=HOUR)
    return True


def _report(key: str) -> str:
    return f"report:board:{key}"


def _pdf(key: str) -> str:
    return f"report:board-pdf:{key}"


def _asked(key: str) -> str:
    return f"report:board-asked:{key}"
