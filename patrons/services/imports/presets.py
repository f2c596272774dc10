"""What can be read of a patron, and the library systems we know.

Passwords, sex, fines, notes and pictures are named in none of them: what is not named is never read.
"""

from __future__ import annotations

from library.services.importing import Field
from library.services.reading.maps import Kind
from patrons.services.imports.presets_csv import ALMA_CSV, EVERGREEN, KOHA, POLARIS
from patrons.services.imports.presets_nested import ALMA_XML, FOLIO, KOHA_REST, SIERRA

FIELDS = (
    Field("ils_id", "Number in the library system", help="Stays the same when the card changes."),
    Field("card", "Card number"),
    Field("other_cards", "Further card numbers"),
    Field("name", "Name", by_rule=True, help="Several columns make one: given name, middle name, family name."),
    Field("email", "E-mail", by_rule=True),
    Field("guardian_email", "E-mail of the grown-up", help="The only address a child gets."),
    Field("phone", "Phone", by_rule=True),
    Field("postal_address", "Address", by_rule=True, help="Several columns make one."),
    Field("birth_date", "Date of birth", help="Only the year is kept."),
    Field("branch", "Branch", by_rule=True, help="Its name here, or what the library system calls it."),
    Field("category", "Category", by_rule=True),
    Field("language", "Language", by_rule=True),
    Field("audience", "Reads as", by_rule=True, help="adult, teen or child; else from the age or the category."),
    Field("joined_on", "Member since"),
    Field("card_expires_on", "Card good until"),
    Field("household", "Household", help="Its number in the library system."),
    Field("reading_history", "Reading history", help="forever, default or never; Koha's 0, 1 and 2."),
    Field("left", "Has left", help="yes, true or 1: the library system no longer has this person."),
    Field("active", "Still a member", help="no, false or 0: this person has left."),
)
IDENTIFYING = (("ils_id",), ("card",), ("email",))
DATES = ("birth_date", "joined_on", "card_expires_on")

PRESETS = {
    "koha": KOHA,
    "koha-rest": KOHA_REST,
    "evergreen": EVERGREEN,
    "folio": FOLIO,
    "alma-xml": ALMA_XML,
    "alma-csv": ALMA_CSV,
    "sierra": SIERRA,
    "polaris": POLARIS,
}
KIND = Kind("patrons", FIELDS, DATES, IDENTIFYING, PRESETS)
