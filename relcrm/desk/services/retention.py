"""What is kept for how long: the nightly job over all floors, and what it would let go now (PRIV-08).

Nobody is let go of who still waits for something, has a book out, or is listed by the library system with a card
that has not run out: the next import would only bring them back.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog.services import privacy as catalog
from engagement.models import Interaction, Loan, NeedAsk, Note, Promise
from engagement.services import privacy as engagement
from library.models import AuditLine, LibrarySettings
from library.services import privacy as library
from library.services.privacy import Limits, limits_at
from outreach.models import Message, Request
from outreach.services import privacy as outreach
from patrons.models import Consent, Patron
from patrons.querysets import PatronQuerySet
from patrons.services import privacy as patrons
from relcrm.desk.services.ended_profiles import end_left_profiles, left_profiles
from relcrm.desk.services.importing.uploads import drop_old_uploads, imports_folder
from relcrm.desk.services.privacy import erase_patron

BATCH = 100
RAN = "retention.ran"
# From the top down; each floor is one transaction.
FLOORS = (
    outreach.anonymise_before,
    engagement.anonymise_before,
    patrons.anonymise_before,
    catalog.anonymise_before,
    library.anonymise_before,
)


def let_go(*, now: datetime) -> dict[str, int]:
    """Let go of everything past its limit, by rule; a second run finds nothing."""
    before = limits_at(now)
    counts: Counter[str] = Counter()
    for anonymise in FLOORS:
        counts.update(anonymise(before=before, now=now))
    counts["profiles"] = end_left_profiles(now=now)
    counts["identities"] = _let_go_of_identities(before, now)
    counts["uploads"] = drop_old_uploads(now=now)
    return dict(counts)


def count_what_would_go(*, now: datetime, settings: LibrarySettings | None = None) -> dict[str, int]:
    """The same numbers, with nothing let go; `settings`: the limits to try, else those in force."""
    before = limits_at(now, settings)
    counts: Counter[str] = Counter(identities=forgotten_by(before).count(), profiles=left_profiles().count())
    for anonymise in FLOORS:
        counts.update(anonymise(before=before, now=now, dry_run=True))
    kept = before.exports.timestamp()
    counts["uploads"] = sum(path.stat().st_mtime <= kept for path in imports_folder().iterdir())
    return dict(counts)


def forgotten_by(before: Limits) -> PatronQuerySet:
    """People whose last contact of any kind lies before the limit, and whom nothing holds."""
    since, limit_day = before.identity, before.identity.date()
    mine = {"patron": OuterRef("pk")}
    alive = [
        Interaction.objects.filter(**mine, at__gte=since),
        Request.objects.filter(**mine).filter(
            Q(asked_at__gte=since) | Q(answered_at__gte=since) | Q(state__in=["waiting", "held"])
        ),
        Message.objects.filter(**mine).filter(Q(queued_at__gte=since) | Q(state__in=["queued", "sending"])),
        Loan.objects.filter(**mine).filter(
            Q(borrowed_at__gte=since) | Q(returned_at__gte=since) | Q(returned_at=None, returned_as="")
        ),
        Note.objects.filter(**mine, written_at__gte=since),
        NeedAsk.objects.filter(**mine, at__gte=since),
        Promise.objects.open().filter(**mine),
        Consent.objects.filter(**mine).filter(Q(given_at__gte=since) | Q(withdrawn_at__gte=since)),
    ]
    listed = ~Q(ils_id="") & Q(gone_at=None) & (Q(card_expires_on=None) | Q(card_expires_on__gte=limit_day))
    old = Patron.objects.filter(created_at__lt=since).exclude(listed).exclude(proved_at__gte=since)
    old = old.exclude(gone_at__gte=since).exclude(card_expires_on__gte=limit_day)
    return old.filter(*[~Exists(rows) for rows in alive]).order_by("pk")


def _let_go_of_identities(before: Limits, now: datetime) -> int:
    """A hundred people in one transaction; what was counted with them stays, without a name."""
    gone = last = 0
    while True:
        with transaction.atomic():
            rows = forgotten_by(before).filter(pk__gt=last).select_for_update(of=("self",), skip_locked=True)
            batch = {patron.pk: patron for patron in rows[:BATCH]}
            for patron in batch.values():
                erase_patron(patron=patron, now=now, for_good=False)
        if not batch:
            return gone
        gone, last = gone + len(batch), max(batch)


def last_run(now: datetime) -> datetime | None:
    """When the nightly job last came through, within two weeks."""
    lines = AuditLine.objects.filter(thing="library", what=RAN, at__gt=now - timedelta(days=14))
    return lines.order_by("-pk").values_list("at", flat=True).first()
