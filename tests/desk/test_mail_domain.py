"""`doctor` says what other mail servers will think of our mail, and what to publish."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.conf import LazySettings

from relcrm.desk.services.mail_domain import look_at_mail_domain
from relcrm.kit import spf
from relcrm.kit.names import NamesAway

SERVER = {
    "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "OPTIONS": {"host": "mail.library.example", "port": 25},
}
SERVICE = {"BACKEND": "anymail.backends.mailgun.EmailBackend", "OPTIONS": {}}
SMTP, MAILGUN = {"default": SERVER, "bulk": SERVER}, {"default": SERVICE, "bulk": SERVICE}
ADDRESS = "198.51.100.7"
OUTSIDE = "8.8.4.4"
GOOD = {
    "library.example": ["v=spf1 a:mail.library.example -all", "something else"],
    "relcrm._domainkey.library.example": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.library.example": ["v=DMARC1; p=none"],
}


@dataclass
class Invented:
    """Names that exist for one test."""

    text: dict[str, list[str]] = field(default_factory=lambda: dict(GOOD))
    mail: dict[str, list[str]] = field(default_factory=lambda: {"library.example": ["mail.library.example"]})
    hosts: dict[str, list[str]] = field(default_factory=lambda: {"mail.library.example": [OUTSIDE]})
    back: dict[str, list[str]] = field(default_factory=lambda: {OUTSIDE: ["mail.library.example"]})
    away: bool = False

    def texts(self, name: str) -> list[str]:
        if self.away:
            raise NamesAway
        return self.text.get(name, [])

    def exchangers(self, name: str) -> list[str]:
        if self.away:
            raise NamesAway
        return self.mail.get(name, [])

    def addresses(self, name: str) -> list[str]:
        return self.hosts.get(name, [])

    def pointers(self, address: str) -> list[str]:
        return self.back.get(address, [])


@pytest.fixture(autouse=True)
def one_sender(settings: LazySettings) -> None:
    settings.MAIL_FROM = settings.MAIL_FROM_BULK = "Northside <letters@library.example>"
    settings.REPLY_DOMAIN = "library.example"
    settings.MAILERS = SMTP
    settings.DKIM_SELECTOR = "relcrm"


def states(names: Invented) -> dict[str, str]:
    return {finding.name: finding.state for finding in look_at_mail_domain(names)}


def words(names: Invented, name: str) -> str:
    return next(finding.words for finding in look_at_mail_domain(names) if finding.name == name)


def test_a_domain_that_publishes_all_of_it_is_well() -> None:
    assert states(Invented()) == dict.fromkeys(("mail_domain", "spf", "dkim", "dmarc", "ptr", "replies"), "ok")


def test_a_domain_without_anything_is_told_what_to_publish() -> None:
    bare = Invented(text={}, mail={}, back={})
    assert set(states(bare).values()) == {"warning"}
    assert "TXT record at library.example: “v=spf1 a:mail.library.example ~all”" in words(bare, "spf")
    assert "_dmarc.library.example" in words(bare, "dmarc")
    assert "_domainkey.library.example" in words(bare, "dkim")
    assert "MX record" in words(bare, "replies")


def test_a_record_that_names_another_server_is_said() -> None:
    other = Invented(text=GOOD | {"library.example": ["v=spf1 ip4:198.51.100.0/24 -all"]})
    assert "does not allow 8.8.4.4" in words(other, "spf")


def test_a_service_is_looked_for_by_its_own_name(settings: LazySettings) -> None:
    settings.MAILERS = MAILGUN
    assert "add “include:mailgun.org”" in words(Invented(), "spf")
    named = Invented(text=GOOD | {"library.example": ["v=spf1 include:mailgun.org ~all"]})
    assert states(named)["spf"] == "ok"
    assert "ptr" not in states(named)


def test_a_key_is_found_under_a_usual_name_and_one_withdrawn_is_said(settings: LazySettings) -> None:
    settings.DKIM_SELECTOR = ""
    usual = Invented(text=GOOD | {"default._domainkey.library.example": ["p=MIGf"]})
    assert states(usual)["dkim"] == "ok"
    gone = Invented(text=GOOD | {"default._domainkey.library.example": ["v=DKIM1; p="]})
    assert "withdrawn" in words(gone, "dkim")


def test_a_parent_domain_speaks_for_its_children(settings: LazySettings) -> None:
    settings.MAIL_FROM = settings.MAIL_FROM_BULK = "letters@books.library.example"
    assert states(Invented())["dmarc"] == "ok"
    settings.REPLY_DOMAIN = "elsewhere.example"
    assert "Set REPLY_DOMAIN" in words(Invented(), "dmarc")


def test_a_second_domain_is_looked_at_too(settings: LazySettings) -> None:
    settings.MAIL_FROM_BULK = "Northside <asks@news.example>"
    bare = words(Invented(), "bulk_mail_domain")
    assert "news.example of MAIL_FROM_BULK is not found" in bare
    found = states(Invented())
    assert {"bulk_dkim", "bulk_dmarc"} <= set(found)
    assert not {"bulk_spf", "bulk_ptr", "bulk_replies"} & set(found), "said once is enough"
    settings.DKIM_SELECTOR = "relcrm, news"
    both = GOOD | {"news._domainkey.news.example": ["p=MIGf"], "_dmarc.news.example": ["v=DMARC1; p=none"]}
    found = states(Invented(text=both))
    assert (found["dkim"], found["bulk_dkim"], found["bulk_dmarc"]) == ("ok", "ok", "warning")
    settings.MAIL_FROM_BULK = "asks@localhost"
    assert "set MAIL_FROM_BULK before" in words(Invented(), "bulk_mail_domain")


def test_a_second_way_out_has_to_be_allowed_too(settings: LazySettings) -> None:
    settings.MAILERS = {"default": SERVER, "bulk": SERVICE}
    found = states(Invented())
    assert (found["spf"], found["bulk_spf"]) == ("ok", "warning")
    assert "bulk_dkim" not in found


def test_two_records_are_none() -> None:
    twice = Invented(text=GOOD | {"library.example": ["v=spf1 -all", "v=spf1 ~all"]})
    assert "several records" in words(twice, "spf")
    twice = Invented(text=GOOD | {"_dmarc.library.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]})
    assert "several records" in words(twice, "dmarc")


def test_an_address_that_points_elsewhere_is_said() -> None:
    assert "does not point back" in words(Invented(back={OUTSIDE: ["dialup.provider.example"]}), "ptr")


def test_without_a_name_server_nothing_is_claimed() -> None:
    assert states(Invented(away=True)) == {"mail_domain": "warning"}


def test_this_machine_alone_needs_no_name_server(settings: LazySettings) -> None:
    settings.MAIL_FROM = settings.MAIL_FROM_BULK = "library@localhost"
    assert states(Invented(away=True)) == {"mail_domain": "ok"}


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:198.51.100.7 -all", "pass"),
        ("v=spf1 ip4:198.51.100.0/28 -all", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1 mx ~all", "softfail"),
        ("v=spf1 a:two.example -all", "pass"),
        ("v=spf1 include:inner.example -all", "pass"),
        ("v=spf1 include:nothing.example ?all", "neutral"),
        ("v=spf1 redirect=inner.example", "pass"),
        ("v=spf1 -ip4:198.51.100.7 +all", "fail"),
        ("v=spf1 exists:%{i}.example ip4:203.0.113.1", "neutral"),
        ("", "none"),
    ],
)
def test_who_may_send(record: str, result: str) -> None:
    names = Invented(
        text={"one.example": [record] if record else [], "inner.example": ["v=spf1 ip4:198.51.100.7 -all"]},
        hosts={"two.example": [ADDRESS]},
    )
    assert spf.result_for(ADDRESS, "one.example", names) == result


@pytest.mark.parametrize("record", ["v=spf1 include:one.example -all", "v=spf1 ip4:300.1.1.1 -all", "v=spf1 ip4: -all"])
def test_a_record_nobody_can_use(record: str) -> None:
    with pytest.raises(spf.BrokenRecord):
        spf.result_for(ADDRESS, "one.example", Invented(text={"one.example": [record]}))
