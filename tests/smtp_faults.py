"""In which ways a mail server fails, and when."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

STEPS = ("banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot", "rset", "quit")
WAYS = ("drop", "drop-after", "hang", "hang-after", "trickle", "close")


@dataclass(frozen=True)
class Fault:
    """What happens at a step of the conversation.

    does: an answer such as "450 4.2.0 Later"; or `drop` (hangs up without doing it), `drop-after` (does it and hangs up
    without a word), `hang`, `hang-after` (the same, and stays silent), `trickle` (does it and says so a byte a second)
    or `close` (does it, says so and hangs up). An answer of 421 hangs up too.
    chance: how often. mails: only at these mails, counted from 1 over all connections. to: only for this recipient.
    """

    at: str
    does: str
    chance: float = 1.0
    mails: tuple[int, ...] = ()
    to: str = ""

    def __post_init__(self) -> None:
        if self.at not in STEPS or not (self.does in WAYS or self.does[:3].isdigit()):
            raise ValueError(f"no such fault: {self.at}={self.does}")

    @property
    def answer(self) -> str:
        """What is said instead of the usual; empty: the usual."""
        return self.does if self.does[:3].isdigit() else ""


class Faults:
    """All that is to go wrong; the first that fits a step happens. The same seed throws the same dice."""

    def __init__(self, faults: list[Fault], seed: int = 0) -> None:
        self.listed = faults
        self._dice = random.Random(seed)  # noqa: S311  (dice, not secrets)
        self._lock = threading.Lock()

    def at(self, step: str, mail: int, to: list[str]) -> Fault | None:
        """What goes wrong at this step of this mail."""
        for fault in self.listed:
            fits = fault.at == step and (not fault.mails or mail in fault.mails) and (not fault.to or fault.to in to)
            if fits and self._thrown(fault.chance):
                return fault
        return None

    def _thrown(self, chance: float) -> bool:
        with self._lock:
            return chance >= 1 or self._dice.random() < chance


def fault_from(words: str) -> Fault:
    """A fault as it is typed: `dot=drop-after`, with a chance `rcpt=450 4.2.0 Later@0.1`."""
    at, _, does = words.partition("=")
    does, _, chance = does.partition("@")
    return Fault(at, does, float(chance or 1))


# The ways that tests name by one word.
MODES: dict[str, list[Fault]] = {
    "accept": [],
    "refuse-rcpt": [Fault("rcpt", "550 5.1.1 No such reader here")],
    "put-off-rcpt": [Fault("rcpt", "451 4.7.1 Come back later")],
    "refuse-data": [Fault("dot", "554 5.7.1 Not wanted")],
    "put-off-data": [Fault("dot", "451 4.3.0 Try again later")],
    "drop-mid-data": [Fault("body", "drop")],
    "drop-before-accept": [Fault("dot", "drop")],
    "accept-then-drop": [Fault("dot", "drop-after")],
    "hang-after-dot": [Fault("dot", "hang-after")],
    "busy": [Fault("mail", "421 4.3.2 Too many connections")],
}
