"""The check-in mails: how did you like the books?"""

from collections.abc import Mapping, Sequence
from typing import Any

from outreach.mail.words import render_words
from outreach.models import CheckIn, Pick
from relcrm.kit.mail import Rendered, one_line

# Purposes in the outbox and kinds in the ledger, by the step that is taken.
ASKED, REMINDED, ASKED_AGAIN = "check_in", "check_in_reminder", "check_in_again"
PURPOSE = {
    CheckIn.Step.ASK.value: ASKED,
    CheckIn.Step.REMIND.value: REMINDED,
    CheckIn.Step.AGAIN.value: ASKED_AGAIN,
}
TEMPLATE = {
    CheckIn.Step.ASK.value: "check_in",
    CheckIn.Step.REMIND.value: "reminder",
    CheckIn.Step.AGAIN.value: "check_in_again",
}
# With the link for all books there are at most eight links that answer.
BUTTONS = 7
TITLE_LENGTH = 60


def message_key(check_in: CheckIn) -> str:
    """The object key of every message of this check-in; the purpose says which step it was."""
    return f"check_in:{check_in.pk}"


def compose_check_in(check_in: CheckIn, picks: Sequence[Pick], step: str) -> Rendered:
    """The mail of one step about these picks (never empty), in the patron's language."""
    context = context_of(facts_of(check_in, picks))
    return render_words(TEMPLATE[step], context, language=check_in.letter.request.patron.language)


def facts_of(check_in: CheckIn, picks: Sequence[Pick]) -> dict[str, Any]:
    """What a check-in mail says of its reader and books, as it stands in Message.facts.

    `outreach.services.check_in_statements` makes the same in SQL.
    """
    letter = check_in.letter
    branch = letter.request.branch
    return {
        "patron": _plain(letter.request.patron.name),
        "librarian": _plain(str(letter.librarian)),
        "branch": _plain(branch.name) if branch else "",
        "books": [[pick.pk, _book(pick)] for pick in picks[:BUTTONS]],
    }


def context_of(facts: Mapping[str, Any]) -> dict[str, object]:
    """What the templates are given. Words that depend on nothing but the facts can be filled in later."""
    books = facts["books"]
    return {
        "patron": facts["patron"],
        "librarian": facts["librarian"],
        "branch": facts["branch"],
        "first_book": books[0][1],
        "buttons": [{"book": name, "link": f"{{link:checkin?pick-{pick}=loved}}"} for pick, name in books],
        "only_one": len(books) == 1,
    }


def _book(pick: Pick) -> str:
    """The name of the book, short enough for a subject and a button."""
    name = _plain(pick.title.name) or "…"
    return name if len(name) <= TITLE_LENGTH else f"{name[: TITLE_LENGTH - 1].rstrip()}…"


def _plain(words: str) -> str:
    """Typed words on one line. Not even with what stands behind them can they pass for a `{link:...}`."""
    return one_line(words).replace("{link", "{ link")
