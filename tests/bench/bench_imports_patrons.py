"""What importing patrons costs, beside a bare COPY and upsert of the same file; and the memory a large file takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.utils import timezone

from library.models import ImportRun
from library.services.imports import open_run
from patrons.services.imports.importer import run_import
from tests.bench.bench_scores import run, seconds
from tests.bench.koha_file import HEADER, write_koha

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROWS, MANY = 200_000, 1_000_000
RATIO, MEGABYTES = 3.0, 300.0
EMPTY = """
TRUNCATE patrons_patron, patrons_card, patrons_household, patrons_patronchange, library_importissue, library_importrun
CASCADE
"""
# What whoever writes it by hand would call the record, so that there is something to conflict with.
BARE_KEYS = """
UPDATE patrons_patron AS p SET public_id = 'P-' || k.number FROM patrons_card AS k WHERE k.patron_id = p.id
"""
BARE_COPY = (
    f"COPY bare ({', '.join(HEADER)}) FROM STDIN WITH (FORMAT csv, HEADER, FORCE_NOT_NULL ({', '.join(HEADER)}))"
)
BARE_PATRONS = """
INSERT INTO patrons_patron (public_id, name, search_text, email, language, audience, branch_id, time_zone, standing,
    link_generation, my_page_opened, created_at, ils_id, phone, postal_address, birth_year, category, joined_on,
    card_expires_on, preferred_channel, frequency, reading_history, by_hand)
SELECT 'P-' || cardnumber, firstname || ' ' || surname, ' ' || lower(firstname || ' ' || surname), email,
    CASE lang WHEN 'af-ZA' THEN 'af' ELSE 'en' END, 'adult', NULL::bigint, '', 'own', 1, 0, %(now)s, '', phone,
    streetnumber || ' ' || address || ', ' || city || ', ' || zipcode || ', ' || country,
    left(dateofbirth, 4)::smallint, categorycode, dateenrolled::date, dateexpiry::date, 'email', 'any', 'default', '{}'
FROM bare WHERE cardnumber <> ''
ON CONFLICT (public_id) DO UPDATE SET name = excluded.name, search_text = excluded.search_text, email = excluded.email,
    language = excluded.language, phone = excluded.phone, postal_address = excluded.postal_address,
    birth_year = excluded.birth_year, category = excluded.category, joined_on = excluded.joined_on,
    card_expires_on = excluded.card_expires_on
"""
BARE_CARDS = """
INSERT INTO patrons_card (patron_id, number)
SELECT p.id, b.cardnumber FROM bare AS b JOIN patrons_patron AS p ON p.public_id = 'P-' || b.cardnumber
WHERE b.cardnumber <> '' ON CONFLICT (number) DO UPDATE SET patron_id = excluded.patron_id
"""


def bench_import_patrons(size: int = ROWS) -> dict[str, object]:
    """A Koha file into a library that has half of it, every second of them changed; the goal is a ratio."""
    with tempfile.TemporaryDirectory() as folder, cleared():
        file, older = Path(folder) / "koha.csv", Path(folder) / "older.csv"
        write_koha(file, size)
        write_koha(older, size // 2, older=True)
        bare, ours = [], []
        for _ in range(2):
            half_full(older)
            run(BARE_KEYS)
            run("VACUUM ANALYZE patrons_patron, patrons_card")
            bare.append(seconds(lambda: bare_import(file)))
            half_full(older)
            run("VACUUM ANALYZE patrons_patron, patrons_card")
            ours.append(seconds(lambda: whole_import(file)))
    ratio = min(ours) / min(bare)
    return {
        "bench": "import-patrons",
        "value": round(size / min(ours)),
        "unit": "rows/s",
        "baseline": round(size / min(bare)),
        "ratio": round(ratio, 3),
        "goal": RATIO,
        "ok": ratio <= RATIO,
    }


def bench_import_patrons_memory(size: int = MANY) -> dict[str, object]:
    """The most memory the command ever held while it imported a large file: its own process, asked of the system.

    The baseline is the same command with a file of a hundred rows.
    """
    with tempfile.TemporaryDirectory() as folder, cleared():
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write_koha(small, 100)
        write_koha(large, size)
        baseline, peak = peak_of(small), peak_of(large)
    return {
        "bench": "import-patrons-memory",
        "value": round(peak, 1),
        "unit": "MB",
        "baseline": round(baseline, 1),
        "ratio": round(peak / baseline, 3),
        "goal": MEGABYTES,
        "ok": peak <= MEGABYTES,
    }


def half_full(older: Path) -> None:
    run(EMPTY)
    whole_import(older)


def whole_import(file: Path) -> ImportRun:
    started = open_run(what="patrons", file_name=file.name, preset="koha", now=NOW, size=file.stat().st_size)
    return run_import(run=started, path=file, clock=timezone.now)


def bare_import(file: Path) -> None:
    """The shortest way by hand: one COPY, two upserts, one commit; no check, no journal, no report."""
    columns = ", ".join(f"{name} text NOT NULL" for name in HEADER)
    with connection.cursor() as cursor, file.open(encoding="utf-8", newline="") as lines:
        cursor.execute("BEGIN")
        cursor.execute(f"CREATE TEMPORARY TABLE bare ({columns}) ON COMMIT DROP")
        cursor.copy_expert(BARE_COPY, lines)
        cursor.execute(BARE_PATRONS, {"now": NOW})
        cursor.execute(BARE_CARDS)
        cursor.execute("COMMIT")


def peak_of(file: Path) -> float:
    """Peak resident memory of the command in MB."""
    command = [sys.executable, "manage.py", "import_patrons", str(file), "--preset", "koha"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  (our own command)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"import_patrons ended with {process.returncode}")
    return used.ru_maxrss / 1024


@contextmanager
def cleared() -> Iterator[None]:
    """Nobody in the library before and after."""
    run(EMPTY)
    try:
        yield
    finally:
        run(EMPTY)


def main() -> None:
    """Print the results, one JSON object a line; a size may be named."""
    sizes = {"size": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    for bench in (bench_import_patrons, bench_import_patrons_memory):
        sys.stdout.write(json.dumps(bench(**sizes)) + "\n")
