"""Who works here: accounts for staff are added, changed, closed and opened again by admins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from library.models import Branch, User
from library.services.audit import write_line
from library.services.sessions import end_sessions

CHANGEABLE = ("username", "email", "name", "role", "takes_requests")


class LastAdmin(Exception):
    """Someone must be left who can change the settings."""


class OwnAccount(Exception):
    """Nobody closes the account they are using."""


@dataclass(frozen=True)
class StaffFacts:
    """What an admin says about a member of staff. No branches: all of them."""

    username: str
    email: str
    name: str
    role: str
    takes_requests: bool
    branches: Sequence[Branch]


@transaction.atomic
def add_staff(*, facts: StaffFacts, by: User, now: datetime) -> User:
    """Make an account without a password; the person sets their own through a mailed link."""
    user = User(username=facts.username, date_joined=now)
    user.set_unusable_password()
    _take_over(user, facts)
    user.save()
    user.branches.set(facts.branches)
    _write("added", user, by=by, now=now)
    return user


@transaction.atomic
def change_staff(*, user: User, facts: StaffFacts, by: User, now: datetime) -> None:
    """Change role, names or branches; effective with the person's next click. Raises LastAdmin."""
    if user.role == User.Role.ADMIN and facts.role != User.Role.ADMIN:
        _keep_an_admin(user)
    before = {name: getattr(user, name) for name in CHANGEABLE}
    user.username = facts.username
    _take_over(user, facts)
    user.save(update_fields=CHANGEABLE)
    changed = [name for name in CHANGEABLE if getattr(user, name) != before[name]]
    if set(user.branches.values_list("pk", flat=True)) != {branch.pk for branch in facts.branches}:
        user.branches.set(facts.branches)
        changed.append("branches")
    if changed:
        _write("changed", user, fields=changed, by=by, now=now)


@transaction.atomic
def close_account(*, user: User, by: User, now: datetime) -> None:
    """End the account and every session of it at once; letters keep its name. Raises OwnAccount, LastAdmin."""
    if user == by:
        raise OwnAccount
    if user.role == User.Role.ADMIN:
        _keep_an_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user=user)
    _write("closed", user, by=by, now=now)


@transaction.atomic
def open_account(*, user: User, by: User, now: datetime) -> None:
    """Let someone sign in again, with the password they had."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    _write("opened", user, by=by, now=now)


def _write(verb: str, user: User, *, fields: Sequence[str] = (), by: User, now: datetime) -> None:
    write_line(what=f"staff.{verb}", thing="staff", reference=str(user.pk), fields=fields, by=by, now=now)


def _take_over(user: User, facts: StaffFacts) -> None:
    user.email, user.name, user.role = facts.email.lower(), facts.name, facts.role
    user.takes_requests = facts.takes_requests and facts.role == User.Role.LIBRARIAN


def _keep_an_admin(leaving: User) -> None:
    """Raise LastAdmin when nobody else could change the settings. Holds the rows, so that two cannot leave at once."""
    admins = User.objects.select_for_update().filter(role=User.Role.ADMIN, is_active=True)
    if set(admins.values_list("pk", flat=True)) <= {leaving.pk}:
        raise LastAdmin
