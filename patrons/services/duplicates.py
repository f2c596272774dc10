"""Records that may be one person: found in the whole library at once, proposed with the reason, dismissed for good."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from library.models import AuditLine, ImportRun, User
from library.services.audit import write_line
from patrons.models import Duplicate
from patrons.services.references import reference_of

LOOKED = "duplicates.looked"
FROM_HOUR = 2  # a quiet hour, as for retention
# Five people of one name at one place or of one year say nothing about any two of them.
MOST_ALIKE = 4
REASONS = {
    "same name and birth year": "birth_year::text",
    "same name and e-mail address": "nullif(lower(email), '')",
    "same name and postal address": r"nullif(regexp_replace(lower(postal_address), '\W+', ' ', 'g'), '')",
    "same name and household": "household_id::text",
}
# A child's record and a grown-up's are never one, nor are two with different birth years.
FIND = """
WITH alike AS (
    SELECT array_agg(id ORDER BY id) AS ids, array_agg(birth_year ORDER BY id) AS years
    FROM patrons_patron
    WHERE search_text <> '' AND {key} IS NOT NULL
    GROUP BY search_text, {key}, audience = 'child'
    HAVING count(*) BETWEEN 2 AND %(most)s
)
INSERT INTO patrons_duplicate (first_id, second_id, reason, found_at)
SELECT alike.ids[a], alike.ids[b], %(reason)s, %(now)s
FROM alike, generate_series(1, cardinality(alike.ids)) AS a, generate_series(a + 1, cardinality(alike.ids)) AS b
WHERE coalesce(alike.years[a] = alike.years[b], true)
ON CONFLICT (first_id, second_id) DO NOTHING
"""
# What was proposed because of a name that has been put right since.
OUTDATED = """
DELETE FROM patrons_duplicate AS pair USING patrons_patron AS one, patrons_patron AS other
WHERE one.id = pair.first_id AND other.id = pair.second_id AND pair.dismissed_at IS NULL
    AND pair.reason LIKE 'same name%%' AND one.search_text <> other.search_text
"""


@transaction.atomic
def find_duplicates(*, now: datetime) -> int:
    """Propose every pair that is alike and was not proposed before; how many. A dismissed pair stays dismissed."""
    found = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(OUTDATED)
        for reason, key in REASONS.items():
            cursor.execute(FIND.format(key=key), {"reason": reason, "now": now, "most": MOST_ALIKE})
            found += cursor.rowcount
    return found


def find_if_due(*, now: datetime) -> int:
    """Once in each night, and after an import of patrons."""
    last = AuditLine.objects.filter(thing="duplicates", what=LOOKED).order_by("-pk").first()
    if last is not None and not _due(last, now):
        return 0
    with transaction.atomic():
        found = find_duplicates(now=now)
        day = timezone.localtime(now).date().isoformat()
        write_line(what=LOOKED, thing="duplicates", reference=day, now=now)
    return found


def _due(last: AuditLine, now: datetime) -> bool:
    local = timezone.localtime(now)
    tonight = local.hour >= FROM_HOUR and local.date() > timezone.localtime(last.at).date()
    return tonight or ImportRun.objects.filter(what="patrons", finished_at__gt=last.at, finished_at__lte=now).exists()


@transaction.atomic
def dismiss_duplicate(*, pair: Duplicate, by: User, now: datetime) -> None:
    """Two different people, for good."""
    pair.dismissed_at, pair.dismissed_by = now, by
    pair.save(update_fields=["dismissed_at", "dismissed_by"])
    reference = reference_of(pair.first)
    write_line(what="duplicate.dismissed", thing="patron", reference=reference, by=by, now=now)


@transaction.atomic
def restore_duplicate(*, pair: Duplicate, by: User, now: datetime) -> None:
    """Undo of `dismiss_duplicate`."""
    pair.dismissed_at = pair.dismissed_by = None
    pair.save(update_fields=["dismissed_at", "dismissed_by"])
    reference = reference_of(pair.first)
    write_line(what="duplicate.proposed", thing="patron", reference=reference, by=by, now=now)
