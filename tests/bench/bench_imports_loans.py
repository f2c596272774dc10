"""What importing loans costs with ledger lines and scores, beside a bare COPY, upsert and insert of the same file.

50,000 readers with profile consent and 20,000 titles; the loans of four years, most of them back.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import connection

from tests.bench.bench_scores import run, seconds

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROWS, LOANS_EACH, TITLES = 1_000_000, 20, 20_000
RATIO, MEGABYTES = 3.0, 300.0
HEADER = (
    "issue_id",
    "borrowernumber",
    "biblionumber",
    "barcode",
    "branchcode",
    "issuedate",
    "date_due",
    "returndate",
    "renewals_count",
)
EMPTY = """
TRUNCATE patrons_patron, catalog_title, engagement_loan, engagement_loanchange, engagement_interaction,
    engagement_score, library_branch, library_importrun CASCADE
"""
PEOPLE = """
INSERT INTO patrons_patron (public_id, name, search_text, email, language, audience, branch_id, time_zone, standing,
    link_generation, my_page_opened, created_at, ils_id, phone, postal_address, category, preferred_channel, frequency,
    reading_history, by_hand)
SELECT 'P-' || n, 'Reader ' || n, ' reader ' || n, '', 'en', 'adult', %(branch)s, '', 'own', 1, 0, %(now)s, n::text, '',
    '', '', 'email', 'any', 'default', '{}'
FROM generate_series(1, %(people)s) AS n;
INSERT INTO patrons_consent (patron_id, purpose, wording, wording_version, language, how, given_at)
SELECT id, 'profile', 'Yes.', 'bench', 'en', 'import', %(now)s FROM patrons_patron;
INSERT INTO catalog_title (name, authors, original_name, language, audience, isbns, formats, source, source_key,
    search_text)
SELECT 'Book ' || n, '{}', '', '', '', '{}', '{}', 'koha', 'biblionumber:' || n, ' book ' || n
FROM generate_series(1, %(titles)s) AS n
"""
BRANCH = """
INSERT INTO library_branch (name, slug, time_zone, is_open, ils_codes)
VALUES ('Main', 'main', 'Africa/Johannesburg', true, '{CPL}') RETURNING id
"""
BARE_COPY = f"COPY bare ({', '.join(HEADER)}) FROM STDIN WITH (FORMAT csv, HEADER)"
BARE_LOANS = """
INSERT INTO engagement_loan (source_key, patron_id, title_id, title_words, branch_id, borrowed_at, borrowed_as, due_at,
    returned_at, returned_as, renewals, let_go)
SELECT encode(sha256(issue_id::bytea), 'hex'), patron.id, title.id, '', %(branch)s, issuedate::timestamptz, '',
    date_due::timestamptz, returndate::timestamptz, '', renewals_count::smallint, false
FROM bare
JOIN patrons_patron AS patron ON patron.ils_id = borrowernumber
JOIN catalog_title AS title ON title.source_key = 'biblionumber:' || biblionumber
ON CONFLICT (source_key) DO UPDATE SET patron_id = excluded.patron_id, title_id = excluded.title_id,
    branch_id = excluded.branch_id, borrowed_at = excluded.borrowed_at, due_at = excluded.due_at,
    returned_at = excluded.returned_at, renewals = excluded.renewals
"""
BARE_LINES = """
INSERT INTO engagement_interaction (source_key, kind, day, at, patron_id, branch_id, audience, language, started_by,
    tests, transactional, relational, rules, value, title_id, recorded_at, import_run)
SELECT source_key, 'loan', borrowed_at::date, borrowed_at, patron_id, branch_id, 'adult', 'en', 'patron', 'nynnn', 1, 0,
    1, '', title_id, %(now)s::date, 1
FROM engagement_loan
"""


@dataclass(frozen=True)
class Measured:
    """Seconds for the file, ours and bare, and the most memory the command ever held."""

    rows: int
    ours: float
    bare: float
    megabytes: float
    megabytes_of_few: float


def bench_import_loans(size: int = ROWS) -> dict[str, object]:
    """Loans, ledger lines, journal and scores of a Koha file; the goal is a ratio."""
    found = measured(size)
    ratio = found.ours / found.bare
    return {
        "bench": "import-loans",
        "value": round(found.rows / found.ours),
        "unit": "rows/s",
        "baseline": round(found.rows / found.bare),
        "ratio": round(ratio, 3),
        "goal": RATIO,
        "ok": ratio <= RATIO,
    }


def bench_import_loans_memory(size: int = ROWS) -> dict[str, object]:
    """The most memory the command ever held, asked of the system; the baseline is the same for a hundred rows."""
    found = measured(size)
    return {
        "bench": "import-loans-memory",
        "value": round(found.megabytes, 1),
        "unit": "MB",
        "baseline": round(found.megabytes_of_few, 1),
        "ratio": round(found.megabytes / found.megabytes_of_few, 3),
        "goal": MEGABYTES,
        "ok": found.megabytes <= MEGABYTES,
    }


@cache
def measured(size: int) -> Measured:
    """One import of each kind, into tables that are empty but for readers and titles."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few.csv", Path(folder) / "loans.csv"
        write_loans(few, 100)
        write_loans(many, size)
        with _library(size):
            _seconds, megabytes_of_few = _command(few)
        with _library(size) as branch:
            bare = seconds(lambda: _bare_import(many, branch))
        with _library(size):
            ours, megabytes = _command(many)
    return Measured(size, ours, bare, megabytes, megabytes_of_few)


def write_loans(path: Path, rows: int) -> None:
    """So many loans in the order of their days, as Koha reports them."""
    people, spread = max(1, rows // LOANS_EACH), timedelta(days=1460) / rows
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for n in range(rows):
            at = NOW - (rows - n) * spread
            back = "" if n > rows * 0.97 else f"{at + timedelta(days=14, minutes=n % 700):%Y-%m-%d %H:%M:%S}"
            reader, title = n * 7919 % people + 1, n * 104_729 % TITLES + 1
            due = f"{at + timedelta(days=28):%Y-%m-%d} 23:59:00"
            writer.writerow([n + 1, reader, title, f"3{n:09}", "CPL", f"{at:%Y-%m-%d %H:%M:%S}", due, back, n % 3])


def _command(file: Path) -> tuple[float, float]:
    """Seconds and megabytes of import_loans, as it says itself and as the system says."""
    command = [sys.executable, "manage.py", "import_loans", str(file), "--preset", "koha", "--json"]
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out)  # noqa: S603  (our own command)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told = out.read().splitlines()
    if process.returncode:
        raise RuntimeError(f"import_loans ended with {process.returncode}")
    return float(json.loads(told[-1])["seconds"]), used.ru_maxrss / 1024


def _bare_import(file: Path, branch: int) -> None:
    """The shortest way by hand: one COPY, one upsert, one insert, one commit; no check, no journal, no score."""
    columns = ", ".join(f"{name} text" for name in HEADER)
    with connection.cursor() as cursor, file.open(encoding="utf-8", newline="") as lines:
        cursor.execute("BEGIN")
        cursor.execute(f"CREATE TEMPORARY TABLE bare ({columns}) ON COMMIT DROP")
        cursor.copy_expert(BARE_COPY, lines)
        cursor.execute("ANALYZE bare")
        cursor.execute(BARE_LOANS, {"branch": branch})
        cursor.execute(BARE_LINES, {"now": NOW})
        cursor.execute("COMMIT")


@contextmanager
def _library(loans: int) -> Iterator[int]:
    """A library with readers and titles and no loan; empty again at the end. Gives its branch."""
    run(EMPTY)
    with connection.cursor() as cursor:
        cursor.execute(BRANCH)
        branch = int(cursor.fetchone()[0])
    people = max(1, loans // LOANS_EACH)
    run(PEOPLE, {"branch": branch, "now": NOW, "people": people, "titles": TITLES})
    run("VACUUM ANALYZE patrons_patron, patrons_consent, catalog_title")
    run("CHECKPOINT")  # what went before is on the disk, and waits for nobody
    try:
        yield branch
    finally:
        run(EMPTY)


def main() -> None:
    """Print the results, one JSON object a line; a size may be named."""
    sizes = {"size": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    for bench in (bench_import_loans, bench_import_loans_memory):
        sys.stdout.write(json.dumps(bench(**sizes)) + "\n")
