"""Patrons as library systems write them in CSV: which of their columns holds what."""

from __future__ import annotations

from library.services.reading.maps import Preset

KOHA = Preset(
    label="Koha (CSV)",
    format="csv",
    marks=[
        ("cardnumber", "surname", "categorycode"),
        ("cardnumber", "surname", "branchcode"),
        ("borrowernumber", "surname"),
        ("cardnumber", "categorycode", "dateexpiry"),
    ],
    fields={
        "ils_id": "borrowernumber",
        "card": "cardnumber",
        "name": {"columns": [["preferred_name", "firstname"], "middle_name", "surname"]},
        "email": ["email", "emailpro"],
        "guardian_email": ["guarantor_email", "B_email"],
        "phone": ["phone", "mobile", "phonepro", "smsalertnumber"],
        "postal_address": {"columns": ["streetnumber", "address", "address2", "city", "state", "zipcode", "country"]},
        "birth_date": "dateofbirth",
        "branch": "branchcode",
        "category": "categorycode",
        "language": "lang",
        "joined_on": "dateenrolled",
        "card_expires_on": "dateexpiry",
        "household": "guarantor_id",
        "reading_history": "privacy",
        "left": "anonymized",
    },
)
EVERGREEN = Preset(
    label="Evergreen (CSV of actor.usr)",
    format="csv",
    marks=[("usrname", "family_name"), ("usrname", "home_ou"), ("id", "family_name", "first_given_name")],
    fields={
        "ils_id": "id",
        # `card` of a plain dump is the number of a row elsewhere; a barcode is longer. The user name is one at first.
        "card": {"column": ["barcode", "card_barcode", "card", "usrname"], "take": "long-number"},
        "name": {
            "columns": [
                ["pref_first_given_name", "first_given_name"],
                ["pref_second_given_name", "second_given_name"],
                ["pref_family_name", "family_name"],
                ["pref_suffix", "suffix"],
            ]
        },
        "email": "email",
        "guardian_email": "guardian_email",
        "phone": ["day_phone", "evening_phone", "other_phone"],
        "postal_address": {"columns": ["street1", "street2", "city", "state", "post_code", "country"]},
        "birth_date": "dob",
        "branch": ["home_ou_shortname", "home_ou_name", "home_ou"],
        "category": ["profile_name", "profile"],
        "language": "locale",
        "audience": "juvenile",
        "joined_on": "create_date",
        "card_expires_on": "expire_date",
        "household": "usrgroup",
        "left": "deleted",
        "active": "active",
    },
    dates="mdy",
)
ALMA_CSV = Preset(
    label="Alma (CSV of Analytics)",
    format="csv",
    marks=[
        ("primary_id", "first_name"),
        ("primary_id", "last_name"),
        ("primary_id", "user_group"),
        ("Primary Identifier", "First Name"),
        ("Primary Identifier", "Last Name"),
        ("Primary Identifier", "Barcode"),
    ],
    fields={
        "ils_id": ["primary_id", "Primary Identifier"],
        "card": ["active_barcode", "Barcode"],
        "name": {
            "columns": [
                ["preferred_first_name", "first_name"],
                ["preferred_middle_name", "middle_name"],
                ["preferred_last_name", "last_name"],
            ]
        },
        "email": ["preferred_email", "email", "email_address"],
        "phone": ["preferred_phone", "preferred_phone_number", "phone", "phone_number"],
        "postal_address": {
            "columns": [
                ["address", "Address Line 1", "line1", "street"],
                ["Address Line 2", "line2"],
                "city",
                ["state_province", "state"],
                "postal_code",
                ["country", "country_description"],
            ]
        },
        "birth_date": ["birth_date", "date_of_birth"],
        "branch": ["library", "library_name", "campus", "campus_code"],
        "category": ["user_group", "user_group_code", "Patron Group"],
        "language": ["preferred_language", "Language"],
        "joined_on": ["creation_date", "created_date", "start_date"],
        "card_expires_on": ["expiration_date", "expiry_date"],
        "active": ["status", "active_status"],
    },
    dates="mdy",
)
POLARIS = Preset(
    label="Polaris (CSV)",
    format="csv",
    marks=[
        ("PatronID", "NameLast"),
        ("Barcode", "NameLast"),
        ("PatronID", "PatronFullName"),
        ("PatronID", "EmailAddress"),
    ],
    fields={
        "ils_id": "PatronID",
        "card": ["Barcode", "PatronBarcode"],
        "name": {"columns": ["NameFirst", "NameMiddle", "NameLast", "NameSuffix"]},
        "email": ["EmailAddress", "AltEmailAddress"],
        "phone": ["PhoneVoice1", "PhoneVoice2", "PhoneVoice3"],
        "postal_address": {
            "columns": ["StreetOne", "StreetTwo", "City", "State", ["PostalCode", "ZipCode"], "Country"]
        },
        "birth_date": ["Birthdate", "BirthDate", "DateOfBirth"],
        "branch": ["PatronBranch", "RegisteredBranch", "BranchName", "Branch", "OrganizationID"],
        "category": ["PatronCode", "PatronCodeDescription", "PatronCodeID"],
        "language": ["Language", "LanguageDescription"],
        "joined_on": ["RegistrationDate", "EntryDate"],
        "card_expires_on": "ExpirationDate",
    },
    dates="mdy",
)
