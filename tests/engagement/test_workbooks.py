"""Text in a workbook stays text, whatever it begins with."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st

from relcrm.kit.xlsxio import workbook

TRICKS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://example.org")', "http://example.org", "{=A1}"]


def sheet_of(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as parts:
        assert not [
            name for name in parts.namelist() if "rels" in name and b"http" in parts.read(name) and "sheet" in name
        ]
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_no_cell_is_a_formula_or_a_link() -> None:
    sheet = sheet_of(workbook("Sheet", ["=A1", "b"], [(trick, 1) for trick in TRICKS]))
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert len(re.findall(r't="s"', sheet)) == len(TRICKS) + 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.integers(-(10**9), 10**9), st.booleans())), max_size=8))
def test_whatever_stands_in_a_row_the_file_is_whole(rows: list[tuple[object, ...]]) -> None:
    assert "<f>" not in sheet_of(workbook("Sheet", ["a", "b"], rows))
