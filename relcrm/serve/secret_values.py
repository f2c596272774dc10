"""var/secrets: what `make run` makes up when nobody has set it, readable by its owner only."""

from __future__ import annotations

import secrets
from pathlib import Path

from relcrm.kit.env import SECRETS
from relcrm.serve.places import one_at_a_time, write_private

NAMES = ("SECRET_KEY", "NOTES_KEY", "WEBHOOK_SECRET")


def write_missing_secrets(path: Path = SECRETS) -> list[str]:
    """Add the secrets the file does not have yet; what is there stays as it is. Returns the names added."""
    with one_at_a_time(path.parent / "run" / "secrets.lock"):
        words = path.read_text() if path.is_file() else ""
        known = {line.partition("=")[0].strip() for line in words.splitlines()}
        missing = [name for name in NAMES if name not in known]
        if missing:
            start = words if not words or words.endswith("\n") else words + "\n"
            write_private(path, start + "".join(f"{name}={secrets.token_urlsafe(64)}\n" for name in missing))
        path.chmod(0o600)
    return missing
