"""What the numbers say, in one sentence above each part. Said only with numbers that may be shown. Pure."""

from __future__ import annotations

from engagement.services.reports.overview import Overview

STEADY = 3
MANIFOLD = 200


def say_loop(overview: Overview) -> str:
    """Requests and letters of the period."""
    requests, letters = (overview.figure(key).value for key in ("requests", "letters"))
    if not isinstance(requests, int) or not isinstance(letters, int):
        return "Too few readers asked in this period to say how many."
    return f"Readers asked for {requests:,} letter{'' if requests == 1 else 's'}, and {letters:,} went out."


def say_points(overview: Overview) -> str:
    """How relational points moved."""
    growth = overview.growth
    if overview.is_running:
        return "This period still runs, so its points are not compared yet."
    if growth is None:
        return "Too little to compare with the period before."
    if abs(growth) < STEADY:
        return "Relational points stayed level with the period before."
    if growth >= MANIFOLD:
        return f"Relational points grew {round(1 + growth / 100)}-fold against the period before."
    return f"Relational points {'grew' if growth > 0 else 'fell'} {abs(growth)} % against the period before."


def say_stages(overview: Overview) -> str:
    """How many readers are in a relationship that goes both ways."""
    people = {row.stage: row.people for row in overview.stages}
    measured = [value for value in people.values() if isinstance(value, int)]
    close = [people["follow_up"], people["proactive"]]
    if not sum(measured):
        return "No stage rests on enough readers to be shown."
    if not all(isinstance(value, int) for value in close):
        return "Each reader with a profile stands on one rung today."
    together = sum(value for value in close if isinstance(value, int))
    if len(measured) < len(people):
        return f"About {together:,} readers with a profile heard back from us and answered."
    return f"About {together:,} of {sum(measured):,} readers with a profile heard back from us and answered."
