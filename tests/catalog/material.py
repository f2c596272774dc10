"""Real files that tests read where they exist, and running the commands on them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def material(*parts: str) -> Path:
    """A file of the material, or a skipped test that says what is missing."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the material {'/'.join(parts)} is not here")
    return path


def run_import(path: Path, *arguments: str) -> dict[str, Any]:
    """The JSON line of import_titles."""
    return _last_line("import_titles", str(path), *arguments)


def run_find(*arguments: str) -> list[dict[str, Any]]:
    """The titles of find_titles."""
    titles: list[dict[str, Any]] = _last_line("find_titles", *arguments)["titles"]
    return titles


def _last_line(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return answer
