"""Files of imports and exports that still wait: one with somebody who was erased goes at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from library.models import ImportRun
from relcrm.desk.services.exporting import exports_folder
from relcrm.desk.services.importing.uploads import imports_folder

PIECE = 1 << 20
ENCODINGS = ("utf-8", "cp1252", "utf-16-le")
LONG_ENOUGH = 5
GONE = "The file held someone who has been erased, so it was deleted. Bring in a new one."


def drop_files_with(*, words: Sequence[str], now: datetime) -> int:
    """Delete files brought in, and tables written for staff, in which one of these words stands; how many.

    A file that is being read now is left to its run, which knows the tombstones; it goes when the run is done.
    """
    held = set(ImportRun.objects.under_way().exclude(stored_as="").values_list("stored_as", flat=True))
    spoken = [word.encode(code, "ignore") for word in words if len(word) >= LONG_ENOUGH for code in ENCODINGS]
    waiting = [path for folder in (imports_folder(), exports_folder()) for path in folder.iterdir()]
    found = [path for path in waiting if path.name not in held and _holds(path, spoken)]
    for path in found:
        with transaction.atomic():
            runs = ImportRun.objects.filter(stored_as=path.name)
            runs.filter(state=ImportRun.State.DRAFT).delete()
            runs.waiting().update(state=ImportRun.State.FAILED, error=GONE, finished_at=now)
            runs.update(stored_as="")
        path.unlink(missing_ok=True)
    return len(found)


def _holds(path: Path, spoken: Sequence[bytes]) -> bool:
    """Read in pieces that overlap by the longest word."""
    wanted = [word.lower() for word in spoken if word]
    overlap = max(map(len, wanted), default=0)
    if not wanted or not path.is_file():
        return False
    with path.open("rb") as file:
        before = b""
        while piece := file.read(PIECE):
            text = before + piece.lower()
            if any(word in text for word in wanted):
                return True
            before = text[-overlap:]
    return False
