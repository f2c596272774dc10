"""What kind of reader someone is to the library: told every night by the published rules, put right by the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from engagement.models import ReaderType
from engagement.services.holding import hold_profile
from engagement.services.overriding import NotMeasured
from engagement.services.type_rules import COUNTS_SQL, FACTS_SQL, MOST, TYPE_SQL, WITHIN, WORDS, behind
from patrons.models import Patron

NONE, AS_TOLD = "none", ""

# What readers began or answered within a year, by kind first: the table of kinds is looked at once for each of them.
# Whoever wants no type is left alone; rows that say the same already are not written again.
TELL = f"""
WITH rule AS (
    SELECT kind, "group", outcome FROM engagement_rule
    WHERE version_id = (SELECT id FROM engagement_ruleversion ORDER BY number DESC LIMIT 1)
), line AS (
    SELECT patron_id, kind, count(*) AS n FROM engagement_interaction
    WHERE patron_id IS NOT NULL AND day BETWEEN %(since)s AND %(today)s
        AND (started_by = 'patron' OR tests LIKE '_y___')
        AND (%(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[]))
    GROUP BY patron_id, kind
), counted AS (
    SELECT patron_id, sum(n) AS lines, max(n) AS most, (array_agg(kind ORDER BY n DESC, kind))[1] AS kind,
        {COUNTS_SQL}
    FROM line LEFT JOIN rule USING (kind) GROUP BY patron_id
), told AS (
    SELECT patron_id, {TYPE_SQL} AS told,
        {FACTS_SQL} AS facts
    FROM counted
), found AS (
    SELECT * FROM told WHERE told.told <> ''
), known AS (
    SELECT * FROM engagement_readertype
    WHERE %(patrons)s::bigint[] IS NULL OR patron_id = ANY(%(patrons)s::bigint[])
)
INSERT INTO engagement_readertype AS row (patron_id, told, facts, told_on, said, none_of_these)
SELECT patron_id, coalesce(found.told, ''), coalesce(found.facts, '{{}}'), %(today)s, '', false
FROM found FULL JOIN known USING (patron_id)
WHERE NOT coalesce(known.none_of_these, false)
    AND (coalesce(found.told, ''), coalesce(found.facts, '{{}}')) IS DISTINCT FROM (known.told, known.facts)
ORDER BY patron_id
ON CONFLICT (patron_id) DO UPDATE SET told = excluded.told, facts = excluded.facts, told_on = excluded.told_on
"""  # noqa: S608  (fixed words and numbers of type_rules)


@dataclass(frozen=True)
class KindOfReader:
    """The type that holds (None: none), whether the reader said so, and the counts it was told from, by name."""

    type: ReaderType.Type | None
    by_reader: bool
    told: ReaderType.Type | None
    facts: dict[str, int]
    kind: str
    lines: int
    rules: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it was told from, in words for staff."""
        same = f" ({self.kind.replace('_', ' ')})"
        return tuple(
            f"{WORDS[name]}{same if name == MOST else ''}: {'once' if many == 1 else f'{many} times'}"
            for name, many in self.facts.items()
        )


def tell_types(*, now: datetime, patrons: Sequence[int] | None = None) -> int:
    """Tell everybody's type (or that of some) from the last 365 days, in one statement; how many rows changed.

    Only lines with profile consent name a patron, so nobody else can get a type.
    """
    today = timezone.localtime(now).date()
    some = None if patrons is None else list(patrons)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(TELL, {"since": today - WITHIN, "today": today, "patrons": some})
        return int(cursor.rowcount)


@transaction.atomic
def say_type(*, patron: Patron, said: str, now: datetime) -> str:
    """The reader says what kind of reader they are: a type, NONE, or AS_TOLD. It holds until they say otherwise.

    Returns what they had said before, in the same words, for the way back. Raises NotMeasured, ValueError.
    """
    if said not in {NONE, AS_TOLD, *ReaderType.Type.values}:
        raise ValueError(f"{said!r} is no type of reader")
    if not hold_profile(patron):
        raise NotMeasured
    row, _new = ReaderType.objects.select_for_update().get_or_create(patron=patron)
    before = NONE if row.none_of_these else row.said
    row.none_of_these, row.said = said == NONE, "" if said == NONE else said
    row.said_at = None if said == AS_TOLD else now
    if row.none_of_these:
        row.told, row.facts, row.told_on = "", {}, None
    row.save(update_fields=["said", "none_of_these", "said_at", "told", "facts", "told_on"])
    if before == NONE and said != NONE:
        tell_types(now=now, patrons=[patron.pk])
    return before


def kind_of_reader(patron: Patron) -> KindOfReader:
    """What the reader's row says, read beside the patron (select_related) or by one query."""
    row: ReaderType | None = getattr(patron, "reader_type", None)
    row = row or ReaderType()
    facts: dict[str, Any] = row.facts
    effective = "" if row.none_of_these else row.said or row.told
    return KindOfReader(
        type=ReaderType.Type(effective) if effective else None,
        by_reader=bool(row.said) or row.none_of_these,
        told=ReaderType.Type(row.told) if row.told else None,
        facts={name: facts[name] for name in behind(row.told) if facts.get(name)},
        kind=facts.get("kind", ""),
        lines=facts.get("lines", 0),
        rules=facts.get("rules", 0),
    )
