"""Compiles translations with Babel, so that no machine needs GNU gettext: `python -m relcrm.serve.messages`."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from relcrm.kit.env import ROOT
from relcrm.serve.processes import say

LOCALES = ROOT / "relcrm" / "locale"


def compile_messages(folder: Path = LOCALES) -> list[Path]:
    """Write each `django.mo` that is missing or older than its `django.po`; return those written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as words:
            catalogue = read_po(words, locale=source.parent.parent.name)
        half = target.with_suffix(".mo.new")
        with half.open("wb") as compiled:
            write_mo(compiled, catalogue)
        half.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_messages():
        say(f"compiled {path.relative_to(ROOT)}")
