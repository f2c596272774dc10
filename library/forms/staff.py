"""The form for a member of staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from library.models import Branch, User
from library.services.staffing import StaffFacts

USERNAME_WORDS = "Only letters, digits and @ . + - _"


class StaffForm(forms.Form):
    """What an admin says about a colleague. `user` is the one being changed, if any."""

    name = forms.CharField(
        max_length=120, label="Name readers see", error_messages={"required": "Write the name readers see"}
    )
    username = forms.CharField(
        max_length=150,
        label="User name",
        help_text=f"For signing in. {USERNAME_WORDS}.",
        validators=[UnicodeUsernameValidator(message=USERNAME_WORDS)],
        error_messages={"required": "Choose a user name"},
    )
    email = forms.EmailField(
        label="E-mail address",
        help_text="A link to set a password goes there.",
        error_messages={
            "required": "Write an e-mail address",
            "invalid": "Write an e-mail address like name@example.org",
        },
    )
    role = forms.ChoiceField(
        choices=User.Role.choices,
        widget=forms.RadioSelect,
        help_text="Librarians write letters, managers and viewers read reports, admins look after these settings.",
        error_messages={"required": "Choose a role", "invalid_choice": "Choose a role from the list"},
    )
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none for all branches.",
        error_messages={"invalid_choice": "Choose branches from the list"},
    )
    takes_requests = forms.BooleanField(
        required=False, label="Readers may ask for this person on the form", help_text="For librarians."
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_username(self) -> str:
        return self._nobody_else("username", "A colleague already has that user name")

    def clean_email(self) -> str:
        self.cleaned_data["email"] = self.cleaned_data["email"].lower()
        return self._nobody_else("email", "A colleague already signs in with that address")

    def facts(self) -> StaffFacts:
        """The form as the services take it."""
        data = self.cleaned_data
        return StaffFacts(
            username=data["username"],
            email=data["email"],
            name=data["name"],
            role=data["role"],
            takes_requests=data["takes_requests"],
            branches=list(data["branches"]),
        )

    def _nobody_else(self, field: str, words: str) -> str:
        value: str = self.cleaned_data[field]
        others = User.objects.exclude(pk=self.user.pk) if self.user else User.objects.all()
        if others.filter(**{f"{field}__iexact": value}).exists():
            raise forms.ValidationError(words)
        return value
