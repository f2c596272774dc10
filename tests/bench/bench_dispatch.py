"""How fast mails leave, beside a plain loop over smtplib, on one mail server in a process of its own.

a: a loop that builds each mail with the email package and sends it over one connection. b: the same with bytes that
are ready. c: all of ours, from the due row to its "sent", with every check and limit on. d: our way out alone, with
bytes that are ready: claims, one mark a message, outcomes.
"""

from __future__ import annotations

import json
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from tempfile import TemporaryDirectory

from django.db import connection

from library.models import LibrarySettings
from outreach.mail.wire import OutgoingMail
from outreach.models import Message, Postbox
from outreach.services.batch import write_out
from outreach.services.checkins import queue_due
from outreach.services.links import LinkMaker
from tests.bench.planned import planned
from tests.bench.sink_process import running_sink

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MAILS, ROUNDS = 2000, 3
ONE, TWO, PATH = 1.0, 1.5, 0.35
# High, not off: every claim counts.
LIMITS = {"mails_per_minute": 10_000_000, "mails_per_day": 10_000_000, "contact_budget": 10_000}
AGAIN = """
UPDATE outreach_message SET state = 'queued', phase = '', attempt = 0, sent_at = NULL, receipt = '', claim = NULL
WHERE purpose = 'check_in'
"""


def bench_dispatch_one(size: int = MAILS) -> dict[str, object]:
    """c with one worker process, beside a."""
    return _beside("dispatch-one", size, ours=lambda port: _sent(port, "whole", 1), plain=_built, goal=ONE)


def bench_dispatch_two(size: int = MAILS) -> dict[str, object]:
    """c with two worker processes, beside a."""
    return _beside("dispatch-two", size, ours=lambda port: _sent(port, "whole", 2), plain=_built, goal=TWO)


def bench_dispatch_path(size: int = MAILS) -> dict[str, object]:
    """d, beside b."""
    return _beside("dispatch-path", size, ours=lambda port: _sent(port, "path", 1), plain=_ready, goal=PATH)


def _beside(
    bench: str, size: int, *, ours: Callable[[int], float], plain: Callable[[int], float], goal: float
) -> dict[str, object]:
    """Mails a second, both by turns on one sink; the median of the rounds."""
    with running_sink() as (sink, port), _due(size):
        rounds = [(_counted(plain, port, size), _counted(ours, port, size)) for _ in range(ROUNDS)]
    baseline, value = (statistics.median(side) for side in zip(*rounds, strict=True))
    return {
        "bench": bench,
        "value": round(value),
        "unit": "mails/s",
        "baseline": round(baseline),
        "ratio": round(value / baseline, 2),
        "goal": goal,
        "ok": value / baseline >= goal,
        "sink": sink,
    }


@contextmanager
def _due(size: int) -> Iterator[None]:
    """So many check-ins in the outbox, as the tick queues them."""
    with planned(size, due=NOW - timedelta(hours=1)):
        LibrarySettings.objects.update_or_create(pk=1, defaults=LIMITS)
        try:
            queue_due(now=NOW)
            yield
        finally:
            LibrarySettings.objects.all().delete()
            Postbox.objects.all().delete()


def _counted(way: Callable[[int], float], port: int, size: int) -> float:
    """Mails a second on this way, each round from the same start."""
    Postbox.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(AGAIN)
        cursor.execute("VACUUM ANALYZE outreach_message")
    return size / way(port)


def _built(port: int) -> float:
    """a, in seconds."""
    words = [(mail.to, mail.subject, mail.text, mail.html) for mail in _mails()]
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number, (to, subject, text, html) in enumerate(words):
            mail = EmailMessage(policy=SMTP)
            mail["From"], mail["To"], mail["Subject"] = "The Library <library@example.org>", to, subject
            mail["Message-ID"] = f"<{number}@example.org>"
            mail.set_content(text)
            mail.add_alternative(html, subtype="html")
            smtp.send_message(mail)
    return time.perf_counter() - started


def _ready(port: int) -> float:
    """b, in seconds."""
    mails = [(mail.to, mail.as_bytes()) for mail in _mails()]
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for to, raw in mails:
            smtp.sendmail("library@example.org", [to], raw)
    return time.perf_counter() - started


def _sent(port: int, how: str, workers: int) -> float:
    """c or d, in seconds: from the word to begin until the last worker has nothing more to send."""
    command = [sys.executable, "-m", "tests.bench.sending_process", how, NOW.isoformat()]
    with TemporaryDirectory() as folder:
        facts = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "EMAIL_URL_BULK": "", "BESIDE": folder}
        crew = [
            subprocess.Popen(  # noqa: S603  (a program of ours, no shell)
                command, env=os.environ | facts, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(workers)
        ]
        for member in crew:
            if member.stdout is None or member.stdout.readline() != "ready\n":
                raise RuntimeError("a worker did not start")
        started = time.time()
        told = [member.communicate("go\n")[0].split() for member in crew]
    sent, due = sum(int(words[0]) for words in told), Message.objects.filter(purpose="check_in").count()
    if sent != due or Message.objects.filter(state="sent", purpose="check_in").count() != due:
        raise RuntimeError(f"{sent} of {due} were sent")
    return max(float(words[1]) for words in told) - started


def _mails() -> list[OutgoingMail]:
    links = LinkMaker(now=NOW)
    due = Message.objects.filter(purpose="check_in").select_related("patron").order_by("pk")
    return [write_out(message, links, NOW) for message in due]


def main() -> None:
    """Print the results, one JSON object a line; a size may be named."""
    sizes = {"size": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    for bench in (bench_dispatch_one, bench_dispatch_two, bench_dispatch_path):
        sys.stdout.write(json.dumps(bench(**sizes)) + "\n")


if __name__ == "__main__":
    main()
