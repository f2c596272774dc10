"""A made-up report with everything a report can hold, for whatever shows one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engagement.services.reports.periods import quarter_of
from engagement.services.reports.shapes import (
    COUNT,
    DAYS,
    HOURS,
    PEOPLE,
    PERCENT,
    POINTS,
    TEXT,
    Column,
    Drawing,
    Figure,
    Part,
    Report,
    Slice,
    Table,
)
from tests.builders import NOON

HOSTILE = "</title><script>alert('1')</script> =1+1 {{ x }} #panic() & \"so\""
FIGURES = (
    Figure("letters", "letters sent", COUNT, 1240, 1100, "Letters of suggestions sent.", ("letter",)),
    Figure("answer_rate", "of check-ins answered", PERCENT, 38, 31, "Check-ins answered.", ("check_in_answer",)),
    Figure("median_wait", "median wait for a letter", DAYS, 3.1, 2.9, "From the request to the letter."),
    Figure("requests", "requests", COUNT, "*", 30, "Forms with which readers asked."),
    Figure("hours", "of staff time for a letter", HOURS, None, None, "Staff minutes."),
)
POINTS_TABLE = Table(
    "points",
    "Relational beside transactional",
    "Relational points grew 12 %.",
    (
        Column("month", "Month", TEXT),
        Column("relational", "relational", POINTS),
        Column("transactional", "transactional", POINTS),
    ),
    (("Jul 2026", 157, 911), ("Aug 2026", "*", 893), ("Sep 2026", 233, 907)),
    "Sum of points.",
    Drawing("stacked", "month", ("relational", "transactional")),
    ("letter", "loan"),
)
STAGES_TABLE = Table(
    "stages",
    "Where readers stand",
    "About 480 readers answered.",
    (Column("stage", "Stage", TEXT), Column("people", "People", PEOPLE), Column("moved", "Moved", PEOPLE)),
    (("proactive", 115, 30), ("follow-up", 480, 95), ("reactive", "*", None), ("basic", 21900, -165)),
    "Readers by their stage.",
)
WAITS_TABLE = Table(
    "waits",
    "Waits",
    "Half went out within 3 days.",
    (Column("month", "Month", TEXT), Column("median", "median", DAYS), Column("p90", "9 in 10", DAYS)),
    (("Jul 2026", 3.1, 5.2), ("Aug 2026", 2.9, "*"), ("Sep 2026", 2.3, 4.8)),
    "From the request to the letter.",
    Drawing("lines", "month", ("median", "p90")),
)
MIX_TABLE = Table(
    "mix",
    "Contact mix",
    "Communication leads.",
    (Column("group", "Group", TEXT), Column("here", "here", PERCENT), Column("study", "study of 2012", PERCENT)),
    (("advice and reviews", 21, 35), ("communication", 39, 28), ("service", "*", 13), (HOSTILE, None, 10)),
    "Shares of what readers did.",
    Drawing("shares", "group", ("here", "study")),
)
EFFORT_TABLE = Table(
    "minutes",
    "Where the time goes",
    "Letters take most.",
    (Column("kind", "Kind", TEXT), Column("hours", "hours", HOURS)),
    (("letters", 40.5), ("talks", 12), ("phone", 1)),
    "Staff minutes.",
    Drawing("bars", "kind", ("hours",)),
)
DRAWN = (POINTS_TABLE, WAITS_TABLE, MIX_TABLE, EFFORT_TABLE)
OVERVIEW = Part(
    "overview",
    "Overview",
    "Readers asked for letters.",
    FIGURES,
    (POINTS_TABLE, STAGES_TABLE),
    ("Not measured: 9,400.",),
)
EFFORT = Part("effort", "Effort / value", "An hour for a letter.", (), (EFFORT_TABLE, WAITS_TABLE))
MIX = Part("contact_mix", "Contact mix", "", (), (MIX_TABLE,))
REPORT = Report(
    period=quarter_of(date(2026, 9, 1)),
    slice=Slice(),
    as_of=NOON.replace(microsecond=7),
    counted="counted on 1 October 2026",
    rules_version=2,
    is_running=False,
    parts=(OVERVIEW, EFFORT, MIX),
    quotes=("She remembered the boats.",),
)


def long_report(parts: int, rows: int) -> Report:
    """Many parts with long tables."""
    table = replace(MIX_TABLE, rows=tuple((f"group {number}", number, 99 - number) for number in range(rows)))
    chapters = [
        replace(OVERVIEW, key=f"part{number}", title=f"Part {number}", tables=(replace(table, key=f"t{number}"),) * 3)
        for number in range(parts)
    ]
    return replace(REPORT, parts=tuple(chapters))
