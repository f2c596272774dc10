"""What is known of a mail after one attempt, and what every way out has to offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from outreach.mail.wire import OutgoingMail

Gate = Callable[[], bool]
LONGEST = 200


class Result(Enum):
    """The only things that can have happened (reference: the SMTP boundary)."""

    SENT = "sent"  # accepted
    LATER = "later"  # certainly not accepted, may be tried again
    FAILED = "failed"  # certainly not accepted, and never will be
    UNKNOWN = "unknown"  # handed over, no answer
    HELD = "held"  # the gate was closed: nothing was handed over


@dataclass(frozen=True)
class Outcome:
    """A result with the reason in words a librarian understands.

    `down`: the way out itself does not work now, so there is no use in trying the next mail.
    `receipt`: what the server said when it took it; `provider_id`: what the mail service calls it from now on.
    """

    result: Result
    words: str = ""
    down: bool = False
    receipt: str = ""
    provider_id: str = ""


class Transport(Protocol):
    """A way out. It asks the gate once, right before the mail cannot be called back, and stops where it is closed."""

    def send(self, mail: OutgoingMail, *, gate: Gate) -> Outcome:
        """Hand over one mail."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def quoted(words: str | bytes) -> str:
    """A server's own words, in one short line between quotation marks."""
    return f"“{plain(words)}”"


def plain(words: str | bytes) -> str:
    """What somebody else's machine said, as one short line that can be shown: no control codes, no turned letters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:2000]).split())[:LONGEST]
