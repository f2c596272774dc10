"""Audit lines: who did what to which object. Each line carries the digest of the one before it (SEC-41)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction

from library.models import AuditLine, User

ONE_AT_A_TIME = 7_016_301  # an advisory lock of our own: lines are chained, so they are written one after the other
CHUNK = 2000
HEAD = "audit-head"  # beside the database: the newest line as the tick last saw it


@transaction.atomic
def write_line(
    *, what: str, thing: str, reference: str = "", fields: Sequence[str] = (), by: User | None = None, now: datetime
) -> AuditLine:
    """Add one line to the chain, in the transaction of the act itself.

    `what` is 'thing.verb' ('note.viewed'); `fields` are names, never values; a patron's `reference` is the random one
    of patrons.services.references. `by` is None for programs and readers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    previous = AuditLine.objects.order_by("-pk").values_list("digest", flat=True).first() or ""
    line = AuditLine(
        at=now,
        actor=by.username if by else "",
        what=what,
        thing=thing,
        reference=reference,
        fields=list(fields),
        previous=previous,
    )
    line.digest = digest_of(line)
    line.save()
    return line


def digest_of(line: AuditLine) -> str:
    """SHA-256 over the line and the digest before it."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    words = [line.previous, at, line.actor, line.what, line.thing, line.reference, list(line.fields)]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the chain: how many lines were read, and the first one that does not fit (None: all do)."""

    lines: int
    number: int | None = None
    fault: str = ""  # changed, missing, inserted or cut
    words: str = "Every line follows from the one before it."

    @property
    def whole(self) -> bool:
        return not self.fault


def verify_chain(*, folder: Path | None = None) -> Verdict:
    """Read every line in order, in pieces, and find the first that was changed, taken out or put in.

    `folder` holds the newest line as the tick last saw it (`keep_head`), so that a cut-off end shows too.
    """
    read, last = 0, ""
    for line in AuditLine.objects.order_by("pk").iterator(chunk_size=CHUNK):
        fault = _fault_of(line, last)
        if fault:
            return fault_at(read, line.pk, fault)
        read, last = read + 1, line.digest
    head = read_head(folder) if folder else None
    if head and not AuditLine.objects.filter(pk=head[0], digest=head[1]).exists():
        return fault_at(read, head[0], "cut")
    return Verdict(read)


FAULTS = {
    "changed": "Line {} was changed after it was written.",
    "missing": "One or more lines just before line {} are missing.",
    "inserted": "One or more lines just before line {} were put in, or their order was changed.",
    "cut": "The end is cut off: line {} was there when last looked at. Or an older database was restored.",
}


def fault_at(read: int, number: int, fault: str) -> Verdict:
    """The verdict on a chain that breaks at this line."""
    return Verdict(read, number, fault, FAULTS[fault].format(number))


def _fault_of(line: AuditLine, last: str) -> str:
    if digest_of(line) != line.digest:
        return "changed"
    if line.previous == last:
        return ""
    known = not line.previous or AuditLine.objects.filter(digest=line.previous).exists()
    return "inserted" if known else "missing"


def keep_head(*, folder: Path, anyway: bool = False) -> bool:
    """Note the newest line beside the database; False when nothing new was there to note.

    A newest line that is older than the one noted is not taken over (`anyway`: it is, after a restore).
    """
    newest = AuditLine.objects.order_by("-pk").values_list("pk", "digest").first()
    noted = read_head(folder)
    if newest is None or newest == noted or (noted and newest[0] < noted[0] and not anyway):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{HEAD}.new"
    fresh.write_text(json.dumps({"line": newest[0], "digest": newest[1]}) + "\n")
    fresh.replace(folder / HEAD)
    return True


def read_head(folder: Path) -> tuple[int, str] | None:
    """The number and the digest of the newest line as noted; None: nothing noted yet."""
    try:
        noted = json.loads((folder / HEAD).read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        return (0, "unreadable")
    return int(noted["line"]), str(noted["digest"])
