"""How long mails made to take long are read, and whether the time grows with their length only."""

from __future__ import annotations

import time
from collections.abc import Callable

from outreach.mail.own_words.splitting import split_words
from outreach.mail.reading.incoming import read_mail
from tests.outreach.endless_words import ENDLESS
from tests.outreach.mail_bombs import BOMBS
from tests.outreach.mail_samples_kinds import KINDS
from tests.outreach.mail_samples_servers import SERVERS

BOMB_SECONDS = 2.0
USUAL_MS = 10.0
# Four times the length: 4 when the time grows with it, 16 when it grows with its square.
GROWTH = 8.0
# Quicker ones are all start and no growth.
LEAST_MS = 2.0


def bench_bombs() -> dict[str, object]:
    """Processor seconds of the slowest bomb; beside it the slowest of the usual mails, in milliseconds."""
    bombs = {name: make() for name, make in BOMBS.items()}
    taken = {name: _quickest(lambda raw=raw: read_mail(raw), times=1) for name, raw in bombs.items()}  # type: ignore[misc]  # (bound at once)
    usual = max(_quickest(lambda raw=each.raw: read_mail(raw)) for each in (*KINDS, *SERVERS))  # type: ignore[misc]  # (bound at once)
    slowest = max(taken, key=lambda name: taken[name])
    return {
        "bench": "mail-bombs",
        "value": round(taken[slowest], 2),
        "unit": "s",
        "slowest": slowest,
        "usual_ms": round(usual * 1000, 2),
        "goal": BOMB_SECONDS,
        "ok": taken[slowest] <= BOMB_SECONDS and usual * 1000 <= USUAL_MS,
    }


def bench_growth() -> dict[str, object]:
    """How many times as long the whole takes as its first quarter, for the words where that is most."""
    found = {name: _growth(words) for name, words in ENDLESS.items()}
    most = max(found, key=lambda name: found[name])
    return {
        "bench": "mail-growth",
        "value": round(found[most], 1),
        "unit": "times for four times the length",
        "most": most,
        "goal": GROWTH,
        "ok": found[most] <= GROWTH,
    }


def _growth(words: str) -> float:
    """The growth of the slower of the two ways to read `words`: as text and as HTML."""
    least = LEAST_MS / 1000

    def both(part: str) -> tuple[float, float]:
        return _quickest(lambda: split_words(part, "")), _quickest(lambda: split_words("", part))

    quarter, whole = both(words[: len(words) // 4]), both(words)
    return max(long / max(short, least) for short, long in zip(quarter, whole, strict=True))


def _quickest(act: Callable[[], object], times: int = 5) -> float:
    """Processor seconds of the quickest of several runs: what else the machine does is not measured."""
    best = float("inf")
    for _ in range(times):
        begun = time.process_time()
        act()
        best = min(best, time.process_time() - begun)
    return best
