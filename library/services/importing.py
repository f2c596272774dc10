"""What every import is to those who run it: a command, a worker behind the wizard, a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from library.models import ImportRun

if TYPE_CHECKING:
    from library.services.imports import Issue  # it needs the errors below

Clock = Callable[[], datetime]


class Cancelled(Exception):
    """Somebody asked the run to stop; nothing of it is kept."""


class UnreadableFile(Exception):
    """The whole file is not something this program reads; the message says what it is and what would do."""


class UndoTooLate(Exception):
    """The journal of the run is gone, or it was undone already."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a column can mean. `by_rule`: the run's options may say whether the file or our own value wins."""

    name: str
    label: str
    required: bool = False
    by_rule: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file as they would come in, and what the file is.

    `preset` is the recognised one ('' for none); `header` the column names (dotted for JSON and XML); `rows` are the
    values by field name with their line; `issues` of these rows.
    """

    preset: str
    header: Sequence[str]
    rows: Sequence[Mapping[str, Any]] = ()
    issues: Sequence[Issue] = field(default_factory=tuple)


class Importer(Protocol):
    """One kind of import: patrons, loans, titles, copies or interactions. Modules fit it as well as objects."""

    @property
    def WHAT(self) -> str: ...  # noqa: N802  (a module's constants are what fits)

    @property
    def FIELDS(self) -> Sequence[Field]: ...  # noqa: N802  (as above)

    @property
    def PRESETS(self) -> Mapping[str, str]:  # noqa: N802  (as above)
        """Name -> what people call it."""

    def preview_file(self, *, path: Path, preset: str, mapping: Mapping[str, Any], now: datetime) -> Preview:
        """At most 20 rows, nothing written. Raises UnreadableFile."""

    def run_import(self, *, run: ImportRun, path: Path, clock: Clock) -> ImportRun:
        """Read, plan and apply; the run says how (preset, mapping, options, dry_run) and keeps state, phase, progress,
        issues and counts. All rows in one transaction, or none. Raises Cancelled, UnreadableFile; the run is ended
        accordingly (cancelled, failed) before it passes through.
        """

    def undo_import(self, *, run: ImportRun, now: datetime) -> Mapping[str, int]:
        """Reverse a run: {'reversed', 'kept', 'gone'}; kept rows are listed among the run's issues (rejected=False)
        with the reason. Raises UndoTooLate.
        """
