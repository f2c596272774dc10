"""The mail server of a trial: a process of its own that writes down each mail before it says that it took it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


class MailServer:
    """`with MailServer(folder, "dot=drop-after@0.02") as server: ...`; the faults are those of tests.smtp_faults."""

    def __init__(self, folder: Path, *faults: str, seed: int = 1, byte_seconds: float = 1.0) -> None:
        self.ledger = folder / f"accepted-{os.urandom(4).hex()}.jsonl"
        self._command = [
            *(sys.executable, "-m", "tests.smtp_sink", "--ledger", str(self.ledger), "--seed", str(seed)),
            *("--byte-seconds", str(byte_seconds), "--faults", *faults),
        ]

    @property
    def url(self) -> str:
        """What EMAIL_URL has to be."""
        return f"smtp://127.0.0.1:{self.port}"

    def accepted(self) -> list[tuple[str, str]]:
        """(Message-ID, address) of every mail it took, in order."""
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        taken = [json.loads(line) for line in lines]
        return [(one["message_id"], address) for one in taken for address in one["to"]]

    def __enter__(self) -> MailServer:
        self._process = subprocess.Popen(  # noqa: S603  (our own command line)
            self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
