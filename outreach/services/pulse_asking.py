"""The pulse goes out: once a week a few readers, drawn at random, are asked how the library does for them.

Drawn among readers of their own standing who agreed to it, have an address that takes mail, are no children, and
were not asked in the last 180 days. The draw is a keyed shuffle of the week: anybody who has the week's Monday and the
patrons' numbers can repeat it. Who has not had the longer scale for a year gets it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import connection, transaction

from engagement.models import Pulse
from engagement.services.ledger import record_interaction
from engagement.services.working_days import zone_of
from library.services.settings import current_settings
from outreach.mail.pulse import PURPOSE, compose_pulse, message_key
from outreach.models import Message
from outreach.services.outbox import queue_message
from patrons.models import Consent, Patron

REST = timedelta(days=180)
YEAR = timedelta(days=365)
ASKED = "pulse"
DRAWN = """
SELECT patron.id FROM patrons_patron AS patron
JOIN patrons_consent AS consent
    ON consent.patron_id = patron.id AND consent.purpose = 'pulse' AND consent.withdrawn_at IS NULL
WHERE patron.standing = 'own' AND patron.email <> '' AND patron.audience <> 'child'
    AND NOT EXISTS (SELECT 1 FROM patrons_suppression AS stopped
        WHERE stopped.address = lower(btrim(patron.email)) AND stopped.lifted_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM outreach_message AS message
        WHERE message.patron_id = patron.id AND message.purpose = 'pulse' AND message.queued_at > %(rested)s)
ORDER BY sha256(convert_to(%(week)s || ':' || patron.id, 'UTF8')), patron.id
LIMIT %(most)s
"""


@transaction.atomic
def ask_pulse(*, now: datetime) -> int:
    """Draw this week's readers and queue their mails; how many. Once a week, however often it is called."""
    most = current_settings().pulse_weekly
    local = now.astimezone(zone_of(None))
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time.min, local.tzinfo)
    _one_at_a_time()
    if not most or Pulse.objects.filter(asked_at__gte=monday).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, {"rested": now - REST, "week": monday.date().isoformat(), "most": most})
        drawn = [pk for (pk,) in cursor.fetchall()]
    patrons = Patron.objects.select_related("branch").in_bulk(drawn)
    longer = set(
        Pulse.objects.filter(patron__in=drawn, wave=Pulse.Wave.YEARLY, asked_at__gt=now - YEAR).values_list(
            "patron", flat=True
        )
    )
    for pk in drawn:
        _ask(patrons[pk], Pulse.Wave.WEEKLY if pk in longer else Pulse.Wave.YEARLY, now)
    return len(drawn)


def forget_asked(*, now: datetime) -> int:
    """Answers no link opens any more forget who gave them, but for readers with a profile; how many."""
    before = now - timedelta(days=current_settings().keep_links_days)
    profile = Consent.objects.active().filter(purpose=Consent.Purpose.PROFILE)
    old = Pulse.objects.filter(patron__isnull=False, asked_at__lt=before).exclude(patron__in=profile.values("patron"))
    return old.update(patron=None)


def _ask(patron: Patron, wave: str, now: datetime) -> None:
    pulse = Pulse.objects.create(
        patron=patron,
        wave=wave,
        branch=patron.branch,
        audience=patron.audience,
        language=patron.language,
        asked_at=now,
    )
    branch = patron.branch.name if patron.branch else ""
    queue_message(
        purpose=PURPOSE,
        object_key=message_key(pulse.pk),
        kind=Message.Kind.LIBRARY_STARTED,
        consent=Consent.Purpose.PULSE,
        patron=patron,
        rendered=compose_pulse(patron=patron.name, branch=branch, language=patron.language),
        links={"pulse": str(pulse.pk)},
        now=now,
    )
    record_interaction(kind=ASKED, source=message_key(pulse.pk), at=now, patron=patron, started_by="library", now=now)


def _one_at_a_time() -> None:
    """Two workers on the same morning must not both find the week unasked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('pulse', 0))")
