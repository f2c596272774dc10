"""The forms of the second step: allauth's, with our words; a code counts once, and a wrong one is written down."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from library.forms.accounts import plain
from library.services.accounts import record_refusal
from library.services.second_step import spend_code

NO_PASSKEY = "Your browser gave no passkey. Try once more."


class _Code(forms.Form):
    """One code: of the app, or one of the ten for emergencies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"code": "The code"})
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["code"].error_messages["required"] = "Type the code"

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # the other base class has it
        except ValidationError:
            record_refusal(user=self.user, now=timezone.now())  # type: ignore[attr-defined]  # as above
            raise
        used: Authenticator = self.authenticator  # type: ignore[attr-defined]  # as above
        if used.type == Authenticator.Type.TOTP and not spend_code(authenticator=used, code=code):
            record_refusal(user=self.user, now=timezone.now())  # type: ignore[attr-defined]  # as above
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """After the password."""


class CodeAgainForm(_Code, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Before a change of what protects the account."""

    def save(self) -> None:
        super().save()
        context.request.session.cycle_key()


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new app shows that it was set up right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"code": "The code the app shows now"})
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}
        self.fields["code"].error_messages["required"] = "Type the code the app shows now"


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A passkey and what its owner calls it."""

    name = forms.CharField(max_length=60, required=False, label="What you call it", help_text="As in: my phone.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = NO_PASSKEY
        signs_in_alone = self.fields["passwordless"]
        signs_in_alone.initial = True
        signs_in_alone.label = "Sign in with this passkey alone"
        signs_in_alone.help_text = "It then asks for your finger, your face or a PIN, and replaces the password."


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """After the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = NO_PASSKEY

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            record_refusal(user=self.user, now=timezone.now())
            raise


class PasskeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Before a change of what protects the account."""

    def clean_credential(self) -> Authenticator:
        passkey = super().clean_credential()
        context.request.session.cycle_key()
        return passkey
