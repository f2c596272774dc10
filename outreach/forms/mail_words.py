"""The form in which a library writes its own words for a mail."""

from __future__ import annotations

from typing import Any

from django import forms

from outreach.mail.word_rules import body_problems, subject_problems, tidied


class WordsForm(forms.Form):
    """Subject and body of one mail in one language. Every problem is a sentence; nothing typed is lost."""

    subject = forms.CharField(required=False)
    body = forms.CharField(
        required=False,
        label="Words",
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="Leave an empty line between paragraphs. What stops mails and shows what is kept follows below them.",
    )

    def __init__(self, *args: Any, name: str, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.language = name, language
        for field in self.fields.values():
            field.widget.attrs |= {"lang": language, "autocomplete": "off"}
            # Signs nobody can see are refused in the subject and dropped from the words, below.
            field.validators = []

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        if problems := subject_problems(self.name, subject):
            raise forms.ValidationError(problems)
        return subject

    def clean_body(self) -> str:
        body = tidied(self.cleaned_data["body"])
        if problems := body_problems(self.name, body):
            raise forms.ValidationError(problems)
        return body
