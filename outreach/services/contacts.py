"""Why a librarian should write to someone: tasks with their reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localtime

from library.models import User
from outreach.models import ContactReason, Pick
from outreach.querysets import ContactReasonQuerySet
from patrons.models import Patron

LATER = timedelta(days=7)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class ReasonLine:
    """One reason as the desk shows it: the person, a sentence that follows the name, the reader's last words."""

    pk: int
    patron: Patron
    sentence: str
    words: str
    opened_at: datetime
    request_pk: int | None
    reason: ContactReason


def open_reasons(user: User, now: datetime, limit: int = 10) -> list[ReasonLine]:
    """The open reasons this librarian may see, oldest first; one query."""
    return [describe_reason(reason) for reason in reasons_visible_to(user).open(now)[:limit]]


def reasons_visible_to(user: User) -> ContactReasonQuerySet:
    """Reasons with everything a line shows."""
    rows = ContactReason.objects.visible_to(user)
    return rows.select_related("patron", "pick__title", "pick__answer", "pick__letter__check_in")


def describe_reason(reason: ContactReason) -> ReasonLine:
    """The line for one reason."""
    pick = reason.pick
    return ReasonLine(
        pk=reason.pk,
        patron=reason.patron,
        sentence=_sentence(reason),
        words=_last_words(pick) if pick else "",
        opened_at=reason.opened_at,
        request_pk=pick.letter.request_id if pick else None,
        reason=reason,
    )


def open_could_not_get(*, pick: Pick, patron: Patron, now: datetime) -> ContactReason:
    """A task for the librarian: the reader could not get this book. One per pick, opened again when said again."""
    values = {"patron": patron, "opened_at": now, "later_until": None, "closed_at": None, "closed_by": None}
    reason, _ = ContactReason.objects.update_or_create(
        source_key=f"could_not_get:{pick.pk}",
        defaults=values,
        create_defaults=values | {"kind": ContactReason.Kind.COULD_NOT_GET, "pick": pick},
    )
    return reason


def close_could_not_get(*, pick: Pick, now: datetime) -> None:
    """The answer changed: nothing is left to do. One that a librarian closed stays as it is."""
    ContactReason.objects.filter(source_key=f"could_not_get:{pick.pk}", closed_at=None).update(closed_at=now)


@transaction.atomic
def put_off_reason(*, reason: ContactReason, now: datetime) -> None:
    """Show it again in seven days."""
    reason.later_until = now + LATER
    reason.save(update_fields=["later_until"])


@transaction.atomic
def finish_reason(*, reason: ContactReason, by: User, now: datetime) -> None:
    """A librarian has dealt with it."""
    reason.closed_at, reason.closed_by = now, by
    reason.save(update_fields=["closed_at", "closed_by"])


@transaction.atomic
def reopen_reason(*, reason: ContactReason) -> None:
    """Undo either of the two."""
    reason.later_until = reason.closed_at = reason.closed_by = None
    reason.save(update_fields=["later_until", "closed_at", "closed_by"])


def _sentence(reason: ContactReason) -> str:
    if reason.kind == ContactReason.Kind.COULD_NOT_GET and reason.pick is not None:
        month = MONTHS[localtime(reason.opened_at).month - 1]
        return f"could not get {reason.pick.title.name} in {month}"
    return reason.get_kind_display()


def _last_words(pick: Pick) -> str:
    """What the reader said of the book, else what they said at the end."""
    answer = getattr(pick, "answer", None)
    check_in = getattr(pick.letter, "check_in", None)
    return (answer.why if answer else "") or (check_in.comment if check_in else "")
