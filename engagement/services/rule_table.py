"""The rule tables that come with Relcrm, as data. A published table never changes: better rules are a new version.

Each row: kind, label, what counts, the five verdicts in the order of `judging.TESTS` (y yes, n no, ? the event says),
weight. Weights are set so that one whole loop (request, letter, check-in answered on two books) shows about 35
relational, and a heavy borrower who is never talked to shows about 75 transactional and 0 relational. The second table
(second_rules.toml) has every channel of a library, and says of each kind where it stands in reports.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engagement.services.judging import EVENT, NO, TESTS, YES, most_points

LETTERS = {"y": YES, "n": NO, "?": EVENT}


@dataclass(frozen=True)
class RuleFacts:
    """One row of a rule table before it is published."""

    kind: str
    label: str
    definition: str
    verdicts: Mapping[str, str]
    weight: float
    ceiling: float
    group: str = ""
    outcome: str = ""
    shows_use: bool = False
    channel: str = ""

    @property
    def state(self) -> str:
        """What tells one wording of the row from another."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def _rule(kind: str, label: str, definition: str, verdicts: str, weight: float) -> RuleFacts:
    by_test = {test: LETTERS[letter] for test, letter in zip(TESTS, verdicts, strict=True)}
    return RuleFacts(kind, label, definition, by_test, weight, most_points(by_test, weight))


FIRST_S50_RELATIONAL = 40.0
FIRST_S50_TRANSACTIONAL = 20.0
FIRST_RULES: tuple[RuleFacts, ...] = (
    # Using the library
    _rule("loan", "Borrowed a title", "A reader borrowed one title.", "nynnn", 1),
    _rule("renewal", "Renewed a loan", "A reader renewed one loan.", "nynnn", 0.5),
    _rule("hold", "Placed a hold", "A reader asked to have one title kept.", "nynnn", 1),
    _rule(
        "interlibrary_loan",
        "Asked for a title from elsewhere",
        "A reader asked for a loan from another library.",
        "nynnn",
        2,
    ),
    _rule("visit", "Came in", "A reader's visit was counted, e.g. at the gate.", "nynnn", 0.5),
    _rule("programme", "Took part in a programme", "A reader came to an event, a class or a reading.", "?yn?n", 2),
    _rule(
        "database_use", "Used an online source", "A reader signed in to an online source of the library.", "nynnn", 0.5
    ),
    _rule("card_signup", "Got a library card", "A reader became a member.", "nynnn", 5),
    # The loop of request, letter and check-in
    _rule("request", "Asked for suggestions", "A reader sent the form and asked for a letter.", "nyn?n", 2),
    _rule(
        "letter", "Letter with suggestions", "A named librarian chose titles for this reader and wrote why.", "ynyyn", 4
    ),
    _rule("letter_on_paper", "Letter on paper", "The same letter, printed and handed over or posted.", "ynyyn", 4),
    _rule("check_in", "Asked how the books were", "Weeks after a letter we asked about its titles.", "nnyyn", 0.5),
    _rule(
        "check_in_reminder",
        "Reminded once",
        "The one reminder of a check-in. Asking twice brings no points.",
        "nnyyn",
        0,
    ),
    _rule(
        "check_in_again",
        "Asked again about a book not read yet",
        "The one later question about such a book.",
        "nnyyn",
        0.5,
    ),
    _rule(
        "check_in_answer",
        "Answered the check-in",
        "A reader told the librarian of the letter how the books were.",
        "yyyyn",
        3,
    ),
    _rule("pick_answer", "Answered about one book", "What a reader said of one title in a letter.", "yyyyn", 0.75),
    _rule(
        "check_in_comment", "Added words to an answer", "Free words with an answer, for the librarian.", "yynyy", 1.5
    ),
    _rule("learned_something", "Learned about their own taste", "A reader said so in a check-in.", "yyyyn", 1),
    # Talking
    _rule("reply", "Wrote back", "A reader answered one of our messages in their own words.", "yy?yn", 4),
    _rule("reply_answered", "We answered their words", "A named person answered what a reader wrote.", "ynyyn", 2),
    _rule("desk_talk", "Talked at the desk", "A conversation that staff wrote down.", "????n", 2),
    _rule("phone_call", "Talked on the phone", "A call that staff wrote down.", "????n", 2),
    _rule("thanks", "Said thank you", "A reader thanked someone by name.", "yynyy", 2),
    _rule("complaint", "Told us what went wrong", "A reader complained to someone.", "?yn?y", 2),
    _rule(
        "complaint_resolved",
        "We put it right",
        "A named person told the reader what was done about a complaint.",
        "yyyyn",
        2,
    ),
    # Writing without being asked
    _rule(
        "proactive_letter",
        "Letter nobody had asked for",
        "A named librarian wrote because of a fact we know.",
        "yny?n",
        3,
    ),
    _rule(
        "proactive_answer",
        "Answered a letter of ours",
        "A reader answered such a letter with anything at all.",
        "yyyyn",
        3,
    ),
    # Giving
    _rule("review", "Wrote a review", "Words about a title that other readers can see.", "nyn?y", 3),
    _rule("circle_joined", "Joined a circle", "A reader joined a community of readers.", "nynnn", 2),
    _rule("circle_post", "Wrote in a circle", "A reader wrote to other readers of a circle.", "yyn?y", 2),
    _rule("library_suggestion", "Suggested something to the library", "An idea, or a title to buy.", "nyn?y", 2),
    _rule("referral", "Brought someone to the library", "A reader brought a person who became a member.", "yynyy", 4),
    _rule("volunteering", "Gave time", "A reader worked for the library as a volunteer.", "yy?yy", 4),
    _rule("advocacy", "Spoke up for the library", "A reader spoke or wrote for the library in public.", "?yn?y", 5),
    _rule("donation", "Gave money or things", "A reader made a gift.", "?yn?y", 5),
)


def _read_second() -> tuple[RuleFacts, ...]:
    channels = tomllib.loads((Path(__file__).parent / "second_rules.toml").read_text(encoding="utf-8"))
    return tuple(_row(channel, kind, row) for channel, kinds in channels.items() for kind, row in kinds.items())


def _row(channel: str, kind: str, row: Mapping[str, object]) -> RuleFacts:
    by_test = {test: LETTERS[letter] for test, letter in zip(TESTS, str(row["tests"]), strict=True)}
    weight = float(str(row["weight"]))
    return RuleFacts(
        kind=kind,
        label=str(row["label"]),
        definition=str(row["definition"]),
        verdicts=by_test,
        weight=weight,
        ceiling=most_points(by_test, weight),
        group=str(row.get("group", "")),
        outcome=str(row.get("outcome", "")),
        shows_use=bool(row.get("use", False)),
        channel=channel,
    )


SECOND_S50_RELATIONAL = 40.0
SECOND_S50_TRANSACTIONAL = 20.0
SECOND_RULES: tuple[RuleFacts, ...] = _read_second()
