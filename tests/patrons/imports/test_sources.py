"""Files of patrons in the real shape of their systems, and what becomes of each value."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from library.services.importing import UnreadableFile
from library.services.imports import Issue
from patrons.services.imports.cleaning import NO_NUMBER, _plain_search_text
from patrons.services.imports.rows import CleanPatron
from patrons.services.imports.sources import PRESETS, mapping_of, read_patrons, recognise
from patrons.services.naming import search_text_of
from tests.catalog.material import DATA, material

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(folder: Path, content: str, **how: Any) -> tuple[list[CleanPatron], list[Issue]]:
    path = folder / "file"
    path.write_text(content)
    options = {"preset": "", "mapping": None, "child_until": 13, "now": NOW} | how
    found = list(read_patrons(path, **options))
    return [one for one in found if isinstance(one, CleanPatron)], [one for one in found if isinstance(one, Issue)]


KOHA = "cardnumber,surname,firstname,middle_name,streetnumber,address,city,email,B_email,dateofbirth,branchcode"
KOHA += ",categorycode,dateexpiry,privacy,lang,password,sex,borrowernotes\n"


def test_koha_csv(tmp_path: Path) -> None:
    row = '2900,Núñez,Ana,M,12,Main St,Salem,ana@x.org,,1990-05-04,CPL,PT,2027-01-31,2,es-ES,secret,F,"owes\n5"\n'
    (patron,), issues = read(tmp_path, KOHA + row)
    assert not issues
    assert patron == CleanPatron(
        line=2,
        card="2900",
        name="Ana M Núñez",
        email="ana@x.org",
        postal_address="12 Main St, Salem",
        birth_year=1990,
        branch="CPL",
        category="PT",
        language="es",
        audience="adult",
        card_expires_on=date(2027, 1, 31),
        reading_history="never",
        search_text=" ana m nunez",
    )


def test_a_child_gets_the_grown_ups_address_only(tmp_path: Path) -> None:
    rows = "1,A,,,,,,kid@x.org,mum@x.org,2015-01-01,,J,,,,,,\n2,B,,,,,,kid@x.org,,2015-01-01,,J,,,,,,\n"
    rows += "3,C,,,,,,kid@x.org,,,,JUVENILE,,,,,,\n4,D,,,,,,teen@x.org,,2010-01-01,,J,,,,,,\n"
    patrons, issues = read(tmp_path, KOHA + rows)
    assert [(one.audience, one.email) for one in patrons] == [
        ("child", "mum@x.org"),
        ("child", ""),
        ("child", ""),
        ("teen", "teen@x.org"),
    ]
    assert not issues


def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path) -> None:
    rows = (
        f"1,A,,,,,,nowhere,,1990-02-30,,{'c' * 70},,,,,,\n,B,,,,,,b@x.org,,,,PT,,,,,,\n{'9' * 41},C,,,,,,,,,,PT,,,,,,\n"
    )
    patrons, issues = read(tmp_path, KOHA + rows)
    assert [(one.line, one.email, one.birth_year, len(one.category)) for one in patrons] == [(2, "", None, 60)]
    assert [(one.line, one.field, one.rejected) for one in issues] == [
        (2, "category", False),
        (2, "birth_date", False),
        (2, "email", False),
        (3, "card", True),
        (4, "card", True),
    ]
    assert issues[3].reason == NO_NUMBER


EVERGREEN = "id,card,usrname,email,first_given_name,pref_first_given_name,family_name,dob,active,deleted,juvenile"
EVERGREEN += ",guardian_email,usrgroup,create_date,home_ou\n"


def test_evergreen(tmp_path: Path) -> None:
    rows = "7,3,99999000007,k@x.org,Ann,Robin,Lee,,t,f,t,mum@x.org,7,2019-01-05 12:23:45.123-05,4\n"
    rows += "8,29000123,joe,,Joe,,Fox,,f,f,f,,7,,4\n9,,jim,,Jim,,Fox,,t,t,f,,7,,4\n"
    patrons, _issues = read(tmp_path, EVERGREEN + rows)
    assert [(one.ils_id, one.card, one.name, one.left) for one in patrons] == [
        ("evergreen:7", "99999000007", "Robin Lee", False),
        ("evergreen:8", "29000123", "Joe Fox", True),
        ("evergreen:9", "", "Jim Fox", True),
    ]
    assert (patrons[0].audience, patrons[0].email, patrons[0].joined_on) == ("child", "mum@x.org", date(2019, 1, 5))


def test_polaris_writes_month_first_unless_the_column_proves_otherwise(tmp_path: Path) -> None:
    header = "PatronID;Barcode;NameFirst;NameMiddle;NameLast;EmailAddress;Birthdate;ExpirationDate\n"
    (patron,), _ = read(tmp_path, header + "5;21;Ann;;Lee;a@x.org;5/4/1990 12:00:00 AM;1/2/2027\n")
    assert (patron.ils_id, patron.name, patron.birth_year, patron.card_expires_on) == (
        "polaris:5",
        "Ann Lee",
        1990,
        date(2027, 1, 2),
    )
    patrons, _ = read(tmp_path, header + "5;21;A;;L;;;1/2/2027\n6;22;B;;L;;;31/12/2027\n")
    assert [one.card_expires_on for one in patrons] == [date(2027, 2, 1), date(2027, 12, 31)]


def test_alma_csv_in_both_spellings(tmp_path: Path) -> None:
    header = (
        "primary_id,user_title,active_barcode,first_name,middle_name,last_name,user_group,expiration_date,purge_date\n"
    )
    (patron,), _ = read(tmp_path, header + "a1,Ms,999,Ann,B,Lee,Staff,2027-01-31,2030-01-31\n")
    assert (patron.ils_id, patron.card, patron.name, patron.category) == ("alma:a1", "999", "Ann B Lee", "Staff")
    (patron,), _ = read(tmp_path, "Barcode,Patron Group,Expiry Date,Primary Identifier\n32,UGRD,2023-10-31,a1\n")
    assert (patron.ils_id, patron.card, patron.card_expires_on) == ("alma:a1", "32", date(2023, 10, 31))


ALMA = """<users{space}><user><record_type desc="Public">PUBLIC</record_type><primary_id>ab12</primary_id>
<first_name>Ann</first_name><last_name>Lee</last_name><user_group desc="Staff">03</user_group>
<birth_date>1990-02-03Z</birth_date><expiry_date>2027-12-31Z</expiry_date><status>{status}</status><password>x</password>
<contact_info><addresses><address preferred="true"><line1>12 Main St</line1><city>Salem</city></address></addresses>
<emails><email preferred="false"><email_address>a@b.org</email_address></email>
<email preferred="true"><email_address>c@d.org</email_address></email></emails></contact_info><user_identifiers>
<user_identifier><id_type>OTHER</id_type><value>zz</value></user_identifier>
<user_identifier><id_type desc="Barcode">BARCODE</id_type><value>2900</value></user_identifier>
<user_identifier><id_type>BARCODE</id_type><value>2901</value></user_identifier></user_identifiers></user></users>"""


@pytest.mark.parametrize("space", ["", ' xmlns="http://com/exlibris/urm/user_record/xmlbeans"'])
@pytest.mark.parametrize(("status", "left"), [("ACTIVE", False), ("INACTIVE", True)])
def test_alma_xml(space: str, status: str, left: bool, tmp_path: Path) -> None:
    (patron,), issues = read(tmp_path, ALMA.format(space=space, status=status))
    assert not issues
    assert (patron.ils_id, patron.card, patron.other_cards, patron.name) == ("alma:ab12", "2900", "2901", "Ann Lee")
    assert (patron.email, patron.postal_address, patron.birth_year) == ("c@d.org", "12 Main St, Salem", 1990)
    assert (patron.card_expires_on, patron.left) == (date(2027, 12, 31), left)


def test_sierra(tmp_path: Path) -> None:
    entry = {
        "id": 1001,
        "names": ["O'NEIL, MARY K"],
        "barcodes": ["111", "222"],
        "emails": ["m@x.org"],
        "patronType": 3,
    }
    entry |= {"homeLibraryCode": "mn   ", "birthDate": "1980-05-01", "addresses": [{"lines": ["1 A St", "Salem"]}]}
    entry |= {"phones": [{"number": "503", "type": "t"}], "deleted": False, "langPref": "spa"}
    gone = {"id": 1002, "deleted": True, "deletedDate": "2020-01-01"}
    patrons, _ = read(tmp_path, json.dumps({"total": 2, "start": 0, "entries": [entry, gone]}))
    assert patrons[0][:9] == (1, "sierra:1001", "111", "222", "MARY K O'NEIL", "m@x.org", "503", "1 A St, Salem", 1980)
    assert (patrons[0].branch, patrons[0].category, patrons[0].language) == ("mn", "3", "es")
    assert (patrons[1].ils_id, patrons[1].left) == ("sierra:1002", True)


def test_koha_rest(tmp_path: Path) -> None:
    one = {
        "patron_id": 5,
        "cardnumber": "42",
        "surname": "Ng",
        "firstname": None,
        "library_id": "CPL",
        "category_id": "YA",
    }
    (patron,), _ = read(tmp_path, json.dumps([one | {"privacy": 0, "email": None, "expiry_date": "2027-01-01"}]))
    assert (patron.ils_id, patron.card, patron.name, patron.audience) == ("koha:5", "42", "Ng", "teen")
    assert (patron.branch, patron.reading_history, patron.card_expires_on) == ("CPL", "forever", date(2027, 1, 1))


def test_folio_users_of_the_material(tmp_path: Path) -> None:
    material("ils", "folio")
    users = [path.read_text() for path in sorted((DATA / "ils" / "folio").glob("*.json"))]
    patrons, issues = read(tmp_path, "[" + ",".join(users) + "]")
    assert len(patrons) == len(users)
    assert not [issue for issue in issues if issue.rejected]
    assert sum(one.left for one in patrons) == sum(not json.loads(user)["active"] for user in users)
    assert all(one.ils_id and one.name for one in patrons)


def test_members_of_shakespeare_and_company_by_their_map() -> None:
    path = material("shakespeare", "members.csv")
    mapping = json.loads((Path(__file__).parents[3] / "docs/maps/shakespeare-members.json").read_text())
    found = list(read_patrons(path, preset="", mapping=mapping, child_until=13, now=NOW))
    patrons = [one for one in found if isinstance(one, CleanPatron)]
    assert len(patrons) == 5175  # 5,177 lines, the header and one line break in a cell among them
    assert not [one for one in found if isinstance(one, Issue) and one.rejected]
    assert (patrons[0].ils_id, patrons[0].name, patrons[0].birth_year) == ("abbott-berenice", "Berenice Abbott", 1898)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"fields": {"nom": "name"}}, "field 'nom'"),
        ({"fields": {"name": "nam"}}, "no column 'nam'.*Found: name, mail"),
        ({"fields": {"name": "name"}}, "tells the patrons apart"),
        ({"what": "loans", "fields": {}}, "for loans, not for patrons"),
        ({"fields": {"name": {"column": "name", "take": "all"}}}, "take is one of"),
        ({"fields": {"name": []}}, "must name its column"),
        ({"fields": {"name": {"columns": [7]}}}, "must name its column"),
        ({"fields": {"email": "mail"}, "constants": {"branch": 5}}, "constants"),
    ],
)
def test_a_map_that_cannot_be_says_why(mapping: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(tmp_path, "name,mail\nA,a@b.org\n", mapping=mapping)


def test_a_map_of_names_and_addresses_is_enough(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "name", "email": {"column": "Mail"}}, "constants": {"branch": "Main"}}
    patrons, issues = read(tmp_path, "name,mail\nA,a@b.org\nB,\n", mapping=mapping)
    assert [(one.name, one.branch) for one in patrons] == [("A", "Main")]
    assert [(one.line, one.rejected) for one in issues] == [(3, True)]


def test_a_file_nobody_knows_names_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Found: name, mail"):
        read(tmp_path, "name,mail\nA,a@b.org\n")
    with pytest.raises(UnreadableFile, match=r"Found: surname, firstname\."):
        read(tmp_path, "surname,firstname\nA,B\n", preset="koha")


def test_a_preset_is_a_map_to_start_from(tmp_path: Path) -> None:
    header = KOHA.strip().split(",")
    assert recognise(header) == "koha"
    mapping = mapping_of("koha", header)
    assert mapping["fields"]["name"] == {"columns": ["firstname", "middle_name", "surname"]}
    row = KOHA + "1,A,B,,,,,,,,,PT,,,,,,\n"
    assert read(tmp_path, row, mapping=mapping) == read(tmp_path, row)
    assert set(PRESETS) == {"koha", "koha-rest", "evergreen", "folio", "alma-xml", "alma-csv", "sierra", "polaris"}


@pytest.mark.parametrize("name", ["Ann Lee", "Ann O Brien", "D Ng", "O", "X1 Y2", "Rod O", "Ó Núñez", "O'Brien", "a-b"])
def test_the_short_way_to_search_text_is_the_long_one(name: str) -> None:
    assert _plain_search_text(name) in {"", search_text_of(name)}
