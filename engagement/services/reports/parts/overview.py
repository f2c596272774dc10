"""Overview: do relationships grow, and does the loop turn?"""

from __future__ import annotations

from collections.abc import Sequence

from engagement.models.score import Stage
from engagement.services.reports.counts import Counts
from engagement.services.reports.figures import BEFORE, Both, added, days, leads_to, number, share, shown
from engagement.services.reports.parts import overview_words as words
from engagement.services.reports.shapes import (
    COUNT,
    DAYS,
    PEOPLE,
    PERCENT,
    POINTS,
    TEXT,
    Column,
    Drawing,
    Figure,
    Part,
    Table,
)
from engagement.services.reports.small_numbers import HIDDEN, Shown

NOT_MEASURED = "not measured"


def read_overview(*, counts: Counts, before: Counts, trend: Sequence[tuple[str, Counts]], is_running: bool) -> Part:
    """What a manager tells the board in two sentences, and what stands behind it."""
    both = Both(counts, before)
    if not any(each.shown(measure) for each in (counts, before) for measure in ("lines", "promises:open")):
        return Part("overview", "Overview", words.EMPTY)
    tables = (_points(trend, both, is_running), _contacts(both), _stages(both), _promises(both), *_marketing(both))
    return Part(
        "overview",
        "Overview",
        f"{words.say_side(both, 'Relational points', 'relational', is_running=is_running)} {words.say_loop(counts)}",
        figures=_figures(both),
        tables=tables,
    )


def _figures(both: Both) -> tuple[Figure, ...]:
    loop = ("check_in", "check_in_answer")
    return (
        both.figure(
            "answer_rate", "of check-ins answered", PERCENT,
            share("lines:check_in_answer", "check_ins:unanswered"), words.ANSWERED, *loop,
            leads=(("not answered", "check_ins:unanswered"), ("answered", "lines:check_in_answer")),
        ),
        both.figure(
            "loved_or_liked", "of judged books loved or liked", PERCENT, share("picks:liked", "picks:other"),
            words.BOOKS, "pick_answer", leads=words.JUDGED,
        ),
        both.figure(
            "median_wait", "median wait for a letter", DAYS, days("wait:median"), words.WAIT, "letter",
            leads=words.WAITED,
        ),
        both.figure(
            "promises_kept", "of promises kept in time", PERCENT, share("promises:kept", "promises:late"),
            words.PROMISES_KEPT, leads=(words.PROMISE_ROWS[1], words.PROMISE_ROWS[0]),
        ),
        both.lines("letters", "letters sent", "letter", words.LETTERS),
        both.lines("requests", "requests", "request", words.REQUESTS),
        both.figure(
            "nine_of_ten_wait", "9 in 10 letters within", DAYS, days("wait:p90"), words.WAIT, "letter",
            leads=words.WAITED,
        ),
        both.figure(
            "promise_median", "from a promise to its keeping, median", DAYS, days("promise_wait:median"),
            words.PROMISED, leads=words.KEPT,
        ),
        both.figure(
            "promise_nine_of_ten", "9 in 10 promises within", DAYS, days("promise_wait:p90"), words.PROMISED,
            leads=words.KEPT,
        ),
        both.lines("check_ins", "check-ins asked", "check_in", words.ASKED),
        both.figure(
            "books_answered", "books judged by readers", COUNT, _books, words.BOOKS, "pick_answer", leads=words.JUDGED
        ),
    )  # fmt: skip


def _books(counts: Counts) -> Shown:
    return added(counts.shown(f"picks:{key}") for key in ("liked", "other"))


def _points(trend: Sequence[tuple[str, Counts]], both: Both, is_running: bool) -> Table:
    rows = tuple((label, each.shown("relational"), each.shown("transactional")) for label, each in trend)
    return Table(
        "points",
        "Relational beside transactional",
        words.say_points(both, is_running=is_running),
        (Column("period", "Period", TEXT), *(Column(measure, label, POINTS) for label, measure in words.SIDES)),
        rows,
        words.POINTS,
        Drawing("stacked", "period", ("relational", "transactional")),
        leads=leads_to(words.SIDES),
    )


def _contacts(both: Both) -> Table:
    """Lines of the ledger on three sides, each a sum of what is shown of its kinds."""
    return both.table(
        ("contacts", "Contacts beside use", words.say_contacts(both.now)),
        ("side", "What happened"),
        words.CONTACT_ROWS,
        words.CONTACTS,
        read=lambda measure: _everyday if measure == "use" else shown(measure),
    )


def _everyday(counts: Counts) -> Shown:
    """Loans, visits and whatever else is in no group of the mix and was not started by us."""
    every, theirs, ours = (number(counts.shown(measure)) for measure in ("lines", "mix", "ours"))
    left = -1 if every is None else every - (theirs or 0) - (ours or 0)
    is_hidden = any(counts.shown(f"lines:{kind}") == HIDDEN for kind in counts.keys("lines"))
    return HIDDEN if left < 0 or (not left and is_hidden) else round(left)


def _stages(both: Both) -> Table:
    """Readers on each rung, and how many came and went; a rung nobody was counted on before has no number before."""
    past = any(both.before.people(f"stages:{stage}") for stage in Stage)
    rows: list[tuple[Shown, ...]] = []
    for stage in reversed(Stage):
        measure = f"stages:{stage.value}"
        people_before = both.before.people(measure) if past else None
        rows.append((str(stage.label), both.now.people(measure), people_before, *_moved(both.now, stage)))
    none = "stages:none"
    rows.append((NOT_MEASURED, both.now.people(none), both.before.people(none) if past else None, None, None))
    return Table(
        "stages",
        "Where readers stand",
        words.say_stages(both.now),
        (
            Column("stage", "Stage", TEXT),
            Column("people", "Readers", PEOPLE),
            Column("before", BEFORE, PEOPLE),
            Column("came", "Came here", PEOPLE),
            Column("left", "Went on", PEOPLE),
        ),
        tuple(rows),
        words.STAGES,
        Drawing("bars", "stage", ("people",)),
        leads=leads_to([*((str(stage.label), f"stages:{stage.value}") for stage in Stage), (NOT_MEASURED, none)]),
    )


def _moved(counts: Counts, stage: Stage) -> tuple[Shown, Shown]:
    others = [other for other in Stage if other != stage]
    came = added(counts.people(f"flow:{other.value}>{stage.value}") for other in others)
    return came, added(counts.people(f"flow:{stage.value}>{other.value}") for other in others)


def _promises(both: Both) -> Table:
    return both.table(
        ("promises", "Promises", words.say_promises(both.now)),
        ("promise", "Promises due"),
        words.PROMISE_ROWS,
        words.PROMISES,
        drawn=False,
    )


def _marketing(both: Both) -> tuple[Table, ...]:
    """What libraries count anyway; no table where nobody brought such numbers in."""
    keys = sorted({*both.now.keys("marketing"), *both.before.keys("marketing")})
    if not keys:
        return ()
    channels = sorted({key.partition(":")[2] for key in both.now.keys("marketing_of")})
    by_channel = tuple(
        (channel, *(both.now.shown(f"marketing_of:{key}:{channel}") for key in keys)) for channel in channels
    )
    return (
        both.table(
            ("marketing", "Marketing numbers", words.MARKETING_SENTENCE),
            ("measure", "Counted"),
            [(words.MEASURES.get(key, key), f"marketing:{key}") for key in keys],
            words.MARKETING,
            drawn=False,
        ),
        Table(
            "marketing_channels",
            "Marketing numbers by channel",
            words.MARKETING_SENTENCE,
            (Column("channel", "Channel", TEXT), *(Column(key, words.MEASURES.get(key, key)) for key in keys)),
            by_channel,
            words.MARKETING,
        ),
    )
