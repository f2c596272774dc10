"""Pictures of tables, drawn once and kept in the cache until the table says something else.

The web process never draws (Altair takes 185 MB): it shows what is kept, and leaves the tables it misses in the cache
for a worker (`engagement.tasks.draw_pictures`). A table is known by a digest of what it says, so a kept picture can
never belong to other numbers. Only suppressed tables come here. Without a cache there are tables and no pictures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

from engagement.services.reports.shapes import Table

# Raised when a picture is drawn in another way: what was kept before is drawn anew.
STYLE = 2
WEEK = 7 * 24 * 60 * 60
ASKED_FOR = 30  # seconds after which a picture that did not come is asked for again
TABLE_FOR = 60 * 60

Draw = Callable[[Table, str], str]


@dataclass(frozen=True)
class Picture:
    """What a page shows above a table: the picture, or (empty `svg`) a place that asks again."""

    key: str
    svg: str = ""


def can_be_drawn(table: Table) -> bool:
    """Whether there is anything to see: a drawing is told of, and one of its numbers is shown and not nothing."""
    drawn = [place for place, column in enumerate(table.columns) if table.drawing and column.key in table.drawing.y]
    return any(isinstance(row[place], int | float) and row[place] for row in table.rows for place in drawn)


def picture_key(table: Table) -> str:
    """The digest of everything a picture of this table depends on."""
    said = json.dumps([STYLE, asdict(table)], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def pictures_of(tables: Iterable[Table]) -> tuple[Mapping[str, Picture], list[str]]:
    """By key of their table, the pictures of those that are drawn; and the keys a worker has to draw now."""
    keys = {picture_key(table): table for table in tables if can_be_drawn(table)}
    try:
        kept = cache.get_many([_svg(key) for key in keys])
        missing = {key: table for key, table in keys.items() if _svg(key) not in kept}
        cache.set_many({_table(key): table for key, table in missing.items()}, timeout=TABLE_FOR)
        asked = [key for key in missing if cache.add(_asked(key), 1, timeout=ASKED_FOR)]
    except RedisError:
        return {}, []
    return {table.key: Picture(key, kept.get(_svg(key), "")) for key, table in keys.items()}, asked


def kept_picture(key: str) -> tuple[Picture | None, list[str]]:
    """A picture by its key, None where nobody knows the table any more; and the keys to be drawn, if it is time."""
    try:
        svg = cache.get(_svg(key), "")
        if not svg and cache.get(_table(key)) is None:
            return None, []
        asked = [key] if not svg and cache.add(_asked(key), 1, timeout=ASKED_FOR) else []
    except RedisError:
        return None, []
    return Picture(key, svg), asked


def draw_missing(*, keys: Iterable[str], draw: Draw) -> int:
    """Draw the tables left under these keys and keep the pictures; how many were drawn."""
    drawn = 0
    for key in keys:
        table = cache.get(_table(key))
        if table is not None and cache.get(_svg(key)) is None:
            cache.set(_svg(key), draw(table, key), timeout=WEEK)
            drawn += 1
    return drawn


def draw_all(*, tables: Iterable[Table], draw: Draw) -> Mapping[str, str]:
    """Every picture, by key of its table: kept ones as they are, the others drawn here and now."""
    drawn = {}
    for table in tables:
        if can_be_drawn(table):
            key = picture_key(table)
            drawn[table.key] = _kept(key) or draw(table, key)
            _keep(key, drawn[table.key])
    return drawn


def _kept(key: str) -> str:
    try:
        return str(cache.get(_svg(key), ""))
    except RedisError:
        return ""


def _keep(key: str, svg: str) -> None:
    try:
        cache.set(_svg(key), svg, timeout=WEEK)
    except RedisError:
        return


def _svg(key: str) -> str:
    return f"report:picture:{key}"


def _table(key: str) -> str:
    return f"report:table:{key}"


def _asked(key: str) -> str:
    return f"report:asked:{key}"
