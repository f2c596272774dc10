"""Made-up facts, to look at a mail's words before anyone gets them."""

from __future__ import annotations

from datetime import date

from outreach.mail.letter import PickInMail
from outreach.mail.placeholders import Context

DAY = date(2026, 3, 12)
LIBRARIAN, BRANCH = "Amara Lee", "Harbour branch"
BOOKS = ("The Summer Book", "A Wizard of Earthsea", "The Housekeeper and the Professor")
NOTE = "Here stands what the librarian writes, in her own words.\n\nAs many paragraphs as she likes."
WHYS = (
    "Here stands why she chose it for this reader.",
    "And here, why this one.",
    "The last of three, with its own why.",
)


def sample_context(name: str, *, least: bool = False) -> Context:
    """Facts that fill every placeholder; `least`: as few as there can be, for a reader who gave no name."""
    books = BOOKS[:1] if least else BOOKS
    if name == "acknowledgement":
        return {"reference": "R-7KD2QM", "due_day": DAY}
    if name == "letter":
        return {
            "note": NOTE,
            "picks": [PickInMail(book, "", why, False) for book, why in zip(books, WHYS, strict=False)],
            "librarian": LIBRARIAN,
            "branch": "" if least else BRANCH,
            "weeks": 0 if least else 3,
            "days": 0,
            "asked_on": DAY,
            "reference": "R-7KD2QM",
        }
    if name == "pulse":
        return {"patron": "" if least else "Iris Naidoo", "branch": "" if least else BRANCH}
    if name in {"my_link", "address_new", "address_old"}:
        return {"several": not least, "address": "iris@example.org"}
    return {
        "patron": "" if least else "Iris Naidoo",
        "librarian": LIBRARIAN,
        "branch": "" if least else BRANCH,
        "first_book": books[0],
        "buttons": [{"book": book, "link": f"{{link:checkin?pick-{place}=loved}}"} for place, book in enumerate(books)],
        "only_one": least,
    }
