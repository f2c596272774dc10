from patrons.models.consent import Consent, Suppression
from patrons.models.patron import Card, FormerNumber, Household, Patron
from patrons.models.records import (
    AddressChange,
    AuditReference,
    BulkAction,
    BulkChange,
    Duplicate,
    Merge,
    PatronChange,
    Tombstone,
)

__all__ = [
    "AddressChange",
    "AuditReference",
    "BulkAction",
    "BulkChange",
    "Card",
    "Consent",
    "Duplicate",
    "FormerNumber",
    "Household",
    "Merge",
    "Patron",
    "PatronChange",
    "Suppression",
    "Tombstone",
]
