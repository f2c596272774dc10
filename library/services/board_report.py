"""Who has word of the report each month by mail, and who had it already."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from library.models import User
from library.services.audit import write_line

READERS = (User.Role.LIBRARIAN, User.Role.MANAGER, User.Role.VIEWER)


class NoAddress(Exception):
    """Nothing can be mailed to somebody without an address."""


@transaction.atomic
def wish_board_report(*, user: User, wished: bool, now: datetime) -> None:
    """Have the summary each month from the next month on, or no more. Raises NoAddress."""
    if wished and not user.email:
        raise NoAddress
    changed = User.objects.filter(pk=user.pk).exclude(board_report=wished)
    if changed.update(board_report=wished, board_mailed=month_of(now.date()) if wished else F("board_mailed")):
        write_line(
            what="staff.changed", thing="staff", reference=str(user.pk), fields=["board_report"], by=user, now=now
        )


def month_of(day: date) -> date:
    return day.replace(day=1)


def waiting_for_report(month: date) -> list[User]:
    """Who wants the summary of this month and was not mailed one yet, in a fixed order."""
    wanting = User.objects.filter(_not_yet(month), board_report=True, is_active=True, role__in=READERS).exclude(
        email=""
    )
    return list(wanting.order_by("pk"))


def claim_month(*, user: User, month: date) -> bool:
    """Take it on to mail this person this month: of any number of processes, one is told yes, once."""
    return bool(User.objects.filter(_not_yet(month), pk=user.pk).update(board_mailed=month))


def _not_yet(month: date) -> Q:
    return Q(board_mailed=None) | Q(board_mailed__lt=month)
