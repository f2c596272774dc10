"""The fields an import may change, and how the journal writes down what was there before.

Pieces of SQL made of our own names: `s` is the row of the file, `p` the patron, `b` the branch, `h` the household.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """A field of the file: its column here, when the file gives a value, and when that is another one.

    `rule`: its name for "ILS wins" and "ours wins"; empty: a value of the reader's own that a file never overrides.
    """

    name: str
    column: str
    given: str
    value: str
    differs: str
    rule: bool = True


def _text(name: str, *, rule: bool = True) -> Taken:
    return Taken(name, name, f"s.{name} <> ''", f"s.{name}", f"s.{name} <> p.{name}", rule)


def _maybe(name: str, column: str, value: str) -> Taken:
    return Taken(name, column, f"{value} IS NOT NULL", value, f"{value} IS DISTINCT FROM p.{column}")


FIELDS = (
    _text("name"),
    Taken("email", "email", "s.email <> ''", "s.email", "upper(s.email) <> upper(p.email)"),
    _text("phone"),
    _text("postal_address"),
    _maybe("birth_year", "birth_year", "s.birth_year"),
    _maybe("branch", "branch_id", "b.id"),
    _text("category"),
    _text("language"),
    _text("audience"),
    _maybe("joined_on", "joined_on", "s.joined_on"),
    _maybe("card_expires_on", "card_expires_on", "s.card_expires_on"),
    _maybe("household", "household_id", "h.id"),
    _text("reading_history", rule=False),
)
RULES = frozenset(field.name for field in FIELDS if field.rule)
# Columns of patrons_patron that a run can change; `link_generation` is raised beside an address and never put back.
COLUMNS = (
    "ils_id",
    *(field.column for field in FIELDS),
    "search_text",
    "proved_at",
    "gone_at",
    "by_hand",
)


def changes(field: Taken) -> str:
    """Whether the file's value is taken: given, another one, and not ours to keep."""
    return f"({field.given} AND {field.differs} AND NOT {_ours(field)})"


def kept(field: Taken) -> str:
    """Whether a value changed by hand stays although the file has another one."""
    return f"({field.given} AND {field.differs} AND {_ours(field)})"


def _ours(field: Taken) -> str:
    by_hand = f"'{field.name}' = ANY(p.by_hand)"
    return f"({by_hand} AND '{field.name}' <> ALL(%(ils_wins)s::text[]))" if field.rule else f"({by_hand})"


TAKES_ILS_ID = "(s.ils_id <> '' AND p.ils_id = '')"
LEAVES = "(s.is_left AND p.gone_at IS NULL)"
RETURNS = "(NOT s.is_left AND p.gone_at IS NOT NULL)"
ANY_CHANGE = " OR ".join([TAKES_ILS_ID, LEAVES, RETURNS, *(changes(field) for field in FIELDS)])
ANY_KEPT = " OR ".join(kept(field) for field in FIELDS)
NEW_VALUES = ", ".join(
    [
        f"CASE WHEN {TAKES_ILS_ID} THEN s.ils_id ELSE p.ils_id END AS ils_id",
        *(f"CASE WHEN {changes(f)} THEN {f.value} ELSE p.{f.column} END AS {f.column}" for f in FIELDS),
        f"CASE WHEN {LEAVES} THEN %(now)s WHEN {RETURNS} THEN NULL ELSE p.gone_at END AS gone_at",
        f"CASE WHEN {changes(FIELDS[0])} THEN s.search_text ELSE p.search_text END AS search_text",
        f"CASE WHEN {changes(FIELDS[1])} THEN NULL ELSE p.proved_at END AS proved_at",
        f"({changes(FIELDS[1])} AND p.email <> '')::integer AS links_end",
        "CASE WHEN p.by_hand = '{}' OR %(ils_wins)s::text[] = '{}' THEN p.by_hand"  # noqa: S608  (names of our own)
        " ELSE ARRAY(SELECT kept.name"
        " FROM unnest(p.by_hand) AS kept (name) WHERE NOT ("
        + " OR ".join(f"(kept.name = '{field.name}' AND {changes(field)})" for field in FIELDS)
        + ")) END AS by_hand",
    ]
)


def _only_changed(of: str) -> str:
    """A jsonb object of the changed fields alone, with the values of `of`: c (new) or p (before)."""
    pieces = (
        f"CASE WHEN c.{column} IS DISTINCT FROM p.{column} THEN jsonb_build_object('{column}', {of}.{column})"
        " ELSE '{}' END"
        for column in COLUMNS
    )
    return " || ".join(pieces)


BEFORE = _only_changed("p")
AFTER = _only_changed("c")
