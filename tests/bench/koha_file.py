"""A Koha patron export of any size: the 84 columns of its import header, two rows in a hundred faulty."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

NAMES = """cardnumber surname firstname middle_name title othernames initials pronouns streetnumber streettype address
address2 city state zipcode country email phone mobile fax emailpro phonepro B_streetnumber B_streettype B_address
B_address2 B_city B_state B_zipcode B_country B_email B_phone dateofbirth branchcode categorycode dateenrolled
dateexpiry password_expiration_date date_renewed gonenoaddress lost debarred debarredcomment contactname
contactfirstname contacttitle borrowernotes relationship sex password secret auth_method flags userid opacnote
contactnote sort1 sort2 altcontactfirstname altcontactsurname altcontactaddress1 altcontactaddress2 altcontactaddress3
altcontactstate altcontactzipcode altcontactcountry altcontactphone smsalertnumber sms_provider_id privacy
privacy_guarantor_fines privacy_guarantor_checkouts checkprevcheckout updated_on lastseen lang login_attempts
overdrive_auth_token anonymized autorenew_checkouts primary_contact_method patron_attributes guarantor_relationship
guarantor_id"""
HEADER = NAMES.split()
FAMILIES = ("Okafor", "García", "Müller", "O'Brien", "van der Merwe", "Nguyễn", "Smith", "Dlamini", "Silva", "Lefèvre")
GIVEN = ("Ada", "José", "Zoë", "Thandi", "Pieter", "Inês", "Chloé", "Sam", "Mei", "Noor", "Ravi", "Ann-Marie", "Li")
STREETS = ("Harbour Road", "Rua do Norte", "Kerkstraat", "Rue des Lilas", "Elm Street", "Calle Mayor", "Long Street")
FAULTY = 50  # one row in so many lacks its card; another one has an address and a date that are none
CARD = 10


def write_koha(path: Path, rows: int, *, older: bool = False) -> int:
    """Write so many rows; `older` is the export of a year ago, in which every second reader lived elsewhere.

    Returns the size in bytes.
    """
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(_rows(rows, older=older))
    return path.stat().st_size


def _rows(rows: int, *, older: bool) -> Iterator[list[str]]:
    place = {name: at for at, name in enumerate(HEADER)}
    for n in range(rows):
        row = [""] * len(HEADER)
        for name, value in _values(n, moved=older and n % 2 == 0).items():
            row[place[name]] = value
        yield row


def _values(n: int, *, moved: bool) -> dict[str, str]:
    faulty = n % FAULTY
    return {
        "cardnumber": "" if n % (2 * FAULTY) == FAULTY - 1 else f"{2_900_000_000 + n}",
        "surname": FAMILIES[n % len(FAMILIES)],
        "firstname": f"{GIVEN[n % len(GIVEN)]} {GIVEN[n // 97 % len(GIVEN)]}",
        "title": "Ms" if n % 3 else "Mr",
        "streetnumber": str(n % 120 + (200 if moved else 0)),
        "address": STREETS[n % len(STREETS)],
        "city": "Port Elgin",
        "zipcode": f"{10_000 + n % 900}",
        "country": "ZA",
        "email": f"reader{n}@" + ("nowhere" if faulty == 1 else "example.org"),
        "phone": f"+27 41 {n % 1000:03} {n // 1000 % 10_000:04}",
        "dateofbirth": "1985-02-30" if faulty == 2 else f"{1940 + n % 60}-{1 + n % 12:02}-{1 + n % 28:02}",  # noqa: PLR2004
        "branchcode": ("HRB", "EST", "MAIN")[n % 3],
        "categorycode": ("ADULT", "SENIOR", "STAFF")[n % 3],
        "dateenrolled": f"{2005 + n % 20}-01-15",
        "dateexpiry": f"{2026 + n % 3}-12-31",
        "userid": f"reader{n}",
        "sort1": str(n % 7),
        "privacy": "1",
        "checkprevcheckout": "inherit",
        "updated_on": "2026-10-01 09:30:00",
        "lastseen": "2026-09-30 17:00:00",
        "lang": ("en", "af-ZA", "default")[n % 3],
        "autorenew_checkouts": "1",
    }
