"""The second step of signing in: who must have one, what one code is worth, and what to do when it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from library.models import LibrarySettings, User
from library.services.audit import write_line
from library.services.sessions import end_sessions

ALWAYS = (User.Role.MANAGER, User.Role.ADMIN)
APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
SPENT = "spent"


class OwnSecondStep(Exception):
    """Nobody takes away their own second step without using it."""


def staff_with_second_step() -> QuerySet[Any]:
    """Staff with `must` and `has`: whether the second step is compulsory for them, and whether it is set up."""
    steps = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=CODES)
    switched_on = Exists(LibrarySettings.objects.filter(librarians_need_second_step=True))
    must = Case(
        When(role__in=ALWAYS, then=Value(True)),
        When(Q(role=User.Role.LIBRARIAN) & Q(switched_on), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return User.objects.annotate(has=Exists(steps)).annotate(must=must)


def is_missing(user: User) -> bool:
    """Whether a second step is compulsory for this person and not set up, asked afresh."""
    return staff_with_second_step().filter(pk=user.pk, must=True, has=False).exists()


def may_wait(user: User) -> bool:
    """The four demo accounts on a trial address work with the password alone (docs/decisions/0008)."""
    return user.is_demo and not settings.PRODUCTION


def is_barred(user: User) -> bool:
    """Whether this person reaches nothing but the set-up of a second step."""
    return user.second_step_missing and not may_wait(user)


def spend_code(*, authenticator: Authenticator, code: str) -> bool:
    """Use a code of the app up: it and those before it never count again, whichever process sees them.

    False: it was used before. (allauth remembers used codes in the cache for one half minute only.)
    """
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        secret = decrypt(row.data["secret"])
        digits = "".join(filter(str.isdigit, code))
        fitting = [
            counter
            for counter in yield_hotp_counters_from_time()
            if format_hotp_value(hotp_value(secret, counter)) == digits
        ]
        if not fitting or max(fitting) <= row.data.get(SPENT, -1):
            return False
        row.data[SPENT] = max(fitting)
        row.save(update_fields=["data"])
    return True


@transaction.atomic
def reset_second_step(*, user: User, by: User | None, now: datetime) -> bool:
    """Take a colleague's second step away, after they lost it; they set up a new one when they next sign in.

    Every session of theirs ends. False: there was none. Raises OwnSecondStep.
    """
    if user == by:
        raise OwnSecondStep
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        return False
    end_sessions(user=user)
    write_line(what="staff.second_step_reset", thing="staff", reference=str(user.pk), by=by, now=now)
    return True


@dataclass(frozen=True, slots=True)
class Steps:
    """What somebody has set up: primary keys by kind."""

    keys: Mapping[str, frozenset[int]]

    def of(self, *kinds: str) -> frozenset[int]:
        return frozenset().union(*(self.keys.get(kind, frozenset()) for kind in kinds))


def steps_of(user: User) -> Steps:
    """What this person has set up at this moment."""
    keys: dict[str, set[int]] = {}
    for kind, key in Authenticator.objects.filter(user=user).values_list("type", "pk"):
        keys.setdefault(kind, set()).add(key)
    return Steps({kind: frozenset(found) for kind, found in keys.items()})


@transaction.atomic
def record_change(*, user: User, before: Steps, after: Steps, now: datetime) -> list[str]:
    """Write down what became of somebody's second step between two looks; returns what happened, by name."""
    told = []
    if after.of(APP, PASSKEY) - before.of(APP, PASSKEY):
        told.append("staff.second_step_set")
    if before.of(APP, PASSKEY) - after.of(APP, PASSKEY):
        told.append("staff.second_step_removed")
    if before.of(CODES) and after.of(CODES) - before.of(CODES):
        told.append("staff.codes_renewed")
    for what in told:
        write_line(what=what, thing="staff", reference=str(user.pk), by=user, now=now)
    return told
