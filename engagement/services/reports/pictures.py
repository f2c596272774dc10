"""Bars for the page, measured on the server: plain numbers for an SVG that always stands beside its table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engagement.services.reports.overview import PointsRow
from engagement.services.reports.small_numbers import Shown

WIDTH, BASE, TALLEST = 600, 160, 140
WIDEST = 60


@dataclass(frozen=True)
class Bar:
    """One bar: transactional points below, relational points on top. A hidden row has a mark instead."""

    label: str
    left: float
    width: float
    middle: float
    transactional_top: float
    transactional_height: float
    relational_top: float
    relational_height: float
    is_hidden: bool


def draw_bars(rows: Sequence[PointsRow]) -> tuple[Bar, ...]:
    """Bars in a box of WIDTH by 190, the highest TALLEST high."""
    most = max((_number(row.transactional) + _number(row.relational) for row in rows), default=0)
    step = WIDTH / max(len(rows), 1)
    return tuple(_bar(row, place, step, TALLEST / most if most else 0) for place, row in enumerate(rows))


def _bar(row: PointsRow, place: int, step: float, scale: float) -> Bar:
    width = min(WIDEST, step * 0.6)
    middle = step * (place + 0.5)
    lower, upper = _number(row.transactional) * scale, _number(row.relational) * scale
    return Bar(
        label=row.label,
        left=round(middle - width / 2, 1),
        width=round(width, 1),
        middle=round(middle, 1),
        transactional_top=round(BASE - lower, 1),
        transactional_height=round(lower, 1),
        relational_top=round(BASE - lower - upper, 1),
        relational_height=round(upper, 1),
        is_hidden=isinstance(row.relational, str) or isinstance(row.transactional, str),
    )


def _number(value: Shown) -> float:
    return value if isinstance(value, int | float) else 0.0
