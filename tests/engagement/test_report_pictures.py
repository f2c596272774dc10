"""Pictures: safe on a strict page, read aloud mark by mark, told apart without colours, drawn once."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from redis.exceptions import RedisError

from engagement.services.reports.drawing import draw_picture
from engagement.services.reports.pictures import draw_all, draw_missing, kept_picture, picture_key, pictures_of
from engagement.services.reports.shapes import Table
from tests.engagement.reported import DRAWN, HOSTILE, MIX_TABLE, POINTS_TABLE, STAGES_TABLE, WAITS_TABLE

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    cache.clear()


def draw(table: Table) -> ET.Element:
    return ET.fromstring(draw_picture(table, picture_key(table)))  # noqa: S314  (drawn here)


def labels(picture: ET.Element) -> list[str]:
    return [element.get("aria-label", "") for element in picture.iter()]


@pytest.mark.parametrize("table", DRAWN, ids=lambda table: table.drawing.form)
def test_every_form_says_each_number_aloud_and_carries_no_style(table: Table) -> None:
    picture = draw(table)
    said = labels(picture)
    for row in table.rows:
        for place, value in enumerate(row[1:], 1):
            if isinstance(value, int | float):
                name = " ".join(str(row[0]).split())
                assert any(label.startswith(f"{name}, {table.columns[place].label}: {value}") for label in said), said
    assert picture.get("aria-label") == f"{table.title}: {table.sentence}"
    for element in picture.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "g", "path", "rect", "line", "circle", "text", "tspan", "defs", "pattern"
        }  # fmt: skip
        assert not [name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name]
        assert (element.get("role") in {None, ""}) or element.get("aria-label")


def test_a_hostile_name_stays_text() -> None:
    written = draw_picture(MIX_TABLE, "0" * 64)
    assert "<script" not in written
    assert "&lt;script&gt;" in written
    assert any(label.startswith(f"{HOSTILE}, study of 2012: 10") for label in labels(draw(MIX_TABLE)))


@example("\ufffe\uffff\x00", 1)
@example("", -1)
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.text(max_size=60), st.one_of(st.none(), st.just("*"), st.integers(-(10**9), 10**12), st.floats(0, 1e9)))
def test_whatever_a_table_says_can_be_drawn(name: str, value: int | float | str | None) -> None:
    table = replace(POINTS_TABLE, rows=((name, value, 1), (name, 2, value), ("b", None, "*")), title=name)
    written = draw_picture(table, "0" * 64)
    assert not re.search(r"<(?!/?(svg|g|path|rect|line|circle|text|tspan|defs|pattern)\b)", written)


def test_series_differ_without_their_colours_and_two_pictures_share_no_pattern() -> None:
    picture = draw(POINTS_TABLE)
    fills = {
        element.get("fill"): element.get("aria-label", "").split(", ")[1].split(":")[0]
        for element in picture.iter()
        if element.get("aria-roledescription") == "bar"
    }
    assert sorted(fills.values()) == ["relational", "transactional"]
    assert [fill for fill in fills if fill and fill.startswith("url(#")]
    ids = [
        {element.get("id") for element in draw(table).iter() if element.get("id")}
        for table in (POINTS_TABLE, MIX_TABLE)
    ]
    assert all(ids)
    assert not set.intersection(*ids)


def test_a_hidden_number_is_a_star_and_never_a_mark() -> None:
    picture = draw(POINTS_TABLE)
    assert "Aug 2026, relational: *" in labels(picture)
    assert "*" in [element.text for element in picture.iter(f"{SVG}text")]


def test_lines_differ_by_dashes_and_points() -> None:
    dashes = {
        element.get("stroke-dasharray") for element in draw(WAITS_TABLE).iter() if element.get("stroke-dasharray")
    }
    assert len(dashes) > 1


def test_a_table_of_nothing_but_stars_and_zeros_has_no_picture() -> None:
    nothing = replace(POINTS_TABLE, rows=(("Jul 2026", "*", 0), ("Aug 2026", None, "*")))
    assert pictures_of([nothing, POINTS_TABLE])[1] == [picture_key(POINTS_TABLE)]
    assert draw_all(tables=[nothing], draw=lambda *_: "drawn") == {}


def test_a_page_leaves_tables_for_the_worker_and_shows_what_it_drew() -> None:
    pictures, missing = pictures_of([POINTS_TABLE, STAGES_TABLE])
    key = picture_key(POINTS_TABLE)
    assert missing == [key]
    assert (pictures["points"].svg, "stages" in pictures) == ("", False)
    assert pictures_of([POINTS_TABLE])[1] == []  # a worker was asked a moment ago
    assert kept_picture(key)[0] == pictures["points"]
    assert draw_missing(keys=[key, "unknown"], draw=lambda table, _: f"<svg>{table.key}</svg>") == 1
    assert draw_missing(keys=[key], draw=lambda *_: "again") == 0
    assert pictures_of([POINTS_TABLE])[0]["points"].svg == "<svg>points</svg>"
    changed = replace(POINTS_TABLE, rows=POINTS_TABLE.rows[:2])
    assert pictures_of([changed])[0]["points"].svg == ""
    assert kept_picture("0" * 64) == (None, [])


def test_without_a_cache_there_are_no_pictures_and_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisError("away")

    for name in ("get", "get_many", "set", "set_many", "add"):
        monkeypatch.setattr(type(cache._connections[cache._alias]), name, away)  # type: ignore[attr-defined]  # the backend behind it
    assert pictures_of([POINTS_TABLE]) == ({}, [])
    assert kept_picture("0" * 64) == (None, [])
    assert draw_all(tables=[POINTS_TABLE], draw=lambda *_: "drawn") == {"points": "drawn"}


def test_the_web_never_loads_what_draws() -> None:
    words = (
        "import django; django.setup(); import relcrm.urls, sys; from django.urls import get_resolver;"
        "get_resolver().url_patterns; sys.exit(bool({'altair', 'vl_convert', 'typst'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0  # noqa: S603  (our own words)
