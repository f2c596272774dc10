"""What the words of each mail may name: a fixed list of `{placeholders}`, and what stands for each (SEC-25)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

Context = Mapping[str, object]
# Braces with a word between them. What is no placeholder of the mail stays as it was typed.
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Placeholder:
    """One word in braces. A block stands on a line of its own and brings its own lines: buttons, the books."""

    name: str
    meaning: str
    block: bool = False
    required: bool = False
    # What the mail is for is lost without it: said when it is missing.
    because: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail whose words the library can make its own. `folder` holds its blocks and its foot."""

    title: str
    about: str
    folder: str
    placeholders: tuple[Placeholder, ...]

    @property
    def inline(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.placeholders if not one.block)

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.placeholders if one.block)


NAME = Placeholder("name", "The reader's name. Only in the greeting; where we know none, the greeting does without.")
LIBRARIAN = Placeholder("librarian", "The librarian who wrote the letter.")
LIBRARY = Placeholder("library", "The library's name.")
BRANCH = Placeholder("branch", "The branch, or nothing.")
PLACE = Placeholder("place", "The library's name, and the branch where there is one.")
FIRST_BOOK = Placeholder("first_book", "The first book of the letter.")
OTHERS = Placeholder("others", "“, and the others” where the letter named several books, else nothing.")
BUTTONS = Placeholder(
    "buttons", "One button for each book, and one for every other answer.", True, True, "readers answer with it"
)
ASKING = (NAME, LIBRARIAN, LIBRARY, BRANCH, PLACE, FIRST_BOOK, OTHERS, BUTTONS)


def _link(meaning: str, because: str) -> Placeholder:
    return Placeholder("link", meaning, True, True, because)


MAILS: dict[str, Mail] = {
    "acknowledgement": Mail(
        "A request has arrived",
        "Sent at once. Anyone can type anyone's address, so it names no reader and no book.",
        "acknowledgement",
        (
            Placeholder("reference", "The number of the request.", False, True, "readers name it when they call"),
            Placeholder("day", "The day by which the letter leaves.", False, True, "it is what we promise"),
            LIBRARY,
        ),
    ),
    "letter": Mail(
        "The letter",
        "What the librarian wrote stands in it whole; these words go around it.",
        "letter",
        (
            Placeholder("note", "The librarian's letter.", True, True, "it is the letter"),
            Placeholder("picks", "The books, each with its why.", True, True, "the letter is about them"),
            LIBRARIAN,
            LIBRARY,
            BRANCH,
            PLACE,
            Placeholder("asked_later", "When we will ask how the books were liked; nothing where we will not."),
        ),
    ),
    "check_in": Mail("How did you like the books?", "Asked some weeks after a letter.", "check_in", ASKING),
    "reminder": Mail("The one reminder", "Sent when the question was not answered, once.", "check_in", ASKING),
    "check_in_again": Mail("Once more, for books not read yet", "Asked once, then never again.", "check_in", ASKING),
    "pulse": Mail(
        "How do we do for you?",
        "Sent to a few readers drawn at random, at most twice a year to each.",
        "pulse",
        (_link("The button that opens the questions.", "readers answer with it"), NAME, LIBRARY, PLACE),
    ),
    "my_link": Mail(
        "The link to my page",
        "Sent to readers who ask for it on the web.",
        "my_link",
        (
            _link("The button that opens the reader's page.", "the page opens with it"),
            Placeholder("several", "A sentence where more than one record has that address, else nothing."),
            LIBRARY,
        ),
    ),
    "address_new": Mail(
        "Is this your address?",
        "Sent to the new mailbox of a reader who changes it.",
        "address_new",
        (_link("The button that says yes.", "the new mailbox says yes with it"), LIBRARY),
    ),
    "address_old": Mail(
        "A new address was named",
        "Sent to the mailbox a reader is leaving.",
        "address_old",
        (
            _link("The button that leads to yes or no.", "the old mailbox says no with it"),
            Placeholder("address", "The new address.", False, True, "the reader has to know which one"),
            LIBRARY,
        ),
    ),
}


def inline_values(mail: Mail, context: Context) -> dict[str, str]:
    """What stands for each inline placeholder of this mail, in the language that is active."""
    return {name: _one_line(VALUES.get(name, _same(name))(context)) for name in mail.inline}


def _same(key: str) -> Callable[[Context], str]:
    return lambda context: str(context.get(key) or "")


def _place(context: Context) -> str:
    return ", ".join(str(context[key]) for key in ("library_name", "branch") if context.get(key))


def _others(context: Context) -> str:
    return "" if context.get("only_one") else gettext(", and the others")


def _several(context: Context) -> str:
    words = gettext("There is more than one record with this address; each can be opened from that page.")
    return words if context.get("several") else ""


def _asked_later(context: Context) -> str:
    weeks, days = (int(str(context.get(key) or 0)) for key in ("weeks", "days"))
    if weeks:
        words = ngettext(
            "In about %(weeks)s week we will ask how you liked the books.",
            "In about %(weeks)s weeks we will ask how you liked the books.",
            weeks,
        )
        return words % {"weeks": weeks}
    words = ngettext(
        "In about %(days)s day we will ask how you liked the books.",
        "In about %(days)s days we will ask how you liked the books.",
        days,
    )
    return words % {"days": days} if days else ""


def _one_line(words: str) -> str:
    return re.sub(r"[\r\n\u2028\u2029]+", " ", words)


VALUES: dict[str, Callable[[Context], str]] = {
    "name": _same("patron"),
    "library": _same("library_name"),
    "place": _place,
    "others": _others,
    "several": _several,
    "asked_later": _asked_later,
    "day": lambda context: date_format(context["due_day"], "DATE_FORMAT"),  # type: ignore[arg-type]  # a date
}
