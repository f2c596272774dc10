"""What is no catalogue is refused in one sentence, whatever its name."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.services.readers.found import UnreadableFile
from catalog.services.readers.opening import open_titles
from tests.catalog.test_marc21 import record_of
from tests.catalog.test_marcxml import book

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x1d\x1e\x1f"
MARC, XML, CSV = (
    record_of("A", f020="0439023483"),
    f"<c>{book('A')}{book('B')}</c>".encode(),
    b'id,title,isbn\n1,"A",2\n',
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n\x00", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (PNG, "not a text file"),
        (b"PK\x03\x04\x14\x00", "Save it as CSV"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"<!DOCTYPE html><html><body>title</body></html>", "web page"),
        (b"\n<HTML><head>", "web page"),
        (b'[{"title": "A"}]', "JSON"),
        (b"<rss><channel/></rss>", "No MARC record"),
        (b"\x00" * 5000, "holds no text"),
        (b"just words\nof a letter\n", "No column holds titles"),
    ],
)
def test_other_files_are_refused_with_a_sentence_of_their_own(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=words):
        open_titles(path)


def test_directories_missing_files_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="directory"):
        open_titles(tmp_path)
    with pytest.raises(UnreadableFile, match="does not exist"):
        open_titles(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="no ordinary file"):
        open_titles(tmp_path / "pipe")


@pytest.mark.parametrize("content", [MARC, XML, CSV])
def test_the_kind_is_told_by_content_not_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    assert next(open_titles(path)).title


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    base=st.sampled_from([b"", MARC * 3, XML, CSV]),
    noise=st.binary(max_size=200),
    at=st.integers(0, 500),
    cut=st.integers(0, 9),
)
def test_no_bytes_make_a_reader_fail_in_any_other_way(
    base: bytes, noise: bytes, at: int, cut: int, tmp_path: Path
) -> None:
    path = tmp_path / "noise"
    path.write_bytes(base[:at] + noise + base[at + cut :])
    with contextlib.suppress(UnreadableFile):
        for found in open_titles(path):
            assert found.title or found.issues or not found.is_book
