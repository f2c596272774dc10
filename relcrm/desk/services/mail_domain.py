"""Whether other mail servers will believe that our mail is ours, and what to publish where they would not.

SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), the name an address points back to, and where answers arrive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from relcrm.desk.services.health import FAILED, OK, WARNING, Finding
from relcrm.kit import spf
from relcrm.kit.names import Names, NamesAway

NAMES_OF_ONE_MACHINE = {"", "localhost"}
# Where a mail service signs and sends: what it wants to be named as.
INCLUDES = {
    "amazon_ses": "amazonses.com",
    "brevo": "spf.brevo.com",
    "mailersend": "_spf.mailersend.net",
    "mailgun": "mailgun.org",
    "mailjet": "spf.mailjet.com",
    "mandrill": "spf.mandrillapp.com",
    "postmark": "spf.mtasv.net",
    "resend": "amazonses.com",
    "sendgrid": "sendgrid.net",
    "sparkpost": "sparkpostmail.com",
}
USUAL_SELECTORS = (
    *("default", "mail", "dkim", "google", "selector1", "selector2", "k1", "k2", "s1", "s2", "smtp", "mx", "mta"),
    *("pm", "pic", "mailo", "krs", "resend", "mandrill", "mailjet", "brevo1", "brevo2", "mlsend", "scph0316", "2026"),
)


@dataclass(frozen=True)
class Sender:
    """How our mail goes out: `domain` readers see, `returns` in the envelope, `host` or `service` that carries it.

    `setting` names where the domain is set.
    """

    setting: str
    domain: str
    returns: str
    host: str
    service: str


def look_at_mail_domain(names: Names) -> Iterator[Finding]:
    """A finding each for the domain, SPF, DKIM, DMARC, PTR and the way back; one, where no name server answers.

    Of the second sender, whose findings begin with `bulk_`, only what is not the same.
    """
    letters, bulk = sender_of("default"), sender_of("bulk")
    said = list(_look_at_sender(letters, names))
    yield from said
    if (bulk.domain, bulk.host, bulk.service) != (letters.domain, letters.host, letters.service):
        known = {finding.words for finding in said}
        for finding in _look_at_sender(bulk, names):
            if finding.words not in known:
                yield replace(finding, name=f"bulk_{finding.name}")


def _look_at_sender(sender: Sender, names: Names) -> Iterator[Finding]:
    if sender.domain in NAMES_OF_ONE_MACHINE:
        state = FAILED if settings.PRODUCTION else OK
        words = f"Mails come from this machine only; set {sender.setting} before readers get any."
        yield Finding("mail_domain", state, words)
        return
    try:
        yield from list(_looks(sender, names))
    except NamesAway:
        words = f"No name server answers, so what {sender.domain} publishes could not be looked at."
        yield Finding("mail_domain", WARNING, words)


def sender_of(alias: str) -> Sender:
    """What the settings say of one of the two senders."""
    mailer: dict[str, Any] = settings.MAILERS.get(alias) or settings.MAILERS["default"]
    options, backend = mailer.get("OPTIONS", {}), str(mailer["BACKEND"])
    setting = "MAIL_FROM_BULK" if alias == "bulk" else "MAIL_FROM"
    return Sender(
        setting=setting,
        domain=parseaddr(getattr(settings, setting))[1].rpartition("@")[2].lower(),
        returns=settings.REPLY_DOMAIN.lower(),
        host=str(options.get("host", "")),
        service=backend.split(".")[-2] if backend.startswith("anymail.") else "",
    )


def _looks(sender: Sender, names: Names) -> Iterator[Finding]:
    yield _look_at_domain(sender, names)
    yield _look_at_spf(sender, names)
    yield _look_at_dkim(sender, names)
    yield _look_at_dmarc(sender, names)
    if sender.host:
        yield _look_at_pointer(sender, names)
    yield _look_at_way_back(sender, names)


def _look_at_domain(sender: Sender, names: Names) -> Finding:
    if names.exchangers(sender.domain) or names.addresses(sender.domain):
        return Finding("mail_domain", OK, f"Mails come from {sender.domain}, which exists.")
    words = f"The domain {sender.domain} of {sender.setting} is not found; many servers refuse mail from it."
    return Finding("mail_domain", WARNING, words)


def _look_at_spf(sender: Sender, names: Names) -> Finding:
    """The envelope's domain is the one that counts for SPF; where reports come back to is ours (REPLY_DOMAIN)."""
    domain = sender.returns
    allowed = f"include:{INCLUDES[sender.service]}" if sender.service in INCLUDES else f"a:{sender.host or 'YOUR-HOST'}"
    publish = f"Publish a TXT record at {domain}: “v=spf1 {allowed} ~all”."
    try:
        record = spf.record_of(domain, names)
        if not record:
            return Finding("spf", WARNING, f"{domain} does not say who may send its mail (no SPF record). {publish}")
        if sender.service in INCLUDES:
            named = INCLUDES[sender.service] in record.lower()
            words = f"The SPF record of {domain} does not name {INCLUDES[sender.service]}; add “{allowed}” to it."
            return (
                Finding("spf", OK, f"{domain} names its mail service (SPF).")
                if named
                else Finding("spf", WARNING, words)
            )
        return _judge_spf(sender, record, names)
    except spf.BrokenRecord as error:
        return Finding("spf", WARNING, f"The SPF record of {domain} does not work: {error}.")


def _judge_spf(sender: Sender, record: str, names: Names) -> Finding:
    outside = _outside(sender.host, names)
    if not outside:
        words = f"{sender.returns} has an SPF record ({record}); make sure that it names the server our mail leaves by."
        return Finding("spf", OK, words)
    refused = [one for one in outside if spf.result_for(one, sender.returns, names) != "pass"]
    if refused:
        words = (
            f"The SPF record of {sender.returns} does not allow {refused[0]} ({sender.host}); add “a:{sender.host}”."
        )
        return Finding("spf", WARNING, words)
    return Finding("spf", OK, f"{sender.returns} allows {sender.host} to send its mail (SPF).")


def _look_at_dkim(sender: Sender, names: Names) -> Finding:
    """Selectors cannot be listed: those of DKIM_SELECTOR are looked up, else the usual ones are tried."""
    named = settings.DKIM_SELECTOR.replace(",", " ").split()
    for selector in named or USUAL_SELECTORS:
        keys = [text for text in names.texts(f"{selector}._domainkey.{sender.domain}") if "p=" in text]
        if keys and any(_has_key(text) for text in keys):
            return Finding("dkim", OK, f"{sender.domain} has a signing key at “{selector}” (DKIM).")
        if keys:
            words = f"The signing key at “{selector}” of {sender.domain} is withdrawn (an empty p=); publish a new one."
            return Finding("dkim", WARNING, words)
    where = f"at “{settings.DKIM_SELECTOR}”" if named else "under the usual names"
    words = (
        f"No signing key (DKIM) was found {where} for {sender.domain}. Let the mail server sign with d={sender.domain},"
        f" headers List-Unsubscribe and List-Unsubscribe-Post included, publish its key at"
        f" SELECTOR._domainkey.{sender.domain}, and set DKIM_SELECTOR."
    )
    return Finding("dkim", WARNING, words)


def _has_key(text: str) -> bool:
    tags = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    return bool(tags.get("p", "").strip())


def _look_at_dmarc(sender: Sender, names: Names) -> Finding:
    """A parent domain's record holds for its children (RFC 7489 6.6.3; the list of public suffixes is not asked)."""
    publish = (
        f"Publish a TXT record at _dmarc.{sender.domain}: “v=DMARC1; p=none; rua=mailto:postmaster@{sender.domain}”."
    )
    labels = sender.domain.split(".")
    places = [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]
    for place in places:
        records = [text for text in names.texts(f"_dmarc.{place}") if text.lower().startswith("v=dmarc1")]
        if len(records) > 1:
            return Finding("dmarc", WARNING, f"_dmarc.{place} has several records, so that none counts; keep one.")
        if records:
            return _judge_dmarc(sender, place)
    return Finding("dmarc", WARNING, f"{sender.domain} has no DMARC record; large mail services want one. {publish}")


def _judge_dmarc(sender: Sender, place: str) -> Finding:
    if sender.returns == place or sender.returns.endswith(f".{place}"):
        return Finding("dmarc", OK, f"{place} has a DMARC record, and reports come back to the same house.")
    words = (
        f"{place} has a DMARC record, but reports on our mail go to {sender.returns}: SPF does not count for"
        f" {sender.domain}. Set REPLY_DOMAIN to a domain under {place}, or rely on DKIM alone."
    )
    return Finding("dmarc", WARNING, words)


def _look_at_pointer(sender: Sender, names: Names) -> Finding:
    outside = _outside(sender.host, names)
    if not outside:
        return Finding(
            "ptr", OK, f"{sender.host} is in our own network; its way out has to point back to its name (PTR)."
        )
    for address in outside:
        back = names.pointers(address)
        if not any(address in names.addresses(name) for name in back):
            words = (
                f"{address} ({sender.host}) does not point back to its name (PTR); ask whoever gave you the address."
            )
            return Finding("ptr", WARNING, words)
    return Finding("ptr", OK, f"{sender.host} and its address point at each other (PTR).")


def _outside(host: str, names: Names) -> list[str]:
    """Addresses of the host that others see; none for one in our own network."""
    try:
        found = [str(ip_address(host))]
    except ValueError:
        found = names.addresses(host)
    return [address for address in found if ip_address(address).is_global]


def _look_at_way_back(sender: Sender, names: Names) -> Finding:
    if names.exchangers(sender.returns):
        return Finding("replies", OK, f"Answers and reports go to {sender.returns}, which takes mail.")
    words = (
        f"{sender.returns} takes no mail (no MX record), so answers and reports get lost. Publish an MX record for it"
        " and hand its mail to manage.py receive_mail, or to the mail service's inbound hook."
    )
    return Finding("replies", WARNING, words)
