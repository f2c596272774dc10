"""A worker process of the dispatch benches: ready, then, at a word on standard input, it sends what is due.

python -m tests.bench.sending_process whole|path 2026-11-24T12:00:00+00:00
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime

import django


@dataclass(frozen=True, slots=True)
class ReadyMail:
    """A mail whose bytes are there."""

    sender: str
    to: str
    raw: bytes

    def as_bytes(self) -> bytes:
        return self.raw


def main() -> None:
    """Say that all is ready, wait, send, and say how many were sent and when the last one was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
    django.setup()
    how, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    from outreach.services import batch  # noqa: PLC0415  (only after Django is set up)
    from outreach.services.delivery import deliver_due  # noqa: PLC0415
    from outreach.services.due import any_due  # noqa: PLC0415
    from outreach.services.postbox import check_house  # noqa: PLC0415

    if how == "path":
        ready = ready_mails(now)
        batch.write_out = lambda message, links, now: ready[message.pk]  # type: ignore[assignment,return-value]  # all a transport asks for
    check_house(now=now)
    any_due(now=now, kinds=["asked_for"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    count = deliver_due(now=now, senders=["bulk"], paced=True)
    sys.stdout.write(f"{count.sent} {time.time()}\n")


def ready_mails(now: datetime) -> dict[int, ReadyMail]:
    """Every check-in mail, written beforehand."""
    from outreach.models import Message  # noqa: PLC0415
    from outreach.services.batch import write_out  # noqa: PLC0415
    from outreach.services.links import LinkMaker  # noqa: PLC0415

    links, ready = LinkMaker(now=now), {}
    for message in Message.objects.filter(state="queued").select_related("patron"):
        mail = write_out(message, links, now)
        ready[message.pk] = ReadyMail(mail.sender, mail.to, mail.as_bytes())
    return ready


if __name__ == "__main__":
    main()
