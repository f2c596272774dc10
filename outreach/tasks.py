"""Work that workers do for the outbox."""

from __future__ import annotations

import mmap

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from outreach.services.delivery import run_sender

# Shared by the worker and the processes it forks: those hear nothing of a shutdown, only the worker itself does.
_stopping = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def stop_sending(**_: object) -> None:
    """A worker that is told to stop ends the batches of its processes after the mail they are at."""
    _stopping[0] = 1


# Longer than the slowest conversation with a mail server can keep a run from ending.
@shared_task(soft_time_limit=5 * 60)
def send_mails(sender: str) -> None:
    """Send what is due by one sender; when there is more than one run can take, the next one begins at once."""
    if run_sender(sender=sender, now=timezone.now(), stop=lambda: _stopping[0] == 1):
        send_mails.delay(sender)
