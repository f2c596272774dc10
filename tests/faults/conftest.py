"""One house for all trials of a run; the table of what came of them stands at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

from tests.faults.house import House
from tests.faults.invariants import HEAD, Account

RESULTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    made = House()
    yield made
    made.close()


@pytest.fixture
def tell(record_property: pytest.FixtureRequest, request: pytest.FixtureRequest) -> object:
    """Put a line into the table: `tell("what was done", account)`."""

    def write(what: str, account: Account, *, note: str = "") -> None:
        # A property of the report, so that it also comes back from a test that ran in another process.
        request.node.user_properties.append(("fault", f"{what:<58} {account.line}  {note}"))

    return write


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The table of results; the invariants were checked before a line was written."""
    lines = [
        words
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, words in report.user_properties
        if name == "fault"
    ]
    if lines:
        terminalreporter.section("what was broken, and what came of it (every invariant held)")
        terminalreporter.write_line(f"{'':<58} {HEAD}")
        for line in sorted(lines):
            terminalreporter.write_line(line)
