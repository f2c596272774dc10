"""`make bench`: run the benchmarks on a database of their own, one JSON object a line; `--only` chooses by name."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module

import django
from django.core.management import call_command

from relcrm.kit.env import VAR, load_secrets
from relcrm.serve.embedded import start_postgres

DATABASE = "bench"
# The module is imported only after Django is set up.
BENCHES = {
    "import-patrons": "bench_imports_patrons.bench_import_patrons",
    "import-patrons-memory": "bench_imports_patrons.bench_import_patrons_memory",
    "import-loans": "bench_imports_loans.bench_import_loans",
    "import-loans-memory": "bench_imports_loans.bench_import_loans_memory",
    "dispatch-one": "bench_dispatch.bench_dispatch_one",
    "dispatch-two": "bench_dispatch.bench_dispatch_two",
    "dispatch-path": "bench_dispatch.bench_dispatch_path",
    "dispatch-queue": "bench_queueing.bench_dispatch_queue",
    "dispatch-idle": "bench_queueing.bench_dispatch_idle",
    "mail-bombs": "bench_mail.bench_bombs",
    "mail-growth": "bench_mail.bench_growth",
    "score-event": "bench_scores.bench_score_event",
    "score-rebuild": "bench_scores.bench_score_rebuild",
    "score-rank": "bench_scores.bench_score_rank",
    "score-drift": "bench_drift.bench_score_drift",
    "score-explain": "bench_scores.bench_score_explain",
    "ledger-forget": "bench_scores.bench_ledger_forget",
    "ledger-size": "bench_scores.bench_ledger_size",
    "contact-candidates": "bench_candidates.bench_contact_candidates",
    "page-card": "bench_card.bench_card",
    "page-my": "bench_card.bench_my_page",
    "page-desk": "bench_desk.bench_desk",
    "page-growth": "bench_growth.bench_page_growth",
    "report-pages": "bench_reports.bench_report_pages",
    "report-pdf": "bench_reports.bench_report_pdf",
    "contact-rank": "bench_contacts.bench_contact_rank",
    "page-search": "bench_people.bench_search",
    "page-search-titles": "bench_search.bench_search",
}


def main() -> int:
    """0 when the chosen benchmarks ran, whatever they found; 1 when no name has that part."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help="only the benchmarks whose name has this part")
    parser.add_argument("--patrons", type=int, default=1_000_000, help="readers of the large library (default 1000000)")
    parser.add_argument("--wipe", action="store_true", help="take the large libraries away first; they are built anew")
    asked = parser.parse_args()
    part = asked.only
    chosen = {name: place for name, place in BENCHES.items() if part in name}
    if not chosen:
        sys.stderr.write(f"No benchmark has '{part}' in its name; there are {', '.join(BENCHES)}.\n")
        return 1
    set_up()
    library = import_module("tests.bench.big_library")
    library.choose(asked.patrons)
    if asked.wipe:
        library.wipe()
    for place in chosen.values():
        module, function = place.split(".")
        outcome = getattr(import_module(f"tests.bench.{module}"), function)()
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()
    return 0


def set_up() -> None:
    """A server with the durability of a real one, and tables that fit the code."""
    load_secrets()
    server, os.environ["DATABASE_URL"] = start_postgres(VAR / "pg-bench", DATABASE)
    server.ensure_database(DATABASE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    # Pages name their files as `make run` would serve them.
    call_command("collectstatic", verbosity=0, interactive=False)


if __name__ == "__main__":
    sys.exit(main())
