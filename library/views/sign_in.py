"""What allauth asks us while somebody signs in, out or changes how: its two adapters."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import time
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from library.models import User
from library.services.accounts import (
    record_new_password,
    record_refusal,
    record_sign_in,
    record_sign_out,
    start_page,
)
from library.services.second_step import is_missing, may_wait
from library.services.sessions import device_words
from relcrm.kit.limits import client_address

NOT_TOGETHER = "That name and that password do not belong together. Check both, or set a new password."
TOO_MANY = "Too many tries in a short time. Wait five minutes, then try once more."
NOT_THE_CODE = "That code does not fit, or it was used already. Wait for the next one and type that."
PASSWORD_MAILS = {"account/email/password_changed", "account/email/password_set", "account/email/password_reset"}

logger = logging.getLogger(__name__)


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth with the door for strangers closed, with our words, and with an audit line for whoever comes and goes."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": NOT_TOGETHER,
        "email_password_mismatch": NOT_TOGETHER,
        "enter_current_password": "That is not your present password.",
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Name and address together: tries from elsewhere lock nobody out of their own desk."""
        login = credentials.get("email", credentials.get("username", "")).lower()
        return f"{client_address(request)}:{login}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many wrong passwords: a page that says when to try again, and 429 for programs."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        login = credentials.get("email") or credentials.get("username") or ""
        record_refusal(login=str(login), now=timezone.now())

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session["device"] = device_words(request.headers.get("User-Agent", ""))
        record_sign_in(user=user, now=timezone.now())

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            record_sign_out(user=request.user, now=timezone.now())
        super().logout(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if not isinstance(user, User):
            return reverse("account_login")
        return reverse("mfa_index") if may_wait(user) and is_missing(user) else start_page(user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return start_page(request.user) if isinstance(request.user, User) else reverse("account_login")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Whoever has a second step proves who they are with it; the password alone is not enough then."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        second = [method for method in methods if method["id"].startswith("mfa_")]
        return second or methods

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Whoever signed in a moment ago, with all steps they have, is not asked again."""
        records = get_authentication_records(context.request, context.request.user)
        return not records or time.time() - records[-1]["at"] > REAUTHENTICATION_TIMEOUT

    def reauthenticate(self, user: User, password: str) -> bool:
        known: bool = super().reauthenticate(user, password)
        if known:
            context.request.session.cycle_key()
        return known

    def send_notification_mail(self, template_prefix: str, user: User, *_: Any, **__: Any) -> None:
        """allauth tells us here what it changed; second steps are recorded by library.views.second_step."""
        if template_prefix in PASSWORD_MAILS:
            by = user if context.request.user.is_authenticated else None
            record_new_password(user=user, by=by, now=timezone.now())

    def format_email_subject(self, subject: str) -> str:
        return subject.strip()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send at once; a mail server that is away must not tell which addresses are known here."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("The mail %s could not be handed over", template_prefix)


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's second step: secrets encrypted with a key outside the database, and our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": NOT_THE_CODE,
        "cannot_generate_recovery_codes": "Set up an app or a passkey first; recovery codes stand in for those.",
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret whose key is gone becomes one that no code fits."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_totp_issuer(self) -> str:
        return str(settings.LIBRARY_NAME)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.LIBRARY_NAME}

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return "My passkey"


def _box() -> MultiFernet:
    """SECRET_KEY encrypts; the keys before it (SECRET_KEY_FALLBACKS) still decrypt."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second step|{key}".encode()).digest())) for key in keys]
    )
