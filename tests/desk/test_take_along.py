"""The file with everything: readable in every language, complete, and nothing in it is taken for markup."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from engagement.services.notes import Talk, write_note
from patrons.models import Patron
from relcrm.desk.services.privacy import export_patron
from relcrm.desk.services.take_along import pack, sections_of
from tests.builders import NOON, make_patron, make_staff
from tests.desk.test_patron_card import whole_loop

pytestmark = pytest.mark.django_db


def unpack(patron: Patron, language: str = "en") -> tuple[str, dict[str, object]]:
    pieces = pack(kept=export_patron(patron=patron, now=NOON), language=language, now=NOON)
    archive = zipfile.ZipFile(BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    return archive.read("everything.html").decode(), json.loads(archive.read("everything.json"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "What you agreed to"),
        ("es", "Lo que usted aceptó"),
        ("fr", "Ce que vous avez accepté"),
        ("pt", "O que aceitou"),
        ("af", "Waartoe jy ingestem het"),
    ],
)
def test_the_page_is_whole_and_speaks_the_readers_language(language: str, words: str) -> None:
    patron = whole_loop(make_staff(name="Amara Nkosi"), "check_in", "profile")
    write_note(patron=patron, talk=Talk("desk", "patron", "About boats", NOON, 5), by=make_staff(), now=NOON)
    html, kept = unpack(patron, language)
    assert f'<html lang="{language}">' in html
    assert words in html
    for said in ("Dear Iris", "You read my mind.", "About boats", "slow-burning", patron.public_id):
        assert said in html
    assert "http" not in html, "the page needs nothing from anywhere"
    assert kept["patron"]


def test_markup_in_what_people_wrote_stays_words() -> None:
    html, _kept = unpack(make_patron(name="<script>alert(1)</script>"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_everything_of_the_export_has_a_place() -> None:
    patron = make_patron()
    kept = export_patron(patron=patron, now=NOON) | {"something_new": [{"a_field": "a value"}]}
    sections = sections_of(kept)
    assert len(sections) == len(kept) - 1
    assert sections[-1].heading == "Something new"
    assert sections[-1].entries[0].facts == [("A field", "a value")]
