"""Which way out a message takes, by what MAILERS says."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from django.conf import settings

from outreach.models import Message
from outreach.services.transports.folder import FolderTransport
from outreach.services.transports.outcome import Transport
from outreach.services.transports.provider import ProviderTransport
from outreach.services.transports.smtp import SmtpServer, SmtpTransport

# The second sender (EMAIL_URL_BULK) carries everything that is no answer, so that it cannot hold one up.
KINDS_OF = {
    "default": (Message.Kind.ANSWERING,),
    "bulk": (Message.Kind.ASKED_FOR, Message.Kind.LIBRARY_STARTED),
}
SENDERS = tuple(KINDS_OF)


class Transports:
    """The ways out of one run, by sender: opened when first needed, closed at the end, left aside once one is down."""

    def __init__(self) -> None:
        self._open: dict[str, Transport] = {}
        self._down: set[str] = set()

    def __enter__(self) -> Transports:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for transport in self._open.values():
            transport.close()

    def usable(self, sender: str) -> bool:
        """Whether this way out works, as far as this run knows."""
        return sender not in self._down

    def set_aside(self, sender: str) -> None:
        """This way out does not work now; do not try it again in this run."""
        self._down.add(sender)

    def of(self, sender: str) -> Transport:
        """The way out of this sender."""
        if sender not in self._open:
            self._open[sender] = transport_for(sender)
        return self._open[sender]


def transport_for(alias: str) -> Transport:
    """The transport for an entry of MAILERS. SMTP and folders are ours, everything else goes through Django."""
    entry: dict[str, Any] = settings.MAILERS[alias]
    backend, options = entry["BACKEND"], entry.get("OPTIONS", {})
    if backend.endswith("smtp.EmailBackend"):
        return SmtpTransport(
            SmtpServer(
                host=options["host"],
                port=options["port"],
                username=options.get("username", ""),
                password=options.get("password", ""),
                starttls=options.get("use_tls", False),
                tls=options.get("use_ssl", False),
            )
        )
    if backend.endswith("filebased.EmailBackend"):
        return FolderTransport(options["file_path"])
    return ProviderTransport(alias)
