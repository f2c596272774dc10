"""Who may send mail for a domain, as far as its SPF record says (RFC 7208). Macros and `exists` are not followed."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from relcrm.kit.names import Names

MOST_LOOKUPS = 10
SIGNS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class BrokenRecord(Exception):
    """The record cannot be used; the words say why."""


def record_of(domain: str, names: Names) -> str:
    """The domain's SPF record; empty where there is none. Raises BrokenRecord where there are several."""
    found = [text for text in names.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(found) > 1:
        raise BrokenRecord("there are several records, so that none counts")
    return found[0] if found else ""


def result_for(address: str, domain: str, names: Names) -> str:
    """pass, fail, softfail, neutral or none for mail from this address. Raises BrokenRecord."""
    return _Check(address, names).of(domain)


class _Check:
    def __init__(self, address: str, names: Names) -> None:
        self.address, self.names, self.lookups = ip_address(address), names, 0

    def of(self, domain: str) -> str:
        record = record_of(domain, self.names)
        redirect = ""
        for term in record.split()[1:]:
            if term.lower().startswith("redirect="):
                redirect = term.partition("=")[2]
                continue
            sign = term[0] if term[0] in SIGNS else "+"
            if self._fits(term.lstrip("+-~?").lower(), domain):
                return SIGNS[sign]
        if redirect:
            self._count()
            return self.of(redirect)
        return "neutral" if record else "none"

    def _fits(self, term: str, domain: str) -> bool:
        """Whether a mechanism names the address; one we do not follow never does."""
        name, _colon, value = term.partition(":")
        bare, _slash, length = (value or name).partition("/")
        if name == "all":
            return True
        if name in {"ip4", "ip6"}:
            return self._within(value)
        if name == "include":
            self._count()
            return self.of(value) == "pass"
        host = bare if value else domain
        if name.partition("/")[0] == "a":
            self._count()
            return self._among([host], length)
        if name.partition("/")[0] == "mx":
            self._count()
            return self._among(self.names.exchangers(host), length)
        return False

    def _within(self, network: str) -> bool:
        try:
            return self.address in ip_network(network, strict=False)
        except ValueError as error:
            raise BrokenRecord(f"“{network}” is no address") from error

    def _among(self, hosts: list[str], length: str) -> bool:
        found = [address for host in hosts for address in self.names.addresses(host)]
        size = length.partition("/")[0]
        return any(self._within(f"{address}/{size}" if size and "." in address else address) for address in found)

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenRecord("it takes more than ten lookups, so that it does not count")
