"""One claimed batch: message after message through the gate, and exactly what is known of each written down.

What a batch knows outlives a lost connection to the database: it is told again once the database is back, so that
nothing is sent twice and nothing is in doubt that this process is sure of.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import DatabaseError, InterfaceError, connection

from outreach.mail.envelope import write_mail
from outreach.mail.filling import words_of
from outreach.mail.wire import OutgoingMail
from outreach.models import Message
from outreach.services.gate import Accepted, pass_gate, release
from outreach.services.links import LinkMaker
from outreach.services.reply_addresses import return_path
from outreach.services.transports.outcome import Outcome, Result, Transport
from relcrm.kit.stopwatch import Stopwatch

BATCH_SECONDS = 5.0
BACKOFF = (1, 5, 15, 60, 240)
# How much of a wait may fall away by chance, so that what was refused together does not come back together.
JITTER = 0.2
# Pauses before asking whether the database is back: half a minute together.
PATIENCE = (0.1, 0.4, 1.0, 2.0, 4.0, 8.0, 15.0)
GONE = (DatabaseError, InterfaceError)

log = logging.getLogger(__name__)


@dataclass
class Batch:
    """The messages of one claim on their way out of one sender. `chance` gives numbers from 0 to 1."""

    transport: Transport
    now: datetime
    watch: Stopwatch
    chance: Callable[[], float]
    results: list[Result] = field(default_factory=list)
    down: bool = False
    _known: list[tuple[Message, Outcome]] = field(default_factory=list)
    _owed: tuple[Message, Outcome] | None = None

    @cached_property
    def _links(self) -> LinkMaker:
        return LinkMaker(now=self.now)

    def send(self, messages: list[Message], *, stop: Callable[[], bool]) -> None:
        """Send one after the other, for five seconds at most; what was not begun goes back.

        Raises DatabaseError when the database went away and did not come back.
        """
        waiting = deque(messages)
        began = self.watch.seconds
        try:
            while waiting and not self.down and not stop() and self.watch.seconds - began <= BATCH_SECONDS:
                outcome = self._hand_over(waiting[0])
                self._learn(waiting.popleft(), outcome)
            self._pay()
            release(messages=waiting)
        except GONE:
            log.exception("the database went away in the middle of a batch")
            self._tell_again(waiting)

    def _hand_over(self, message: Message) -> Outcome:
        """One message. Whatever breaks here is about this message, but for the database itself."""
        leaving = False

        def gate() -> bool:
            nonlocal leaving
            leaving, settled = pass_gate(message=message, at=self.watch.at, before=self._accepted())
            self._count(Result.SENT, settled)
            self._owed = None
            return leaving

        try:
            mail = write_out(message, self._links, self.now)
        except GONE:
            raise
        except Exception as error:
            # A row that cannot be written as a mail must not stop the others; a person sees it with its reason.
            log.exception("message %s cannot be written", message.pk)
            return Outcome(Result.FAILED, f"It could not be written as a mail: {error}"[:300])
        try:
            return self.transport.send(mail, gate=gate)
        except GONE:
            raise
        except Exception as error:
            log.exception("message %s broke on its way", message.pk)
            return Outcome(Result.UNKNOWN if leaving else Result.LATER, f"It broke on its way out: {error}"[:300])

    def _learn(self, message: Message, outcome: Outcome) -> None:
        """Remember it, and write it down: an acceptance with the next message's mark, all else at once."""
        self._known.append((message, outcome))
        self.down = self.down or outcome.down
        if outcome.result is Result.SENT:
            self._pay()
            self._owed = message, outcome
        else:
            self._count(outcome.result, self._record(message, outcome))

    def _accepted(self) -> Accepted | None:
        """The acceptance that is not written down yet."""
        if self._owed is None:
            return None
        message, outcome = self._owed
        return Accepted(message, self.now, outcome.receipt[:200], outcome.provider_id[:200])

    def _pay(self) -> None:
        """Write down the acceptance that no further mark has carried."""
        if self._owed is not None:
            message, outcome = self._owed
            self._count(Result.SENT, self._record(message, outcome))
            self._owed = None

    def _tell_again(self, waiting: deque[Message]) -> None:
        """After the database came back: every outcome of this batch once more, and what was never begun goes back.

        What was written already is not touched again (attempt and state fence it); marks that a crash lost are not
        missed, because the outcome says more.
        """
        for pause in PATIENCE:
            connection.close()
            try:
                for message, outcome in self._known:
                    self._count(outcome.result, self._record(message, outcome))
                release(messages=waiting)
            except GONE:
                time.sleep(pause)
            else:
                self._owed = None
                return
        raise DatabaseError("The database went away while mails were leaving, and did not come back in time.")

    def _record(self, message: Message, outcome: Outcome) -> bool:
        return record_outcome(message=message, outcome=outcome, now=self.now, chance=self.chance)

    def _count(self, result: Result, settled: bool) -> None:
        if settled:
            self.results.append(result)


def write_out(message: Message, links: LinkMaker, now: datetime) -> OutgoingMail:
    """The mail as it leaves, with the reader's own links."""
    words, urls = words_of(message), links.urls_of(message)
    return write_mail(message, words=words, urls=urls, return_path=return_path(message=message.pk), now=now)


def record_outcome(
    *, message: Message, outcome: Outcome, now: datetime, chance: Callable[[], float] = lambda: 0.0
) -> bool:
    """Write down what happened to this attempt. False: the row has moved on, the result came too late to count.

    A definite answer still settles a row that its expired lease had put in doubt meanwhile.
    """
    if outcome.result is Result.HELD:
        release(messages=[message])
        return False
    attempt = Message.objects.filter(pk=message.pk, attempt=message.attempt, state__in=["sending", "unknown"])
    changes = _changes(message, outcome, now, chance)
    return attempt.update(lease_until=None, reason=outcome.words[:300], **changes) == 1


def _changes(message: Message, outcome: Outcome, now: datetime, chance: Callable[[], float]) -> dict[str, object]:
    if outcome.result is Result.SENT:
        known = {"receipt": outcome.receipt[:200], "provider_id": outcome.provider_id[:200]}
        return {"state": Message.State.SENT, "sent_at": now, **known}
    if outcome.result is Result.LATER:
        wait = timedelta(minutes=BACKOFF[min(message.refusals, len(BACKOFF) - 1)])
        return {
            "state": Message.State.QUEUED,
            "phase": Message.Phase.NONE,
            "due_at": now + wait * (1 - JITTER * chance()),
            "refusals": message.refusals + 1,
        }
    return {"state": Message.State.FAILED if outcome.result is Result.FAILED else Message.State.UNKNOWN}
