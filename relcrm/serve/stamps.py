"""Stamps: what was done, for which state of the files, so that a second start does not do it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from relcrm.kit.env import ROOT, VAR
from relcrm.serve.places import write_private

APPS = ("library", "patrons", "catalog", "engagement", "outreach")


@dataclass
class Stamp:
    """One step and the files its result rests on."""

    name: str
    files: Iterable[Path]
    var: Path = VAR

    @property
    def path(self) -> Path:
        """Where the stamp is kept."""
        return self.var / "run" / f"{self.name}.done"

    @cached_property
    def state(self) -> str:
        """Changes whenever one of the files does, or comes, or goes."""
        facts = sorted(f"{path}:{path.stat().st_mtime_ns}" for path in self.files if path.is_file())
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    def is_fresh(self) -> bool:
        """Whether the step was done for the files as they are."""
        return self.path.is_file() and self.path.read_text() == self.state

    def set(self) -> None:
        """The step is done."""
        write_private(self.path, self.state)


def of_preparation() -> Stamp:
    """Tables, translations, static files and demo of the embedded database."""
    files = [ROOT / "uv.lock", ROOT / "relcrm" / "settings.py", VAR / "pg" / "PG_VERSION"]
    files += (ROOT / "static").rglob("*")
    files += (ROOT / "relcrm" / "locale").rglob("*.[pm]o")
    for app in APPS:
        files += (ROOT / app / "migrations").glob("*.py")
    return Stamp("prepared", files)
