"""The page of messages: what is in doubt first, then what was sent, to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from library.models import User
from outreach.models import Message
from outreach.querysets import MessageQuerySet

PAGE = 50
MOST_IN_DOUBT = 50
PURPOSES = {
    "acknowledgement": "acknowledgement",
    "letter": "letter",
    "check_in": "check-in",
    "check_in_reminder": "check-in, reminder",
    "check_in_again": "check-in, once more",
    "my": "link to my page",
    "reply": "answer",
}


@dataclass(frozen=True)
class Filters:
    """Empty: all. `words` finds addresses and names."""

    state: str = ""
    purpose: str = ""
    words: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.state or self.purpose or self.words)


@dataclass(frozen=True)
class MessageRow:
    """One message as a line of the list; `subject` is empty for those who see no content."""

    message: Message
    purpose: str
    subject: str
    may_cancel: bool
    may_repeat: bool = False

    @property
    def by_word(self) -> bool:
        """Someone said that it was sent; nobody knows."""
        return self.message.state == Message.State.SENT and self.message.settled_by_id is not None


@dataclass(frozen=True)
class MessageList:
    """`next_place` begins the next page."""

    in_doubt: list[MessageRow]
    rows: list[MessageRow]
    next_place: str


def message_list(*, user: User, filters: Filters, place: str) -> MessageList:
    """Everything the page shows; `place` is the `next_place` of the page before."""
    mine = Message.objects.visible_to(user)
    doubtful = _shown(mine.in_doubt().order_by("queued_at", "pk"), user)[:MOST_IN_DOUBT]
    found = _shown(_narrow(mine, filters).newest(after=read_place(place)), user)[: PAGE + 1]
    rows = [_row(message, user) for message in found]
    return MessageList(
        in_doubt=[_row(message, user) for message in doubtful] if not place else [],
        rows=rows[:PAGE],
        next_place=_place(rows[PAGE - 1].message) if len(rows) > PAGE else "",
    )


def purpose_in_words(purpose: str) -> str:
    """What the message is, for staff."""
    return PURPOSES.get(purpose, purpose.replace("_", " "))


def read_place(place: str) -> tuple[datetime, int] | None:
    """(queued_at, number) out of the address of a page; None for the beginning and for anything not understood."""
    when, _separator, number = place.rpartition("_")
    if not (number.isascii() and number.isdigit()):
        return None
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return None
    return (at, int(number)) if at.tzinfo and int(number) < 2**63 else None


def _place(message: Message) -> str:
    return f"{message.queued_at.isoformat()}_{message.pk}"


def _narrow(messages: MessageQuerySet, filters: Filters) -> MessageQuerySet:
    if filters.state:
        messages = messages.filter(state=filters.state)
    if filters.purpose:
        messages = messages.filter(purpose=filters.purpose)
    return messages.finding(filters.words) if filters.words else messages


def _shown(messages: MessageQuerySet, user: User) -> MessageQuerySet:
    """Bodies are never read for a list; for those who only look after deliveries, no subject either."""
    bodies = ("body_text", "body_html", "facts", "links")
    return messages.select_related("settled_by").defer(*bodies, *(() if _reads(user) else ("subject",)))


def _row(message: Message, user: User) -> MessageRow:
    return MessageRow(
        message=message,
        purpose=purpose_in_words(message.purpose),
        subject=message.subject if _reads(user) else "",
        may_cancel=message.state == Message.State.QUEUED,
        may_repeat=message.state == Message.State.FAILED,
    )


def _reads(user: User) -> bool:
    return user.role == User.Role.LIBRARIAN
