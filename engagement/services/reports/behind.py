"""What stands behind one number: its rules, and the readers a librarian may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from engagement.models import Rule
from engagement.services.counting.counters import counter_of, counting_facts
from engagement.services.counting.statement import SET_UP, counters_for
from engagement.services.reports.periods import Period
from engagement.services.reports.shapes import Figure, Lead, Report, Slice, Table
from library.models import User
from patrons.models import Consent, Patron

MOST_PERSONS = 50
# A page never goes through the lines of more readers than these.
MOST_READERS = 2000
# A bitmap of the days would test every line of a quarter against each of these readers; their own index finds theirs.
BY_READER = "SET LOCAL enable_bitmapscan = off;"
# Whoever is named on the rows that the counters of these measures count, so that a number and its readers agree.
PERSONS = """
SELECT patron.public_id, patron.name, counted.times, counted.last
FROM (
    SELECT said.patron_id, count(*) AS times, max(said.day) AS last FROM ({rows}) AS said
    WHERE said.measure = ANY(%(measures)s) AND said.amount > 0 AND said.patron_id = ANY(%(readers)s)
        AND CASE %(by)s WHEN 'branch' THEN said.branch WHEN 'audience' THEN said.audience
            WHEN 'language' THEN said.language ELSE '' END = %(slice)s
    GROUP BY said.patron_id
) AS counted JOIN patrons_patron AS patron ON patron.id = counted.patron_id
ORDER BY counted.times DESC, counted.last DESC NULLS LAST, patron.name, patron.public_id
LIMIT %(most)s
"""

NAMED = "SELECT DISTINCT patron_id FROM ({rows}) AS said WHERE measure = ANY(%(measures)s) AND patron_id IS NOT NULL"


@dataclass(frozen=True)
class Person:
    """A reader behind a number: how often, and when last; a state has no day."""

    public_id: str
    name: str
    times: int
    last: date | None


@dataclass(frozen=True)
class Behind:
    """The busiest first. is_all: everybody was looked at who may be seen, not only the newest MOST_READERS."""

    persons: tuple[Person, ...]
    is_all: bool


def find_number(report: Report, key: str) -> tuple[str, Figure | Table] | None:
    """The figure or table of that key, with the part it stands in."""
    for part in report.parts:
        numbers: list[Figure | Table] = [*part.figures, *part.tables]
        for one in numbers:
            if one.key == key:
                return part.key, one
    return None


def find_lead(number: Figure | Table, key: str) -> Lead | None:
    """The lead of that key; of a figure else its first, of a table else none: there every row has its own."""
    first = number.leads[:1] if isinstance(number, Figure) else ()
    return next((lead for lead in number.leads if lead.key == key), next(iter(first), None))


def read_rules(number: Figure | Table, lead: Lead | None) -> list[Rule]:
    """How the kinds of a number are judged by the rules in force (1 query); of those of the lead, where it has some."""
    named = {measure.partition(":")[2] for measure in lead.measures} if lead else set()
    kinds = [kind for kind in number.kinds if kind in named] or number.kinds
    newest = Rule.objects.filter(kind__in=kinds).order_by("kind", "-version__number").distinct("kind")
    return sorted(newest.select_related("version"), key=lambda rule: rule.label)


def read_persons(*, lead: Lead, period: Period, slice_: Slice, user: User, now: datetime) -> Behind | None:
    """Who is counted there, of the readers with a profile whom this librarian may see (2 or 3 queries).

    None where nobody is looked up: what is counted together by promise, or held only while the period ran.
    """
    counters = {counter.name: counter for counter in map(counter_of, lead.measures)}
    can_be_told = {counter.name for counter in counters_for(period, now) if counter.how.rows}
    if not counters.keys() <= can_be_told:
        return None
    rows = " UNION ALL ".join(
        f"SELECT measure, amount, patron_id, day, branch, audience, language FROM ({counter.how.rows}) AS {name}"  # noqa: S608  (fixed words)
        for name, counter in counters.items()
    )
    facts = counting_facts(period, now) | {
        "measures": list(lead.measures),
        "keys": [measure.partition(":")[2] for measure in lead.measures],
        "by": slice_.by,
        "slice": slice_.key,
        "most": MOST_PERSONS,
    }
    seen = Patron.objects.visible_to(user).consenting(Consent.Purpose.PROFILE.value).order_by("-pk")
    with connection.cursor() as cursor:
        if all(counter.how.few for counter in counters.values()):
            cursor.execute(NAMED.format(rows=rows), facts)
            seen = seen.filter(pk__in=[pk for (pk,) in cursor.fetchall()])
        readers = list(seen.values_list("pk", flat=True)[: MOST_READERS + 1])
        facts["readers"] = readers[:MOST_READERS]
        cursor.execute(SET_UP + BY_READER + PERSONS.format(rows=rows), facts)
        persons = tuple(Person(*row) for row in cursor.fetchall())
    return Behind(persons, is_all=len(readers) <= MOST_READERS)
