"""Taking a patron's profile consent before a line of theirs is written, corrected or forgotten (see `ledger`)."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from engagement.services.rules import RULE_OF_KIND, RULE_SAYS, RuleInForce, UnknownKind, rule_said
from patrons.models import Patron
from relcrm.kit.prepared import Prepared

HOLD = """
    SELECT id FROM patrons_consent WHERE patron_id = %(patron)s AND purpose = 'profile' AND withdrawn_at IS NULL
    FOR NO KEY UPDATE
"""
HOLD_PROFILE = Prepared("relcrm_hold_profile", HOLD, {"patron": "bigint"})
HOLD_AND_RULE = Prepared(
    "relcrm_hold_and_rule",
    f"WITH held AS MATERIALIZED ({HOLD}) SELECT EXISTS (SELECT FROM held), {RULE_SAYS} FROM {RULE_OF_KIND}",  # noqa: S608  (fixed words)
    {"patron": "bigint", "kind": "varchar", "branch": "bigint"},
)


class Held(NamedTuple):
    """What a line of this kind counts for, and whether the patron's profile consent is in force and held."""

    rule: RuleInForce
    profile: bool


def hold_profile(patron: Patron) -> bool:
    """Whether the patron's profile consent is in force, and that it stays so until this transaction ends."""
    with connection.cursor() as cursor:
        HOLD_PROFILE.execute(cursor, {"patron": patron.pk})
        return cursor.fetchone() is not None


def hold_and_rule(kind: str, *, patron: Patron | None, branch: int | None, cursor: CursorWrapper) -> Held:
    """`hold_profile` and `rules.rule_for` as one query: every interaction asks both. Raises UnknownKind."""
    HOLD_AND_RULE.execute(cursor, {"kind": kind, "branch": branch, "patron": patron.pk if patron else None})
    row = cursor.fetchone()
    if row is None:
        raise UnknownKind(f"The rules know no interaction of the kind {kind!r}")
    profile, *said = row
    return Held(rule_said(said), bool(profile))
