"""What the domain name system says: the few questions that mail depends on."""

from __future__ import annotations

from typing import Any, Protocol

import dns.exception
import dns.resolver
import dns.reversename

PATIENCE_SECONDS = 3.0


class NamesAway(Exception):
    """No name server answered; nothing is known either way."""


class Names(Protocol):
    """Answers about names. What does not exist is an empty list. Raises NamesAway."""

    def texts(self, name: str) -> list[str]:
        """TXT records, each as one text."""
        ...

    def exchangers(self, name: str) -> list[str]:
        """Hosts that take mail for the name (MX), the preferred first."""
        ...

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses."""
        ...

    def pointers(self, address: str) -> list[str]:
        """Names an address points back to (PTR)."""
        ...


class RealNames:
    """Asks the name servers this machine uses."""

    def texts(self, name: str) -> list[str]:
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def exchangers(self, name: str) -> list[str]:
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        hosts = [record.exchange.to_text(omit_final_dot=True) for record in records]
        return [host for host in hosts if host]  # a single dot says: no mail here (RFC 7505)

    def addresses(self, name: str) -> list[str]:
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def pointers(self, address: str) -> list[str]:
        name = dns.reversename.from_address(address).to_text()
        return [record.target.to_text(omit_final_dot=True) for record in self._ask(name, "PTR")]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(dns.resolver.resolve(name, kind, lifetime=PATIENCE_SECONDS))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, dns.exception.Timeout) as error:
            raise NamesAway from error
        except dns.exception.DNSException:
            return []  # no name at all, e.g. with a label that is too long
