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

# The second sender (EMAIL_URL_BULK) carries what the library starts, so that it cannot hold up an answer.
MAILER_OF = {
    Message.Kind.ANSWERING: "default",
    Message.Kind.ASKED_FOR: "default",
    Message.Kind.LIBRARY_STARTED: "bulk",
}


class Transports:
    """The ways out of one run: opened when first needed, closed at the end, left aside once one is down."""

    def __init__(self) -> None:
        self._open: dict[str, Transport] = {}
        self._down: set[str] = set()

    def __enter__(self) -> Transports:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for transport in self._open.values():
            transport.close()

    def usable_kinds(self) -> list[str]:
        """Kinds of messages whose way out works, as far as this run knows."""
        return [kind for kind, alias in MAILER_OF.items() if alias not in self._down]

    def usable(self, kind: str) -> bool:
        """Whether a message of this kind can be tried."""
        return MAILER_OF[Message.Kind(kind)] not in self._down

    def set_aside(self, kind: str) -> None:
        """This kind's way out does not work now; do not try it again in this run."""
        self._down.add(MAILER_OF[Message.Kind(kind)])

    def for_kind(self, kind: str) -> Transport:
        """The way out for messages of this kind."""
        alias = MAILER_OF[Message.Kind(kind)]
        if alias not in self._open:
            self._open[alias] = transport_for(alias)
        return self._open[alias]


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
