"""What things are called, and which counts are kept: the short lists a report needs beside its counts, in one query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from library.models import LibrarySettings

NAMES = """
WITH rules AS (SELECT id, number FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
SELECT 'kind', kind, label FROM engagement_rule WHERE version_id = (SELECT id FROM rules)
UNION ALL SELECT 'branch', id::text, name FROM library_branch
UNION ALL SELECT 'need', id::text, name FROM engagement_need
UNION ALL SELECT DISTINCT 'kept', first::text, grain FROM engagement_snapshot WHERE first >= %(since)s
UNION ALL SELECT 'rules', number::text, '' FROM rules
UNION ALL SELECT 'rate', hourly_rate::text, currency FROM library_librarysettings
"""


@dataclass(frozen=True)
class Names:
    """Kinds by the rules in force, branches and needs by number; first days of the quarters and months kept.

    `hourly_rate` in `currency`: what an hour of staff time costs.
    """

    rules: int
    kinds: dict[str, str]
    branches: dict[str, str]
    needs: dict[str, str]
    kept: frozenset[tuple[str, date]]
    hourly_rate: Decimal
    currency: str


def read_names(*, since: date) -> Names:
    """All of these; counts that are kept only from that day on."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    kept: set[tuple[str, date]] = set()
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"since": since})
        for what, key, name in cursor.fetchall():
            if what == "kept":
                kept.add((name, date.fromisoformat(key)))
            else:
                found[what][key] = name
    rules = max((int(number) for number in found["rules"]), default=0)
    unsaid = LibrarySettings()
    rate, currency = next(iter(found["rate"].items()), (str(unsaid.hourly_rate), unsaid.currency))
    return Names(rules, found["kind"], found["branch"], found["need"], frozenset(kept), Decimal(rate), currency)
