"""The published table behind the list of whom to contact next: what each reason is worth, and what it takes.

Good is counted as the rules count relational points; minutes are what such a contact usually takes. The chance that
it is welcome begins with the one given here and follows what readers do (outreach.services.contact_worth).
"""

from __future__ import annotations

from dataclasses import dataclass

from outreach.models import ContactReason

Kind = ContactReason.Kind


@dataclass(frozen=True)
class Reckoned:
    """One row of the table. `asked`: the reader's own words are behind it, so it is not something we begin.

    `profiled`: its facts are known only while the reader has agreed to a profile.
    """

    good: float
    chance: float
    minutes: int
    asked: bool = False
    profiled: bool = False


TABLE: dict[str, Reckoned] = {
    Kind.COULD_NOT_GET: Reckoned(3, 0.60, 6, asked=True),
    Kind.PICK_THERE: Reckoned(4, 0.80, 4),
    Kind.NEED_MET: Reckoned(4, 0.70, 5, profiled=True),
    Kind.NOT_THANKED: Reckoned(4, 0.80, 5, profiled=True),
    Kind.NEW_TITLE: Reckoned(4, 0.50, 8, profiled=True),
    Kind.BACK: Reckoned(3, 0.45, 5, profiled=True),
    Kind.FIRST_DAYS: Reckoned(3, 0.45, 6),
    Kind.CARD_ENDS: Reckoned(2, 0.50, 4),
    Kind.DRIFTING: Reckoned(3, 0.25, 8, profiled=True),
    Kind.ANNIVERSARY: Reckoned(1.5, 0.40, 4),
}
# Opened by what a reader says, at once; all others are found at night.
SAID = (Kind.COULD_NOT_GET.value,)
PROFILED = tuple(str(kind) for kind, row in TABLE.items() if row.profiled)
FOUND = tuple(kind.value for kind in Kind if kind.value not in SAID)
# What we answer (DESIGN section 6: not held back by consent or budget) stands in the same list by the same reckoning.
LETTER_DUE = Reckoned(5, 0.95, 20, asked=True)
WORDS_WAIT = Reckoned(4, 0.95, 6, asked=True)
