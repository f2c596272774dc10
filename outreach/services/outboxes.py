"""What is noted beside the database of the mails it knows, so that an older or a copied one gives itself away."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

# The house, the highest number of a message, and, where a beat ticks, the time of its last tick.
LINE = re.compile(r"(\S{1,64}) (\d{1,18})(?: (\d{4}-\d\d-\d\dT[0-9:.]{8,15}[+-]\d\d:\d\d))?$")


@dataclass(frozen=True, slots=True)
class Noted:
    """What was last seen of one house."""

    number: int
    ticked_at: datetime | None = None

    def with_later(self, other: Noted) -> Noted:
        """The later of both, number and tick each by itself."""
        ticks = [at for at in (self.ticked_at, other.ticked_at) if at]
        return Noted(max(self.number, other.number), max(ticks, default=None))


def read_noted(instance: str) -> Noted | None:
    """What was last seen of this house here; None: it is not known here. Lines that are none are passed over."""
    return _lines().get(instance)


def note(instance: str, seen: Noted, *, anyway: bool = False) -> None:
    """Keep what was seen; never something earlier than what is noted, unless a person said so (`anyway`)."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _alone():
        lines = _lines()
        known = lines.get(instance)
        lines[instance] = seen if known is None or anyway else known.with_later(seen)
        if lines[instance] != known:
            _write(lines)


def _lines() -> dict[str, Noted]:
    try:
        found = [LINE.match(line) for line in _file().read_text(encoding="utf-8").splitlines()]
    except (FileNotFoundError, UnicodeDecodeError):
        return {}
    return {
        line[1]: Noted(int(line[2]), datetime.fromisoformat(line[3]) if line[3] else None) for line in found if line
    }


def _write(lines: dict[str, Noted]) -> None:
    """All of it or nothing, also when the power fails."""
    fresh = _file().with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        for instance, seen in lines.items():
            tick = f" {seen.ticked_at.isoformat()}" if seen.ticked_at else ""
            file.write(f"{instance} {seen.number}{tick}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(_file())


@contextmanager
def _alone() -> Iterator[None]:
    """One writer at a time, whichever process it is in."""
    with _file().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file() -> Path:
    return Path(settings.BESIDE) / "outboxes"
