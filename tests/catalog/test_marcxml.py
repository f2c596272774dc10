"""MARCXML, wrapped and bare; nothing outside a record is ever resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.services.readers.found import Found, UnreadableFile
from catalog.services.readers.opening import open_titles
from tests.catalog.material import material

LEADER = "<leader>00000nam a2200000 a 4500</leader>"


def book(name: str, prefix: str = "") -> str:
    field = f'<datafield tag="245" ind1="1" ind2="0"><subfield code="a">{name}</subfield></datafield>'
    inside = f'{LEADER}<controlfield tag="001">{name}</controlfield>{field}'
    for element in ("leader", "controlfield", "datafield", "subfield"):
        inside = inside.replace(f"<{element}", f"<{prefix}{element}").replace(f"</{element}", f"</{prefix}{element}")
    return f"<{prefix}record>{inside}</{prefix}record>"


def read(tmp_path: Path, text: str | bytes) -> list[Found]:
    path = tmp_path / "records"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(open_titles(path))


def names(found: list[Found]) -> list[str]:
    return [one.title.name if one.title else "-" for one in found]


def test_namespaces_prefixes_and_wrappings_do_not_matter(tmp_path: Path) -> None:
    marc = 'xmlns="http://www.loc.gov/MARC21/slim"'
    oai = f"<OAI-PMH><ListRecords><record><header/><metadata>{book('C')}</metadata></record></ListRecords></OAI-PMH>"
    assert names(read(tmp_path, f"<collection {marc}>{book('A')}{book('B')}</collection>")) == ["A", "B"]
    assert names(read(tmp_path, f"<m:collection xmlns:m='x'>{book('A', 'm:')}</m:collection>")) == ["A"]
    assert names(read(tmp_path, f'<?xml version="1.0"?>{oai}')) == ["C"]
    assert names(read(tmp_path, book("D"))) == ["D"]


def test_a_record_that_is_not_well_formed_costs_only_itself(tmp_path: Path) -> None:
    text = f"<collection>{book('A')}{book('B & b')}<record><leader>{book('C')}<!-- {book('no')} -->{book('D')}"
    assert names(read(tmp_path, text)) == ["A", "-", "C", "D"]
    assert names(read(tmp_path, f"<collection>{book('A')}{book('B')[:80]}")) == ["A", "-"]


def test_other_encodings_are_read(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><collection>{book("Émile")}</collection>'
    assert names(read(tmp_path, text.encode("latin-1"))) == ["Émile"]
    assert names(read(tmp_path, text.replace("ISO-8859-1", "UTF-16").encode("utf-16"))) == ["Émile"]
    assert names(read(tmp_path, text.replace("ISO-8859-1", "base64").encode())) == ["Émile"]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY % b SYSTEM "x">%b;',
    ],
)
def test_a_file_that_declares_entities_is_refused(doctype: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="entities"):
        read(tmp_path, f"<!DOCTYPE c [{doctype}]><collection>{book('&b;')}</collection>")


def test_an_unknown_entity_inside_a_record_is_not_resolved(tmp_path: Path) -> None:
    assert names(read(tmp_path, f"<!DOCTYPE c SYSTEM 'http://127.0.0.1:1/x'><c>{book('&b;')}{book('A')}</c>")) == [
        "-",
        "A",
    ]


def test_records_of_other_vocabularies_are_no_marc() -> None:
    with pytest.raises(UnreadableFile, match="No MARC record"):
        list(open_titles(material("marc", "traject", "sample-oai-pmh.xml")))


def test_the_same_records_in_binary_and_xml_are_the_same_titles() -> None:
    binary = [found.title for found in open_titles(material("marc", "traject", "test_data.utf8.mrc"))]
    xml = [found.title for found in open_titles(material("marc", "traject", "test_data.utf8.marc.xml"))]
    assert len(xml) == 30
    assert [title and title.name for title in xml] == [title and title.name for title in binary]


def test_paired_scripts_are_read_from_library_of_congress_records() -> None:
    (found,) = open_titles(material("marc", "marc2bibframe2", "648a-655a.xml"))
    assert found.title
    assert (found.title.original_name, found.title.also) == ("黄花苔与皂角树: 中原五作家论", "梁鸿")
