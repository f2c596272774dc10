"""Mail into a folder, one file each: for trying things out without a mail server."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from outreach.mail.wire import OutgoingMail
from outreach.services.transports.outcome import Gate, Outcome, Result, quoted


class FolderTransport:
    """Writes `.eml` files. A file is there completely or not at all."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def send(self, mail: OutgoingMail, *, gate: Gate) -> Outcome:
        """Write the file under a name made of its Message-ID and date."""
        try:
            draft = self._write(mail.as_bytes())
        except OSError as error:
            words = f"The mail folder cannot be written to: {error.strerror}."
            return Outcome(Result.LATER, words, down=True)
        except ValueError as error:
            return Outcome(Result.FAILED, f"It could not be written as a mail: {quoted(str(error))}.")
        if not gate():
            draft.unlink()
            return Outcome(Result.HELD)
        try:
            draft.rename(self.folder / self._name(mail))
        except OSError as error:
            draft.unlink(missing_ok=True)
            return Outcome(Result.LATER, f"The mail folder cannot be written to: {error.strerror}.", down=True)
        return Outcome(Result.SENT)

    def close(self) -> None:
        """Nothing stays open."""

    def _write(self, content: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".leaving-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def _name(self, mail: OutgoingMail) -> str:
        when = mail.date.strftime("%Y%m%dT%H%M%S")
        return f"{when}-{re.sub(r'[^A-Za-z0-9._-]', '', mail.message_id)[:100]}.eml"
