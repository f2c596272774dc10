"""What is done once a night, after two o'clock where the library is: mails wait at that hour, and few people work.

One process at a time; every step stands alone, and an audit line says which have been done on a day. A step that
breaks is left undone, the others run, and the next tick tries it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection
from django.utils.timezone import localtime

from engagement.services.drift_nightly import count_tonight
from engagement.services.reader_types import tell_types
from library.models import AuditLine
from library.services.audit import write_line
from outreach.services.contact_finding import find_contacts
from outreach.services.pulse_asking import ask_pulse, forget_asked
from relcrm.desk.services.retention import RAN, let_go

FROM_HOUR = 2
ONE_AT_A_TIME = 7_016_311  # an advisory lock of our own
THING = "library"
Counts = dict[str, int]
# Each under the word that its audit line has. What is asked at night leaves in the morning.
STEPS: dict[str, Callable[[datetime], Counts]] = {
    RAN: lambda now: let_go(now=now),
    "drifting.counted": lambda now: {"drifting": count_tonight(now=now)},
    "types.told": lambda now: {"types": tell_types(now=now)},
    "pulse.forgotten": lambda now: {"answers": forget_asked(now=now)},
    "pulse.asked": lambda now: {"pulse": ask_pulse(now=now)},
    "contacts.found": lambda now: {"contacts": find_contacts(now=now)},
}


def run_nightly(*, now: datetime) -> Counts:
    """Do what is left of this night's work; how much of each was done. Empty where it is not time, or all was done.

    Raises an ExceptionGroup with whatever broke, once the other steps have run.
    """
    local = localtime(now)
    day = local.date().isoformat()
    if local.hour < FROM_HOUR or not _left(day) or not _alone():
        return {}
    counts: Counts = {}
    broken: list[Exception] = []
    try:
        for step in _left(day):
            try:
                done = STEPS[step](now)
            except Exception as error:  # noqa: BLE001  (raised below, after the others had their turn)
                broken.append(error)
            else:
                fields = [name for name in done if done[name]]
                write_line(what=step, thing=THING, reference=day, fields=fields, now=now)
                counts |= done
    finally:
        _done()
    if broken:
        raise ExceptionGroup("some of this night's work broke", broken)
    return counts


def _left(day: str) -> Sequence[str]:
    """The steps that no audit line of that day names."""
    lines = AuditLine.objects.filter(thing=THING, reference=day, what__in=STEPS)
    done = set(lines.values_list("what", flat=True))
    return [step for step in STEPS if step not in done]


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        row = cursor.fetchone()
    return bool(row and row[0])


def _done() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
