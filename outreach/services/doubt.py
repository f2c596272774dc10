"""What a person decides about a message that the house will not decide about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from library.models import User
from outreach.models import Message
from outreach.services.outbox import LIFETIMES


class NotInDoubt(Exception):
    """The message is in another state by now; nothing was changed."""


def send_again(*, message: Message, staff: User, now: datetime) -> None:
    """Queue a message in doubt, or one that failed, once more, under the same Message-ID. Raises NotInDoubt.

    One whose words have been let go cannot leave again.
    """
    lifetime = LIFETIMES[Message.Kind(message.kind)]
    if not (message.body_text or message.facts):
        raise NotInDoubt
    with transaction.atomic():
        _settle(
            message,
            ["unknown", "failed"],
            state=Message.State.QUEUED,
            phase=Message.Phase.NONE,
            refusals=0,
            due_at=now,
            not_after=max(message.not_after, now + lifetime),
            reason=f"{staff} asked to send it again.",
        )


def treat_as_sent(*, message: Message, staff: User, now: datetime) -> None:
    """Close a message in doubt as sent, by someone's word; it is shown apart from what is known. Raises NotInDoubt."""
    with transaction.atomic():
        _settle(
            message,
            ["unknown"],
            state=Message.State.SENT,
            sent_at=now,
            settled_by=staff,
            reason=f"Treated as sent by {staff}.",
        )


def _settle(message: Message, states: list[str], **changes: object) -> None:
    if Message.objects.filter(pk=message.pk, state__in=states).update(**changes) == 0:
        raise NotInDoubt
