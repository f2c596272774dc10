"""What a librarian types into the inbox: an answer, a day to come back, a comment from one of our pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.dateparse import parse_date

from engagement.services.working_days import zone_of
from library.models import Branch, User
from library.services.reading.dates import Dates
from outreach.forms.choices import LANGUAGES
from outreach.forms.fields import FreeTextField, OneLineField, OneOfThese, dress, one_of
from outreach.services.answering import Seen
from outreach.services.comment_files import MOST_BYTES, MOST_ROWS, comment_of
from outreach.services.comments import LIMITS, Comment
from patrons.models import Patron
from patrons.services.finding import find_patrons
from relcrm.kit.numbers import row_number

MORNING = time(6, 0)
LATER = {"1": "Tomorrow", "3": "In 3 days", "7": "Next week"}
PAGES = ("Facebook", "Instagram", "Google", "YouTube", "Mastodon", "X")
LONGEST_ANSWER = 6000
MOST_MINUTES = 600


class AnswerForm(forms.Form):
    """The words of an answer, and which draft and which words of the reader were on the page."""

    words = FreeTextField(
        max_length=LONGEST_ANSWER,
        required=False,
        error_messages={"max_length": f"Keep this under {LONGEST_ANSWER:,} characters."},
    )
    minutes = forms.IntegerField(
        min_value=0,
        max_value=MOST_MINUTES,
        required=False,
        error_messages={
            "invalid": "Write the minutes as a number.",
            "min_value": "Write the minutes as a number.",
            "max_value": f"At most {MOST_MINUTES} minutes.",
        },
    )

    def seen_version(self) -> int | None:
        """The draft the page began with; 'keep' says that the librarian has read the other one."""
        said = str(self.data.get("keep") or self.data.get("version", ""))
        return row_number(said) if said.isdigit() else None

    def seen(self) -> Seen:
        """What stood on the page. Whoever says nothing has seen nothing."""
        numbers = [row_number(part) for part in str(self.data.get("seen", "")).split(".")]
        return Seen(*(numbers + [0, 0, 0])[:3])


class CommentForm(forms.Form):
    """One comment from a page of ours. `reader` only where the librarian says who it is."""

    page = forms.CharField(
        label="Page", widget=forms.TextInput(attrs={"list": "pages", "maxlength": LIMITS["page"]}), required=False
    )
    author = forms.CharField(label="Signed with the name", required=False)
    words = forms.CharField(label="What they wrote", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    said_at = forms.CharField(
        label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False
    )
    address = forms.CharField(
        label="Address of the comment",
        required=False,
        help_text="Optional; the way back to it when you answer.",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    branch = OneOfThese(Branch.objects.none(), label="Branch", required=False, empty_label="all branches")
    reader = forms.CharField(
        label="Reader",
        required=False,
        help_text="Only if you know who it is: card number, mail address or the P- number of the patron card.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    comment: Comment
    patron: Patron | None = None

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.now = user, now
        self.fields["branch"].queryset = branches_of(user)  # type: ignore[attr-defined]  # a choice of rows
        dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        dates = Dates(order="dmy", zone=zone_of(cleaned.get("branch")))
        texts = {name: str(self.data.get(name, "")) for name in ("page", "author", "words", "said_at", "address")}
        found = comment_of(texts, dates=dates, now=self.now)
        if isinstance(found, Comment):
            self.comment = found
        else:
            for fault in found:
                self.add_error(fault.place, fault.words)
        self._find_reader(str(cleaned.get("reader") or ""))
        return cleaned

    def _find_reader(self, words: str) -> None:
        if not words.strip():
            return
        found = find_patrons(words)
        seen = list(Patron.objects.visible_to(self.user).filter(pk__in=[one.pk for one in found])[:2])
        if len(seen) == 1:
            self.patron = seen[0]
        elif seen:
            self.add_error("reader", "Several readers have this. Use the P- number of the right patron card.")
        else:
            self.add_error("reader", "Nobody has this card number, address or P- number. Leave it empty if unsure.")


class CommentsFileForm(forms.Form):
    """A table of comments."""

    file = forms.FileField(
        label="The table, as CSV",
        allow_empty_file=True,
        help_text=f"At most {MOST_ROWS:,} comments and {MOST_BYTES // 1_000_000} MB.",
        error_messages={"required": "Choose the file", "invalid": "Choose the file"},
    )
    file_branch = OneOfThese(Branch.objects.none(), label="Branch", required=False, empty_label="all branches")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file_branch"].queryset = branches_of(user)  # type: ignore[attr-defined]  # a choice of rows
        dress(self)

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if not file.size:
            raise forms.ValidationError("This file is empty. Choose another one")
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"This file is larger than {MOST_BYTES // 1_000_000} MB. Enter it in parts")
        return file


class NewReaderForm(forms.Form):
    """Somebody who is not on file: what they are called, where they belong, the language they wrote in."""

    name = OneLineField(
        label="Name",
        max_length=120,
        required=False,
        help_text="As they signed; it may stay empty.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = one_of(LANGUAGES, forms.Select, label="Language of our mails")
    branch = OneOfThese(Branch.objects.none(), label="Branch", required=False, empty_label="no branch in particular")

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, name: str) -> None:
        """`name`: as the mail was signed."""
        mine = user.places[0] if user.places else None
        super().__init__(data, initial={"name": name, "branch": mine}, auto_id="id_new_%s")
        self.fields["branch"].queryset = branches_of(user)  # type: ignore[attr-defined]  # a choice of rows
        dress(self)


def branches_of(user: User) -> Any:
    """The branches this librarian works for."""
    branches = Branch.objects.filter(is_open=True).order_by("name")
    return branches.filter(pk__in=[place.pk for place in user.places]) if user.places else branches


def read_until(data: Mapping[str, str], *, zone: tzinfo, now: datetime) -> datetime | None:
    """The morning to come back, where the branch is: in some days, or on a date. None: no such day was said."""
    days, local = data.get("days", ""), now.astimezone(zone)
    if days in LATER:
        return _morning(local.date() + timedelta(days=int(days)), zone)
    try:
        day = parse_date(data.get("day", ""))
    except ValueError:
        day = None
    return _morning(day, zone) if day else None


def _morning(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, MORNING, zone)
