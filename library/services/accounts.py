"""How staff sign in: accounts are made by admins, never by signing up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from library.models import User

START_PAGES = {"librarian": "today", "manager": "reports", "viewer": "reports", "admin": "settings"}
NOT_TOGETHER = "That name and that password do not belong together. Check both, or set a new password."

logger = logging.getLogger(__name__)


def start_page(user: User) -> str:
    """The address of the page a role begins its day on."""
    return reverse(START_PAGES[user.role])


def session_ended(*, began: float, seen: float, idle: timedelta, longest: timedelta, now: datetime) -> bool:
    """Whether a staff session is over: nobody was there for `idle`, or it lasts longer than `longest`.

    `began` and `seen` are seconds since 1970.
    """
    return now.timestamp() - seen > idle.total_seconds() or now.timestamp() - began > longest.total_seconds()


def end_sessions(*, user: User) -> int:
    """Sign this member of staff out everywhere, at once. Returns how many sessions ended."""
    theirs = [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    ended, _ = Session.objects.filter(pk__in=theirs).delete()
    return ended


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth with the door for strangers closed, and with our words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": NOT_TOGETHER,
        "email_password_mismatch": NOT_TOGETHER,
        "enter_current_password": "That is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many wrong passwords: a page that says when to try again, and 429 for programs."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return start_page(request.user) if isinstance(request.user, User) else reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def format_email_subject(self, subject: str) -> str:
        return subject.strip()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send at once; a mail server that is away must not tell which addresses are known here."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("The mail %s could not be handed over", template_prefix)
