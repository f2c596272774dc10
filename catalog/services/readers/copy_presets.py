"""What can be read of a copy, the library systems we know, and their words for whether it can be had."""

from __future__ import annotations

import re

from catalog.models import Copy
from library.services.importing import Field
from library.services.reading.maps import Kind, Preset

FIELDS = (
    Field("source_key", "Copy", required=True, help="Barcode or number of the copy."),
    Field("title", "Title number", help="Its number in the catalogue."),
    Field("isbn", "ISBN"),
    Field("branch", "Branch"),
    Field("status", "Status"),
    Field("due", "Due", help="A copy with a date here is on loan."),
    Field("missing", "Missing", help="A copy with anything but 0 or no here is missing."),
    Field("call_number", "Call number"),
    Field("as_of", "As of", help="When the library system said so; else the time of the import."),
)
OWN = Preset(
    label="Our own columns (CSV)",
    format="csv",
    marks=[("title", "branch", "status"), ("isbn", "branch", "status"), ("title", "status", "as_of")],
    fields={
        "source_key": ["source_key", "copy", "barcode", "id"],
        "title": ["title_key", "title_number", "title"],
        "isbn": ["isbn", "isbn13"],
        "branch": "branch",
        "status": "status",
        "due": ["due", "due_date"],
        "call_number": ["call_number", "shelf"],
        "as_of": ["as_of", "asof", "time"],
    },
)
KOHA = Preset(
    label="Koha (CSV of items)",
    format="csv",
    marks=[("itemnumber", "biblionumber"), ("barcode", "biblionumber", "homebranch")],
    fields={
        "source_key": ["barcode", "itemnumber"],
        "title": "biblionumber",
        "isbn": "isbn",
        "branch": ["holdingbranch", "homebranch"],
        "status": ["notforloan_description", "status"],
        "due": "onloan",
        "missing": {"columns": ["itemlost", "withdrawn"]},
        "call_number": "itemcallnumber",
        "as_of": ["timestamp", "datelastseen"],
    },
)
EVERGREEN = Preset(
    label="Evergreen (CSV of asset.copy)",
    format="csv",
    marks=[("barcode", "circ_lib", "call_number"), ("barcode", "circ_lib", "status")],
    fields={
        "source_key": "barcode",
        "title": ["bib_id", "record"],
        "isbn": "isbn",
        "branch": ["circ_lib_shortname", "circ_lib"],
        "status": ["status_name", "status"],
        "call_number": ["call_number_label", "label"],
        "as_of": "status_changed_time",
    },
)
FOLIO = Preset(
    label="FOLIO (JSON of items)",
    format="json",
    marks=[("id", "status.name", "holdingsRecordId"), ("id", "status.name", "instanceId")],
    fields={
        "source_key": ["barcode", "id"],
        "title": "instanceId",
        "branch": ["effectiveLocation.name", "effectiveLocationId"],
        "status": "status.name",
        "call_number": ["effectiveCallNumberComponents.callNumber", "itemLevelCallNumber", "callNumber"],
        "as_of": "status.date",
    },
)
SIERRA = Preset(
    label="Sierra (JSON of items)",
    format="json",
    marks=[("id", "bibIds", "status.code"), ("id", "bibIds", "location.code")],
    fields={
        "source_key": ["barcode", "id"],
        "title": "bibIds",
        "branch": ["location.name", "location.code"],
        "status": ["status.display", "status.code"],
        "due": "status.duedate",
        "call_number": "callNumber",
        "as_of": "updatedDate",
    },
)
PRESETS = {"relcrm": OWN, "koha": KOHA, "evergreen": EVERGREEN, "folio": FOLIO, "sierra": SIERRA}
KIND = Kind("copies", FIELDS, ("as_of",), (("source_key", "title"), ("source_key", "isbn")), PRESETS)

STATUS = Copy.Status
# Numbers are Evergreen's, single signs Sierra's.
WORDS = {
    STATUS.AVAILABLE: "available 0 - in on_the_shelf on_shelf in_library item_in_place checked_in recently_returned 7"
    " reshelving yes",
    STATUS.ON_LOAN: "on_loan checked_out 1 loan loaned borrowed out due",
    STATUS.ON_HOLD: "on_hold 8 on_holdshelf on_holds_shelf on_hold_shelf awaiting_pickup held paged kept_for_someone !",
    STATUS.IN_TRANSIT: "in_transit 6 t transit on_its_way awaiting_delivery",
    STATUS.MISSING: "missing 4 m lost 3 long_missing declared_lost aged_to_lost claimed_returned lost_and_paid 17 n $"
    " z",
    STATUS.OTHER: "other 2 5 9 10 11 12 13 14 15 16 o withdrawn in_process in_process_(non-requestable) on_order"
    " unavailable restricted bindery damaged repair intellectual_item order_closed unknown no not_for_loan"
    " reference lib_use_only not_to_be_had",
}
BY_WORD = {word: status for status, words in WORDS.items() for word in words.split()}
NO_FLAG = {"0", "", "f", "false", "no", "n"}


def status_of(text: str, *, due: str = "", missing: str = "") -> str:
    """The status a copy has in our words, '' for one that is not known. Nothing said: available."""
    if any(flag.lower() not in NO_FLAG for flag in missing.split()):
        return STATUS.MISSING
    if due:
        return STATUS.ON_LOAN
    return BY_WORD.get(re.sub(r"[\s_]+", "_", text.strip().lower()), "") if text else STATUS.AVAILABLE
