"""Why somebody is on the list, in a sentence that follows their name, and how a librarian might begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from engagement.models import Drift
from engagement.services.drift_words import ago, sentence_of, span
from outreach.models import ContactReason

Kind = ContactReason.Kind
Facts = dict[str, Any]
OPENINGS: dict[str, Any] = {
    Kind.COULD_NOT_GET: _("You told us that you could not get “%(book)s”. I have looked for it."),
    Kind.PICK_THERE: _("The book you could not get, “%(book)s”, is on the shelf now."),
    Kind.NEED_MET: _("Some time ago you asked us for something we did not have. Now we do."),
    Kind.NEW_TITLE: _("You like what %(author)s writes. A new book has come: “%(book)s”."),
    Kind.NOT_THANKED: _("I want to thank you for what you gave the library."),
    Kind.DRIFTING: _("It has been a while, and I thought of you."),
    Kind.BACK: _("It is good to see you back."),
    Kind.FIRST_DAYS: _("You are new here, so I want to say hello. Tell me what you like to read."),
    Kind.CARD_ENDS: _("Your card ends on %(day)s. I would be glad if you stayed."),
}


def sentence_for(reason: ContactReason, *, now: datetime) -> str:
    """The sentence of this reason today, in English as all of the desk; without the full stop."""
    facts = reason.facts
    if reason.kind == Kind.COULD_NOT_GET:
        book = reason.pick.title.name if reason.pick else "a book"
        return f"could not get {book} in {date_format(localtime(reason.opened_at), 'F')}"
    try:
        return SENTENCES[reason.kind](facts, localtime(now).date())
    except (KeyError, TypeError, ValueError):  # facts of an older Relcrm
        return str(reason.get_kind_display())


def opening_for(reason: ContactReason, language: str) -> str:
    """A first sentence the librarian may use or not, in the reader's language; no letter gets it by itself."""
    facts = reason.facts
    years = int(facts.get("years", 1))
    with translation.override(language):
        words = str(OPENINGS[reason.kind]) if reason.kind in OPENINGS else _of_years(years)
        return words % {
            "book": reason.pick.title.name if reason.pick else facts.get("book", ""),
            "author": facts.get("author", ""),
            "day": date_format(_day(facts["day"]), "DATE_FORMAT") if "day" in facts else "",
            "years": years,
        }


def _of_years(years: int) -> str:
    return ngettext(
        "You joined us a year ago. I am glad that you are here.",
        "You joined us %(years)s years ago. I am glad that you are here.",
        years,
    )


def _pick_there(facts: Facts, _today: date) -> str:
    where = f" at {' and '.join(facts['where'])}" if facts.get("where") else ""
    return f"could not get {facts['book']}; it is on the shelf now{where}"


def _need_met(facts: Facts, _today: date) -> str:
    return f"asked for {facts['need']} on {_date(facts['day'])}; {facts['service']} offers it now"


def _new_title(facts: Facts, _today: date) -> str:
    loved = f"{facts['because']} by {facts['author']}" if facts.get("because") else facts["author"]
    return f"loved {loved}; a new book by {facts['author']} is here: {facts['book']}"


def _not_thanked(facts: Facts, _today: date) -> str:
    gift = facts["gift"][:1].lower() + facts["gift"][1:]
    return f"{gift} on {_date(facts['day'])} and has not been thanked"


def _drifting(facts: Facts, today: date) -> str:
    drift = Drift(
        days=facts["days"],
        first_day=_day(facts["first_day"]),
        last_day=_day(facts["last_day"]),
        rhythm_days=facts["rhythm_days"],
        fact=facts["fact"],
    )
    return f"may be slipping away: {sentence_of(drift, on=today)}"


def _back(facts: Facts, _today: date) -> str:
    away = (_day(facts["day"]) - _day(facts["before"])).days
    return f"is back after {span(away)}"


def _first_days(facts: Facts, today: date) -> str:
    return f"joined {ago((today - _day(facts['day'])).days)} and has not heard from a person yet"


def _card_ends(facts: Facts, _today: date) -> str:
    return f"has a card that ends on {_date(facts['day'])}"


def _anniversary(facts: Facts, today: date) -> str:
    years = "a year" if facts["years"] == 1 else f"{facts['years']} years"
    if _day(facts["day"]) == today:
        return f"has been with the library for {years} today"
    return f"will have been with the library for {years} on {_date(facts['day'])}"


SENTENCES: dict[str, Callable[[Facts, date], str]] = {
    Kind.PICK_THERE: _pick_there,
    Kind.NEED_MET: _need_met,
    Kind.NEW_TITLE: _new_title,
    Kind.NOT_THANKED: _not_thanked,
    Kind.DRIFTING: _drifting,
    Kind.BACK: _back,
    Kind.FIRST_DAYS: _first_days,
    Kind.CARD_ENDS: _card_ends,
    Kind.ANNIVERSARY: _anniversary,
}


def _day(words: str) -> date:
    return date.fromisoformat(words[:10])


def _date(words: str) -> str:
    return date_format(_day(words), "j F Y")
