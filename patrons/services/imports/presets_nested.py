"""Patrons as library systems write them in JSON and XML: where in a record stands what (see reading/paths.py)."""

from __future__ import annotations

from library.services.reading.maps import Preset

KOHA_REST = Preset(
    label="Koha (REST, JSON)",
    format="json",
    marks=[("patron_id", "surname"), ("patron_id", "library_id"), ("cardnumber", "library_id", "category_id")],
    fields={
        "ils_id": "patron_id",
        "card": "cardnumber",
        "name": {"columns": [["preferred_name", "firstname"], "middle_name", "surname"]},
        "email": ["email", "secondary_email"],
        "guardian_email": ["guarantor_email", "altaddress_email"],
        "phone": ["phone", "mobile", "secondary_phone", "sms_number"],
        "postal_address": {
            "columns": ["street_number", "address", "address2", "city", "state", "postal_code", "country"]
        },
        "birth_date": "date_of_birth",
        "branch": "library_id",
        "category": "category_id",
        "language": "lang",
        "joined_on": "date_enrolled",
        "card_expires_on": "expiry_date",
        "household": "guarantor_id",
        "reading_history": "privacy",
        "left": "anonymized",
    },
)
HOME = "personal.addresses[primaryAddress=true?]"
FOLIO = Preset(
    label="FOLIO (JSON)",
    format="json",
    marks=[("id", "personal.lastName"), ("id", "patronGroup"), ("barcode", "personal.lastName")],
    fields={
        "ils_id": "id",
        "card": "barcode",
        "name": {
            "columns": [
                ["personal.preferredFirstName", "personal.firstName"],
                "personal.middleName",
                "personal.lastName",
            ]
        },
        "email": "personal.email",
        "phone": ["personal.phone", "personal.mobilePhone"],
        "postal_address": {
            "columns": [
                f"{HOME}.{part}"
                for part in ("addressLine1", "addressLine2", "city", "region", "postalCode", "countryId")
            ]
        },
        "birth_date": "personal.dateOfBirth",
        "category": ["patronGroup.group", "patronGroup"],
        "joined_on": ["enrollmentDate", "createdDate"],
        "card_expires_on": "expirationDate",
        "active": "active",
    },
)
ADDRESS = "contact_info.addresses.address[preferred=true?]"
IDENTIFIERS = "user_identifiers.user_identifier"
ALMA_XML = Preset(
    label="Alma (XML of users)",
    format="xml",
    marks=[
        ("primary_id", "account_type"),
        ("primary_id", "record_type"),
        ("primary_id", f"{IDENTIFIERS}.value"),
        ("primary_id", "contact_info.emails.email.email_address"),
    ],
    fields={
        "ils_id": "primary_id",
        "card": [f"{IDENTIFIERS}[id_type=BARCODE].value[]", f"{IDENTIFIERS}[id_type=01].value[]"],
        "name": {
            "columns": [
                ["pref_first_name", "first_name"],
                ["pref_middle_name", "middle_name"],
                ["pref_last_name", "last_name"],
            ]
        },
        "email": "contact_info.emails.email[preferred=true?].email_address",
        "phone": "contact_info.phones.phone[preferred=true?].phone_number",
        "postal_address": {
            "columns": [
                f"{ADDRESS}.{part}"
                for part in ("line1", "line2", "line3", "city", "state_province", "postal_code", "country")
            ]
        },
        "birth_date": "birth_date",
        "branch": "campus_code",
        "category": "user_group",
        "language": "preferred_language",
        "joined_on": ["created_date", "start_date"],
        "card_expires_on": "expiry_date",
        "active": "status",
    },
)
SIERRA = Preset(
    label="Sierra (JSON)",
    format="json",
    marks=[("id", "names"), ("names", "barcodes"), ("id", "patronType")],
    fields={
        "ils_id": "id",
        "card": "barcodes[]",
        "name": {"column": "names", "take": "family-first"},
        "email": "emails",
        "phone": "phones.number",
        "postal_address": "addresses[0].lines[]",
        "birth_date": "birthDate",
        "branch": ["homeLibraryCode", "homeLibrary.code"],
        "category": "patronType",
        "language": "langPref",
        "joined_on": "createdDate",
        "card_expires_on": "expirationDate",
        "left": "deleted",
    },
)
