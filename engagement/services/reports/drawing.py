"""Tables as pictures: one Altair definition for each form. Only workers and commands import this (it takes 185 MB).

Every picture stands beside its table, so a picture may leave out what does not fit; it never says more than the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from engagement.services.reports.shapes import Column, Table
from engagement.services.reports.svg import GAP, drawable, tidy
from engagement.services.reports.wording import say_value

# The tokens of static/css/relcrm.css in light; the page turns them into its own (`.picture`).
INK, MUTED, LINE = "#1f2a33", "#55616c", "#e2dacd"
RELATIONAL, TRANSACTIONAL, MIXED, SOON, LATE = "#0f5c57", "#7a6743", "#4d6190", "#855600", "#a33a2c"
COLOURS = (RELATIONAL, TRANSACTIONAL, MIXED, SOON, LATE, MUTED)
OWN_COLOURS = {"relational": RELATIONAL, "transactional": TRANSACTIONAL}
WIDTH, HEIGHT, BAR = 560, 190, 24
ROOM_AROUND = {"left": 26, "right": 14, "top": 5, "bottom": 5}
MOST_ROWS = 24
LETTERS_SIDE_BY_SIDE = 78
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 4])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")

Chart = Any  # Altair's charts, layers and encodings share no type worth writing down


def draw_picture(table: Table, key: str) -> str:
    """A table with a drawing as SVG; `key` is its digest (`pictures.picture_key`)."""
    drawing = table.drawing
    if drawing is None:
        raise ValueError(f"{table.key} is not to be drawn")
    columns = [
        replace(column, label=drawable(column.label))
        for name in drawing.y
        for column in table.columns
        if column.key == name
    ]
    colours = _colours(columns)
    with debug_mode(False):  # Altair checks each word against its schema, which takes longer than drawing
        data = alt.InlineData(values=_marks(table, columns))
        chart = FORMS[drawing.form](data, columns, colours, _names(table))
        spec = chart.to_dict(validate=False) | FRAME | {"config": LOOK}
    # Lines differ by their dashes and points already; a pattern would not fit into a point.
    series = {} if drawing.form == "lines" else {colour: place for place, colour in enumerate(colours)}
    title = drawable(f"{table.title}: {table.sentence}" if table.sentence else table.title)
    return tidy(vl_convert.vegalite_to_svg(spec), label=title, key=key, series=series)


# Every picture is equally wide, so that its letters are equally large. Letters of another font have room on the left.
FRAME = {"background": "transparent", "autosize": {"type": "fit-x", "contains": "padding"}, "padding": ROOM_AROUND}
LOOK = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "text": {"fontSize": 12, "color": INK},
    "axis": {
        "labelFontSize": 12, "labelColor": INK, "labelPadding": 6, "labelLimit": 190, "title": None, "ticks": False,
        "gridColor": LINE, "domainColor": MUTED,
    },
    "legend": {
        "labelFontSize": 12, "labelColor": INK, "labelLimit": 240, "symbolSize": 140, "title": None,
        "orient": "top",
    },
}  # fmt: skip


def _names(table: Table) -> list[str]:
    """What the rows are called, each once: two rows of one name stay two."""
    place = next(
        number for number, column in enumerate(table.columns) if table.drawing and column.key == table.drawing.x
    )
    names: list[str] = []
    for row in table.rows[:MOST_ROWS]:
        name, times = drawable(str(row[place])), 1
        while name in names:
            times += 1
            name = f"{drawable(str(row[place]))} ({times})"
        names.append(name)
    return names


def _marks(table: Table, columns: list[Column]) -> list[dict[str, object]]:
    """One mark for each number: where it stands, how long it is, and what it says when read aloud."""
    keys = [column.key for column in table.columns]
    marks: list[dict[str, object]] = []
    for name, row in zip(_names(table), table.rows, strict=False):
        for column in columns:
            value = row[keys.index(column.key)]
            text = drawable(say_value(value, column.unit))
            number = value if isinstance(value, int | float) else None
            said = f"{name}, {column.label}: {text}"
            place = columns.index(column)
            marks.append(
                {"x": name, "series": column.label, "place": place, "value": number, "text": text, "say": said}
            )
    return marks


def _colours(columns: list[Column]) -> list[str]:
    """Green means relationship wherever it can; the others take what is left, in order."""
    own = [OWN_COLOURS.get(column.key.rpartition(":")[2], "") for column in columns]
    left = [colour for colour in COLOURS if colour not in own] + [MUTED] * len(columns)
    return [colour or left.pop(0) for colour in own]


def _colour(columns: list[Column], colours: list[str]) -> Chart:
    scale = alt.Scale(domain=[column.label for column in columns], range=colours)
    return alt.Color("series:N", scale=scale, legend=alt.Legend() if len(columns) > 1 else None)


def _bars(
    data: Chart, columns: list[Column], colours: list[str], names: list[str], *, most: float | None = None
) -> Chart:
    """A bar for each number, lying, its value at its end."""
    scale = alt.Scale(domain=[0, most], nice=False) if most else alt.Scale()
    series = [column.label for column in columns]
    base = alt.Chart(data).encode(
        y=alt.Y("x:N", sort=names, axis=alt.Axis(domain=False)),
        yOffset=alt.YOffset("series:N", sort=series),
        x=alt.X("value:Q", scale=scale, axis=None),
    )
    bars = base.mark_bar(stroke=GAP, strokeWidth=1).encode(color=_colour(columns, colours), description="say:N")
    ends = base.mark_text(align="left", dx=4, aria=False).encode(x=alt.X("end:Q"), text="text:N")
    ends = ends.transform_calculate(end="isValid(datum.value) ? max(datum.value, 0) : 0")
    height = max(60, len(names) * (BAR * len(columns) * (1 if len(columns) == 1 else 0.8) + 6))
    return alt.layer(bars, ends).properties(width=WIDTH, height=height)


def _shares(data: Chart, columns: list[Column], colours: list[str], names: list[str]) -> Chart:
    """Percents, from none to all."""
    return _bars(data, columns, colours, names, most=100)


def _stacked(data: Chart, columns: list[Column], colours: list[str], names: list[str]) -> Chart:
    """One column for each row, its parts on top of each other; the part named first stands on top."""
    base = alt.Chart(data)
    bars = base.mark_bar(stroke=GAP, strokeWidth=1).encode(
        x=_time(names),
        y=alt.Y("value:Q", axis=alt.Axis(tickCount=5)),
        color=_colour(columns, colours),
        order=alt.Order("place:Q", sort="descending"),
        description="say:N",
    )
    return alt.layer(bars, _hidden(base, names)).properties(width=WIDTH, height=HEIGHT)


def _lines(data: Chart, columns: list[Column], colours: list[str], names: list[str]) -> Chart:
    """One line for each column, told apart by dashes and the shape of its points too."""
    series = [column.label for column in columns]
    legend = alt.Legend() if len(columns) > 1 else None
    base = alt.Chart(data).encode(
        x=_time(names),
        y=alt.Y("value:Q", axis=alt.Axis(tickCount=5), scale=alt.Scale(domainMin=0)),
        color=_colour(columns, colours),
    )
    dash = alt.Scale(domain=series, range=[DASHES[place % len(DASHES)] for place, _ in enumerate(series)])
    shape = alt.Scale(domain=series, range=[SHAPES[place % len(SHAPES)] for place, _ in enumerate(series)])
    lines = base.mark_line(strokeWidth=2, aria=False).encode(
        strokeDash=alt.StrokeDash("series:N", scale=dash, legend=legend)
    )
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        shape=alt.Shape("series:N", scale=shape, legend=legend), description="say:N"
    )
    return alt.layer(lines, points, _hidden(alt.Chart(data), names)).properties(width=WIDTH, height=HEIGHT)


def _time(names: list[str]) -> Chart:
    """The rows side by side, their names slanted where they would touch."""
    slanted = sum(len(name) + 2 for name in names) > LETTERS_SIDE_BY_SIDE
    scale = alt.Scale(paddingInner=0.4, paddingOuter=0.25)
    return alt.X("x:O", sort=names, scale=scale, axis=alt.Axis(labelAngle=-35 if slanted else 0))


def _hidden(base: Chart, names: list[str]) -> Chart:
    """A star above where a number may not be shown."""
    stars = base.transform_filter("datum.text === '*'").mark_text(fontSize=15, y=12)
    return stars.encode(x=_time(names), text="text:N", description="say:N")


FORMS: dict[str, Callable[..., Chart]] = {"bars": _bars, "stacked": _stacked, "lines": _lines, "shares": _shares}
