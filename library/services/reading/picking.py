"""From the columns of a file to the texts of our fields, one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from unicodedata import is_normalized

from library.services.reading.dates import proved_order
from library.services.reading.maps import Plan, Rule
from library.services.reading.paths import SEPARATOR
from library.services.reading.table import Problem, Row, Table
from library.services.reading.words import clean

SAMPLE = 1000
NULL = "NULL"
LONG_NUMBER = 8
Pick = Callable[[Sequence[str]], str]


class Picking:
    """The rows of a table as texts in the order of `fields`; what no column says is ''.

    `orders`: for each date field 'mdy', 'dmy' or '' (not known), as its column proves or its rule says. Parts of a
    field are joined by `joints`, a blank where it says nothing.
    """

    def __init__(
        self,
        table: Table,
        plan: Plan,
        *,
        fields: Sequence[str],
        dates: Sequence[str] = (),
        names: Sequence[str] = (),
        joints: Mapping[str, str] | None = None,
    ) -> None:
        self._table, self._fields = table, fields
        used = (column for rule in plan.rules.values() for part in rule.columns for column in part)
        self._columns = list(dict.fromkeys(used))
        at = {column: place for place, column in enumerate(self._columns)}
        nowhere = len(self._columns)
        direct = {
            name: at[rule.columns[0][0]] for name, rule in plan.rules.items() if _is_direct(rule)
        }  # these are only put in order; the others are made
        self._order = itemgetter(*(direct.get(name, nowhere) for name in fields))
        self._made = [
            (place, _pick(plan.rules[name], at, (joints or {}).get(name, " ")))
            if name in plan.rules
            else (place, _always(plan.constants[name]))
            for place, name in enumerate(fields)
            if name in plan.constants or (name in plan.rules and name not in direct)
        ]
        self._look(plan, at, dates, names)

    def _look(self, plan: Plan, at: Mapping[str, int], dates: Sequence[str], names: Sequence[str]) -> None:
        """What the first rows prove: the order in dates, and whether NULL is how the file says nothing."""
        sample = islice(self._table.rows(self._columns), SAMPLE)
        rows = [row[1] for row in sample if not isinstance(row, Problem)]
        self.orders = {}
        for name in dates:
            rule = plan.rules.get(name, Rule(()))
            places = [at[column] for part in rule.columns for column in part]
            texts = (clean(row[place]) for row in rows for place in places)
            self.orders[name] = proved_order(texts, rule.dates)
        own = {at[c] for name in names if name in plan.rules for part in plan.rules[name].columns for c in part}
        others = [place for place in range(len(self._columns)) if place not in own]
        self._drops_null = any(row[place] == NULL for row in rows for place in others)

    def rows(self) -> Iterator[Row | Problem]:
        """All rows, cleaned: composed letters, single blanks, no control characters."""
        order, made, drops_null = self._order, self._made, self._drops_null
        for row in self._table.rows(self._columns):
            if type(row) is Problem:
                yield row
                continue
            line, values = row
            joined = "|".join(values)
            if not joined.isprintable() or "  " in joined or not (joined.isascii() or is_normalized("NFC", joined)):
                values = tuple([clean(v) if SEPARATOR not in v else _clean_parts(v) for v in values])
            elif " |" in joined or "| " in joined or joined[:1] == " " or joined[-1:] == " ":
                values = tuple([v.strip() for v in values])
            if (drops_null and NULL in joined) or "\\N" in joined:
                values = tuple(["" if v in {NULL, "\\N"} else v for v in values])
            picked = list(order((*values, "")))
            for place, pick in made:
                picked[place] = pick(values)
            yield line, picked


def _clean_parts(text: str) -> str:
    return SEPARATOR.join(part for part in map(clean, text.split(SEPARATOR)) if part)


def _always(text: str) -> Pick:
    return lambda values: text


def _is_direct(rule: Rule) -> bool:
    """Whether a field is one column as it stands."""
    return len(rule.columns) == 1 and len(rule.columns[0]) == 1 and not (rule.take or rule.prefix or rule.suffix)


def _pick(rule: Rule, at: Mapping[str, int], joint: str) -> Pick:
    """What makes one field of several columns, or of one that has to be changed."""
    take = TAKES[rule.take]
    parts = [_part([at[column] for column in part], take) for part in rule.columns]
    if len(parts) == 1:
        whole = parts[0]
    elif joint == ":":  # a number made of several keeps the place of each
        whole = lambda values: joint.join([part(values) for part in parts]).strip(joint)  # noqa: E731 (one of several)
    elif take is None and all(len(part) == 1 for part in rule.columns):
        row = itemgetter(*(at[part[0]] for part in rule.columns))
        whole = lambda values: joint.join(filter(None, row(values)))  # noqa: E731 (one of several)
    else:
        whole = lambda values: joint.join(filter(None, [part(values) for part in parts]))  # noqa: E731 (one of several)
    if not rule.prefix and not rule.suffix:
        return whole
    return lambda values: f"{rule.prefix}{text}{rule.suffix}" if (text := whole(values)) else ""


def _part(places: Sequence[int], take: Callable[[str], str] | None) -> Pick:
    """The first of these columns that says something."""
    if take is not None:
        return lambda values: next((text for place in places if (text := take(values[place]))), "")
    match places:
        case [place]:
            return itemgetter(place)
        case [place, other]:
            return lambda values: values[place] or values[other]
    row = itemgetter(*places)
    return lambda values: next(filter(None, row(values)), "")


def _last_part(text: str) -> str:
    """The last part of an address: its number in the system that made it."""
    return text.rstrip("/").rpartition("/")[2]


def _long_number(text: str) -> str:
    """A barcode; a short number is one of a row in some other table."""
    return text if len(text) >= LONG_NUMBER and any(map(str.isdigit, text)) else ""


def family_last(text: str) -> str:
    """`LAST, FIRST M` as `FIRST M LAST`; names without a comma stay."""
    family, comma, given = text.partition(",")
    given, more, rest = given.partition(",")
    if not comma or not given.strip():
        return text.strip(" ,")
    return f"{given.strip()} {family.strip()}{', ' + rest.strip() if more and rest.strip() else ''}".strip()


TAKES: dict[str, Callable[[str], str] | None] = {
    "": None,
    "last-part": _last_part,
    "family-first": family_last,
    "long-number": _long_number,
}
