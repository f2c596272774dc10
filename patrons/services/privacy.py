"""What is kept about who a person is and what they agreed to: handed out, erased, and let go of in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from library.services.privacy import Limits, query_names
from patrons.models import (
    AddressChange,
    AuditReference,
    BulkAction,
    BulkChange,
    Card,
    Consent,
    Duplicate,
    FormerNumber,
    Household,
    Merge,
    Patron,
    PatronChange,
    Suppression,
)
from patrons.services.addresses import drop_old_changes
from patrons.services.erasing import erase_patron
from patrons.services.tombstones import bury

CONSENT_FIELDS = ("purpose", "wording", "wording_version", "language", "how", "given_at", "withdrawn_at")
SUPPRESSION_FIELDS = ("cause", "reason", "evidence", "created_at", "until", "lifted_at", "lifted_reason")
PLAIN = (
    *("public_id", "name", "email", "language", "audience", "ils_id", "phone", "postal_address", "birth_year"),
    *("category", "joined_on", "card_expires_on", "preferred_channel", "frequency", "reading_history", "by_hand"),
)
CHANGE_FIELDS = ("run__started_at", "run__file_name", "line", "before", "after")


def export_for(*, patron: Patron) -> dict[str, Any]:
    """Everything this app keeps about the patron, in plain values."""
    suppressions = Suppression.objects.filter(address=patron.email.lower()).exclude(address="")
    household = patron.household
    return {
        "patron": {name: getattr(patron, name) for name in PLAIN}
        | {
            "branch": patron.branch.name if patron.branch else None,
            "time_zone": patron.time_zone or None,
            "household": household.name if household else None,
            "address_proved_at": patron.proved_at,
            "kept_since": patron.created_at,
            "gone_from_the_library_system_at": patron.gone_at,
            "cards": list(Card.objects.filter(patron=patron).values_list("number", flat=True)),
            "joined_records": list(FormerNumber.objects.filter(patron=patron).values("number", "public_id", "ils_id")),
        },
        "consents": list(Consent.objects.filter(patron=patron).order_by("given_at").values(*CONSENT_FIELDS)),
        "no_mail_to_this_address": list(suppressions.order_by("created_at").values(*SUPPRESSION_FIELDS)),
        "address_change": AddressChange.objects.filter(patron=patron).values("address", "asked_at").first(),
        **_journals(patron),
    }


def _journals(patron: Patron) -> dict[str, Any]:
    """What imports, merges and changes to many did, as long as they can be undone."""
    twins = Duplicate.objects.filter(Q(first=patron) | Q(second=patron))
    return {
        "imports": list(PatronChange.objects.filter(patron=patron).order_by("pk").values(*CHANGE_FIELDS)),
        "merges": list(Merge.objects.filter(into=patron).order_by("pk").values("at", "gone_public_id", "journal")),
        "changed_with_others": list(
            BulkChange.objects.filter(patron=patron).order_by("pk").values("bulk__action", "bulk__started_at", "before")
        ),
        "may_be_the_same_person": list(twins.order_by("pk").values("reason", "found_at", "dismissed_at")),
        "reference_in_the_audit": AuditReference.objects.filter(patron=patron)
        .values_list("reference", flat=True)
        .first(),
    }


def words_of(patron: Patron) -> list[str]:
    """What the person is known by: the words that must be found nowhere once they are erased."""
    words = [getattr(patron, name) for name in ("email", "name", "ils_id", "phone", "postal_address", "public_id")]
    words += Card.objects.filter(patron=patron).values_list("number", flat=True)
    for ils_id, public_id in FormerNumber.objects.filter(patron=patron).values_list("ils_id", "public_id"):
        words += [ils_id, public_id]
    words += AddressChange.objects.filter(patron=patron).values_list("address", flat=True)
    return [word for word in dict.fromkeys(words) if word.strip()]


def places_in_files(patron: Patron) -> dict[int, list[int]]:
    """On which line of which import the person stood, by the number of the run."""
    places: dict[int, list[int]] = {}
    for run, line in PatronChange.objects.filter(patron=patron).values_list("run_id", "line"):
        places.setdefault(run, []).append(line)
    return places


@transaction.atomic
def erase_for(*, patron: Patron, now: datetime, for_good: bool = True) -> None:
    """Delete the record; the apps above have taken out what is theirs.

    `for_good`: the person was erased, so tombstones stop an import from bringing the old record back. What
    retention lets go leaves none: whoever comes again after years is welcome. No suppression is made, and one of an
    address nobody else has goes too.
    """
    if for_good:
        bury(patron=patron, now=now)
    words, household = words_of(patron), patron.household_id
    for action in BulkAction.objects.exclude(query=""):
        if query_names(action.query, words):
            BulkAction.objects.filter(pk=action.pk).update(query="")
    if not Patron.objects.filter(email__iexact=patron.email).exclude(pk=patron.pk).exists():
        Suppression.objects.filter(address=patron.email.lower()).delete()
    erase_patron(patron=patron)
    if household:
        Household.objects.filter(pk=household, patrons=None).delete()


@transaction.atomic
def anonymise_before(*, before: Limits, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """Journals go when the time to undo is over; an address change nobody confirmed goes after two days."""
    imports = PatronChange.objects.filter(run__finished_at__lt=before.undo)
    bulks = BulkChange.objects.filter(bulk__finished_at__lt=before.undo)
    merges = Merge.objects.filter(at__lt=before.undo).exclude(journal={})
    searches = BulkAction.objects.filter(finished_at__lt=before.undo).exclude(query="")
    if dry_run:
        return {"undo_journals": imports.count() + bulks.count() + merges.count()}
    searches.update(query="")
    drop_old_changes(now=now)
    return {"undo_journals": imports.delete()[0] + bulks.delete()[0] + merges.update(journal={})}
