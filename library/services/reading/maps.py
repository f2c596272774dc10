"""Which column means what: presets and the maps people make, checked against the columns of a file.

{"what": "patrons", "fields": {"name": {"columns": ["first", "last"]}, "card": "barcode"}, "constants": {"branch": "M"}}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from library.services.importing import Field, UnreadableFile
from library.services.reading.paths import bare
from library.services.reading.table import Table
from library.services.reading.words import clean, column_key, cut

TAKES = ("", "last-part", "family-first", "long-number")
ORDERS = ("", "mdy", "dmy")
KEYS = {"column", "columns", "take", "prefix", "suffix", "dates"}
MOST_NAMED = 12
# Numbers of two library systems are never taken for each other: 'koha:17' and 'evergreen:17' are two people.
SYSTEMS = ("koha", "evergreen", "folio", "alma", "sierra", "polaris")


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one field comes from.

    `columns`: the parts in order, each a list of alternatives of which the first that says something is taken. `take`
    says what to do with the text (docs/imports.md), `dates` whether day or month comes first.
    """

    columns: tuple[tuple[str, ...], ...]
    take: str = ""
    prefix: str = ""
    suffix: str = ""
    dates: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """The map of one library system. `marks`: columns by which its files are known; all of one group must be there."""

    label: str
    format: str
    fields: Mapping[str, Any]
    marks: Sequence[Collection[str]]
    dates: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file can hold: its fields, which of them are dates, and the groups of which one must tell rows apart."""

    what: str
    fields: Sequence[Field]
    dates: Collection[str]
    identifying: Sequence[Collection[str]]
    presets: Mapping[str, Preset]


@dataclass(frozen=True, slots=True)
class Plan:
    """The map of one file, ready to be used."""

    rules: Mapping[str, Rule]
    constants: Mapping[str, str]
    system: str = ""


def system_of(preset: str, mapping: Mapping[str, Any] | None) -> str:
    """Whose numbers a file speaks in: one of SYSTEMS, or '' where nobody said. Raises UnreadableFile."""
    if not mapping:
        name = preset.partition("-")[0]
        return name if name in SYSTEMS else ""
    system = mapping.get("system") or ""
    if system and system not in SYSTEMS:
        raise UnreadableFile(f'"system" in the map is one of {", ".join(SYSTEMS)}, or left out.')
    return str(system)


def numbered(system: str, number: str) -> str:
    """A number as it is kept: with the system it belongs to, where that is known."""
    return f"{system}:{number}" if system and number else number


def recognise(kind: Kind, header: Sequence[str]) -> str:
    """The preset whose columns these are, or ''. The one that knows most of them, where several fit."""
    names = {column_key(name) for name in header}
    fitting = [
        (sum(column_key(mark) in names for mark in marks), name)
        for name, preset in kind.presets.items()
        for marks in preset.marks
        if all(column_key(mark) in names for mark in marks)
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else ""


def mapping_of(kind: Kind, preset: str, header: Sequence[str]) -> dict[str, Any]:
    """A preset as a map of a file with this header, to start from; fields without a column there are left out."""
    if preset not in kind.presets:
        raise UnreadableFile(f"There is no preset '{preset}'. Known: {', '.join(kind.presets)}.")
    chosen = kind.presets[preset]
    known = {column_key(name): name for name in reversed(header)}
    fields = {
        name: _found(_rule(given), known, chosen.dates if name in kind.dates else "")
        for name, given in chosen.fields.items()
    }
    found = {name: given for name, given in fields.items() if given}
    return {"what": kind.what, "system": system_of(preset, None), "fields": found}


def plan_for(kind: Kind, table: Table, *, preset: str, mapping: Mapping[str, Any] | None) -> Plan:
    """The map given, else the preset's, else that of the recognised one. Raises UnreadableFile."""
    if not mapping:
        preset = preset or recognise(kind, table.header)
        if not preset:
            raise UnreadableFile(
                f"These are not the {kind.what} of a system we know. Name a preset ({', '.join(kind.presets)}) "
                f"or a map. {_found_here(table)}"
            )
        mapping = mapping_of(kind, preset, table.header)
        if table.format != "csv" and kind.presets[preset].format != "csv":  # a path may first be met late in the file
            mapping = mapping | {"fields": kind.presets[preset].fields} if mapping["fields"] else mapping
        rules = {name: _rule(given) for name, given in mapping["fields"].items()}
    else:
        rules = _checked(kind, table, mapping)
    constants = _constants(kind, mapping)
    present = {*rules, *constants}
    if not any(present.issuperset(group) for group in kind.identifying):
        wanted = " or ".join(" with ".join(group) for group in kind.identifying)
        raise UnreadableFile(f"No column tells the {kind.what} apart ({wanted}). {_found_here(table)}")
    return Plan(rules, constants, system_of(preset, mapping))


def _found_here(table: Table) -> str:
    names = ", ".join(cut(clean(name), 30) or "(no name)" for name in table.header[:MOST_NAMED])
    more = f" and {len(table.header) - MOST_NAMED} more" if len(table.header) > MOST_NAMED else ""
    return f"Found: {names}{more}."


def _found(rule: Rule, known: Mapping[str, str], dates: str) -> dict[str, Any]:
    """A preset's rule with the names of this header; {} where none of its columns is there."""
    parts = []
    for alternatives in rule.columns:
        here = [_named(column, known) for column in alternatives]
        if chosen := list(dict.fromkeys(name for name in here if name)):
            parts.append(chosen[0] if len(chosen) == 1 else chosen)
    if not parts:
        return {}
    given: dict[str, Any] = (
        {"column": parts[0]} if len(parts) == 1 and isinstance(parts[0], str) else {"columns": parts}
    )
    facts = {"take": rule.take, "prefix": rule.prefix, "suffix": rule.suffix, "dates": rule.dates or dates}
    return given | {key: value for key, value in facts.items() if value}


def _named(column: str, known: Mapping[str, str]) -> str:
    key = column_key(bare(column))
    if key not in known:
        return ""
    return column if "." in column or "[" in column else known[key]


def _rule(given: Any) -> Rule:
    """A rule from its JSON form; a plain text is a column, a list are alternatives."""
    if isinstance(given, str):
        return Rule(((given,),))
    if isinstance(given, list):
        return Rule((tuple(given),))
    parts = given["columns"] if "columns" in given else [given["column"]]
    columns = tuple((part,) if isinstance(part, str) else tuple(part) for part in parts)
    return Rule(columns, *(given.get(key, "") for key in ("take", "prefix", "suffix", "dates")))


def _checked(kind: Kind, table: Table, mapping: Mapping[str, Any]) -> dict[str, Rule]:
    """The rules of a map somebody made. Raises UnreadableFile with what is wrong in it."""
    if mapping.get("what", kind.what) != kind.what:
        raise UnreadableFile(f"This map is for {clean(str(mapping['what']))[:40]}, not for {kind.what}.")
    fields = mapping.get("fields")
    if not isinstance(fields, Mapping):
        raise UnreadableFile('The map needs "fields": which column holds what.')
    names = {field.name for field in kind.fields}
    known = {column_key(name): name for name in reversed(table.header)}
    rules = {}
    for name, given in fields.items():
        if name not in names:
            raise UnreadableFile(f"The map names a field '{name}'. Known: {', '.join(sorted(names))}.")
        rule = _well_formed(name, given)
        rules[name] = Rule(
            tuple(tuple(_there(name, column, known, table) for column in part) for part in rule.columns),
            *(rule.take, rule.prefix, rule.suffix, rule.dates),
        )
    return rules


def _well_formed(name: str, given: Any) -> Rule:
    if isinstance(given, Mapping):
        texts = [value for key, value in given.items() if key not in {"column", "columns"}]
        said = ("column" in given) + ("columns" in given)
        if said != 1 or set(given) - KEYS or not all(isinstance(text, str) for text in texts):
            raise UnreadableFile(
                f"'{name}' in the map needs one of: column, columns. Also known: take, prefix, suffix, dates."
            )
        if given.get("take", "") not in TAKES or given.get("dates", "") not in ORDERS:
            raise UnreadableFile(f"'{name}' in the map: take is one of {', '.join(TAKES[1:])}; dates is mdy or dmy.")
        parts = given["columns"] if "columns" in given else [given["column"]]
    else:
        parts = [given]
    flat = (
        [one for part in parts for one in (part if isinstance(part, list) else [part])]
        if isinstance(parts, list)
        else []
    )
    if not flat or not all(isinstance(one, str) and one for one in flat):
        raise UnreadableFile(f"'{name}' in the map must name its column, or a list of columns.")
    return _rule(given)


def _there(name: str, column: str, known: Mapping[str, str], table: Table) -> str:
    if column in table.header:
        return column
    found = _named(column, known)
    if not found:
        raise UnreadableFile(
            f"'{name}' in the map: there is no column '{cut(clean(column), 60)}'. {_found_here(table)}"
        )
    return found


def _constants(kind: Kind, mapping: Mapping[str, Any]) -> dict[str, str]:
    constants = mapping.get("constants") or {}
    names = {field.name for field in kind.fields}
    if not isinstance(constants, Mapping) or not all(isinstance(text, str) for text in constants.values()):
        raise UnreadableFile('"constants" in the map are texts by field name.')
    if unknown := sorted(set(constants) - names):
        raise UnreadableFile(f"The map names a field '{unknown[0]}'. Known: {', '.join(sorted(names))}.")
    return {name: clean(text) for name, text in constants.items()}
