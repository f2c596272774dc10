"""How staff sign in and how long it lasts: accounts are made by admins, never by signing up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from library.models import User
from library.services.audit import write_line
from library.services.second_step import staff_with_second_step

START_PAGES = {"librarian": "today", "manager": "reports", "viewer": "reports", "admin": "settings"}
NOTICES = {
    "staff.second_step_set": "a second step for signing in was set up",
    "staff.second_step_removed": "a second step for signing in was taken away",
    "staff.second_step_reset": (
        "an admin took your second step for signing in away; the next time you sign in, set up a new one"
    ),
    "staff.codes_renewed": "new recovery codes were made; the old ones no longer work",
    "staff.password_changed": "your password was changed",
}

logger = logging.getLogger(__name__)


class StaffBackend(AuthenticationBackend):
    """allauth's backend; whoever a request comes from arrives with what is known of their second step."""

    def get_user(self, user_id: int) -> User | None:
        found: Any = staff_with_second_step().filter(pk=user_id).first()
        if found is None or not self.user_can_authenticate(found):
            return None
        user: User = found
        user.needs_second_step, user.has_second_step = found.must, found.has
        return user


def start_page(user: User) -> str:
    """The address of the page a role begins its day on."""
    return reverse(START_PAGES[user.role])


def session_ended(*, began: float, seen: float, idle: timedelta, longest: timedelta, now: datetime) -> bool:
    """Whether a staff session is over: nobody was there for `idle`, or it lasts longer than `longest`.

    `began` and `seen` are seconds since 1970.
    """
    return now.timestamp() - seen > idle.total_seconds() or now.timestamp() - began > longest.total_seconds()


def record_sign_in(*, user: User, now: datetime) -> None:
    """Write down that somebody signed in."""
    write_line(what="staff.signed_in", thing="staff", reference=str(user.pk), by=user, now=now)


def record_sign_out(*, user: User, now: datetime) -> None:
    """Write down that somebody signed out."""
    write_line(what="staff.signed_out", thing="staff", reference=str(user.pk), by=user, now=now)


@transaction.atomic
def record_refusal(*, login: str = "", user: User | None = None, now: datetime) -> None:
    """Write down that signing in was refused. What was typed is not kept; an account it names stands as its number."""
    known = user or _named(login)
    write_line(what="staff.refused", thing="staff", reference=str(known.pk) if known else "", now=now)


def record_new_password(*, user: User, by: User | None, now: datetime) -> None:
    """Write down that a password was changed, and tell its owner."""
    write_line(what="staff.password_changed", thing="staff", reference=str(user.pk), by=by, now=now)
    tell_about(user=user, what="staff.password_changed")


def tell_about(*, user: User, what: str) -> None:
    """Mail somebody that their way of signing in changed. A mail server that is away holds nothing up."""
    if not user.email:
        return
    words = {"user": user, "what": NOTICES[what], "library_name": settings.LIBRARY_NAME}
    subject = render_to_string("account/email/changed_subject.txt", words).strip()
    try:
        send_mail(subject, render_to_string("account/email/changed_message.txt", words), None, [user.email])
    except (OSError, SMTPException):
        logger.exception("The notice %s could not be handed over", what)


def _named(login: str) -> User | None:
    fits = User.objects.filter(email__iexact=login) if "@" in login else User.objects.filter(username=login)
    return fits.first() if login and "\0" not in login else None
