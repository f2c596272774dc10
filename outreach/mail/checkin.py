"""The check-in mails: how did you like the books?"""

from collections.abc import Sequence

from outreach.models import CheckIn, Pick
from relcrm.kit.mail import Rendered, render_mail, without_placeholders

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
    letter = check_in.letter
    patron, branch = letter.request.patron, letter.request.branch
    context = {
        "patron": without_placeholders(patron.name),
        "librarian": without_placeholders(str(letter.librarian)),
        "branch": without_placeholders(branch.name) if branch else "",
        "first_book": _book(picks[0]),
        "buttons": [
            {"book": _book(pick), "link": f"{{link:checkin?pick-{pick.pk}=loved}}"} for pick in picks[:BUTTONS]
        ],
        "only_one": len(picks) == 1,
    }
    return render_mail(TEMPLATE[step], context, language=patron.language)


def _book(pick: Pick) -> str:
    """The name of the book, short enough for a subject and a button."""
    name = without_placeholders(pick.title.name)
    return name if len(name) <= TITLE_LENGTH else f"{name[: TITLE_LENGTH - 1].rstrip()}…"
