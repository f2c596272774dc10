"""JSON and XML files: every way records are put into one, and damage that costs only its own record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from library.services.importing import UnreadableFile
from library.services.reading.paths import SEPARATOR, getter_for
from tests.library.reading.files import table_of, texts

TWO = ({"id": 1, "name": {"last": "Ng"}}, {"id": 12345678901234567890, "name": {"last": "Ó"}})
ONE, OTHER = (json.dumps(one) for one in TWO)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(TWO),
        json.dumps(TWO, indent=2),
        f"{ONE}\n{OTHER}\n",
        f"{ONE}{OTHER}",
        "\n".join(json.dumps(one, indent=3) for one in TWO),
        json.dumps({"users": TWO, "totalRecords": 2}),
        json.dumps({"total": 2, "start": 0, "entries": TWO}),
        f'{{"entries":[{ONE}],"total":2}}\n{{"entries":[{OTHER}],"total":2}}',
        json.dumps({"loans": TWO}, indent=1),
        "\ufeff" + json.dumps({"patrons": TWO}),
    ],
)
def test_records_are_found_however_they_are_put_together(content: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, content)
    assert (table.format, table.header) == ("json", ("id", "name.last"))
    assert texts(table, "id", "name.last") == [["1", "1", "Ng"], ["2", "12345678901234567890", "Ó"]]


def test_a_single_object_is_one_record(tmp_path: Path) -> None:
    assert texts(table_of(tmp_path, ONE), "id") == [["1", "1"]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"id":1}\n{"id":\n{"id":3}\n', ["1", "damaged", "3"]),
        ('{"id":1}\nnonsense\n{"id":3}\n', ["1", "damaged", "3"]),
        ('{"id":1}\n{"id":"open}\n{"id":3}\n', ["1", "damaged", "3"]),
        ('[{"id":1},{"id":x,"a":[{"b":1}]},{"id":3}]', ["1", "damaged", "3"]),
        ('[{"id":1},7,{"id":3}]', ["1", "damaged", "3"]),
        ('[\n  {\n    "id": 1\n  },\n  {\n    "id": "open\n  },\n  {\n    "id": 3\n  }\n]', ["1", "damaged", "3"]),
        ('[{"id":1},{"id":2', ["1", "damaged"]),
        ('[{"id":1},{"a":' + "[" * 100_000 + "]" * 100_000 + '},{"id":3}]', ["1", "damaged", "3"]),
    ],
)
def test_a_damaged_record_costs_only_itself(content: str, expected: list[str], tmp_path: Path) -> None:
    assert [row[1] for row in texts(table_of(tmp_path, content), "id")] == expected


def test_paths_choose_among_several() -> None:
    record = {
        "emails": [{"preferred": False, "to": "a"}, {"preferred": True, "to": "b"}],
        "ids": {"id": [{"type": {"value": "X"}, "value": "1"}, {"type": {"value": "BARCODE"}, "value": "2"}]},
        "addresses": [{"lines": ["1 A St", "Salem"]}, {"lines": ["elsewhere"]}],
        "names": ["LEE, ANN", "LEE, A"],
    }
    assert getter_for("emails[preferred=true?].to")(record) == "b"
    assert getter_for("emails[preferred=maybe?].to")(record) == "a"
    assert getter_for("ids.id[type=barcode].value")(record) == "2"
    assert getter_for("ids.id[type=none].value")(record) == ""
    assert getter_for("addresses[0].lines[]")(record) == SEPARATOR.join(["1 A St", "Salem"])
    assert getter_for("names")(record) == "LEE, ANN"
    assert getter_for("nothing.here")(record) == ""


XML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- <user><id>9</id></user> -->
<{p}users{ns} total="2"><{p}user><{p}id>1</{p}id><{p}mail kind="home">a@b.org</{p}mail>
<{p}mail>c@d.org</{p}mail></{p}user>
<{p}user><{p}id>2</{p}id><{p}oops></{p}user>
<{p}user><{p}id>3</{p}id><{p}mail><![CDATA[x & y]]></{p}mail></{p}user></{p}users>"""


@pytest.mark.parametrize(("prefix", "space"), [("", ""), ("", ' xmlns="urn:u"'), ("u:", ' xmlns:u="urn:u"')])
def test_xml_with_and_without_namespaces(prefix: str, space: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, XML.format(p=prefix, ns=space))
    assert (table.format, table.header) == ("xml", ("id", "mail.@kind", "mail"))
    assert texts(table, "id", "mail") == [["1", "1", "a@b.org"], ["2", "damaged"], ["3", "3", "x & y"]]


def test_any_element_that_comes_again_is_a_record(tmp_path: Path) -> None:
    table = table_of(tmp_path, "<list><person><a>1</a></person><person><a>2</a></person></list>")
    assert texts(table, "a") == [["1", "1"], ["2", "2"]]
    assert texts(table_of(tmp_path, "<user><a>1</a></user>"), "a") == [["1", "1"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><users><user><a>&x;</a></user></users>', "entities"),
        ("<users></users>", "no record"),
        ("<users/>", "no record"),
        ("[]", "no record"),
        ('{"users": []}', "no record"),
        ("{", "no record"),
        ("[1,2,3]", "no record"),
    ],
)
def test_files_without_a_record_are_refused(content: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=words):
        table_of(tmp_path, content)


def test_deep_xml_is_told_and_passed_over(tmp_path: Path) -> None:
    deep = "<a>" * 5000 + "</a>" * 5000
    table = table_of(tmp_path, f"<users><user><id>1</id></user><user>{deep}</user><user><id>3</id></user></users>")
    assert texts(table, "id") == [["1", "1"], ["2", "damaged"], ["3", "3"]]
