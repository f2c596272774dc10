"""The bytes of a mail mean what the email package makes of the same mail, whatever was typed into it."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32
from email.policy import default as modern
from email.utils import parseaddr
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.mail.envelope import MissingLink, write_mail
from outreach.mail.headers import Mailbox
from outreach.mail.wire import OutgoingMail, boundary_for
from outreach.models import Message
from relcrm.kit.mail import Rendered

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
URLS = {"letter": "https://read.example.org/letters/abc/", "unsubscribe": "https://read.example.org/unsubscribe/x/"}
RETURN_PATH = "bounce+m7.0123456789abcdef@library.example"
# Everything a person, an import or an attacker may type; halves of characters too.
ANYTHING = st.characters(exclude_categories=())
NASTY = st.sampled_from(
    [
        *("\r", "\n", "\r\n", "\r\r\n", "\n.\n", "\n..x\n", "\nFrom me\n", "From ", " \n", "\t\n", "\n ", "  ", "\x0b"),
        *("\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff", "\xa0", "\ud83d", "\U0001f4da"),
        *("שלום", "كتاب", "é", "=", "=\n", "=?utf-8?q?=0D=0ABcc:_x?=", "?=", '"', "\\", "<", ">", "@", ",", ";", ":"),
        *("\r\nBcc: all@example.org\r\n", "\nBcc: all@example.org", "{link:letter}", "{link:letter?pick-7=loved}"),
        *("x" * 80, "x" * 1100, "é" * 400, "word " * 40, "--part-", "\n--\n", "{", "}", "{name}"),
    ]
)
WORDS = st.lists(st.one_of(NASTY, st.text(ANYTHING, max_size=12)), max_size=8).map("".join)
NAMES = st.one_of(st.text(max_size=60), WORDS.map(lambda words: words[:120]))
ID = st.from_regex(r"<[a-zA-Z0-9.+=_-]{1,40}@[a-z.]{1,20}>", fullmatch=True)
FOLLOWED = st.one_of(st.just(""), ID, st.tuples(ID, ID).map(" ".join), st.text(max_size=80))
HEADERS = [
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Precedence", "Auto-Submitted", "X-Auto-Response-Suppress"),
    *("MIME-Version", "Content-Type"),
]


def a_message(**over: Any) -> Message:
    values: dict[str, Any] = {
        "pk": 7,
        "purpose": "check_in",
        "kind": "asked_for",
        "consent": "check_in",
        "to_address": "iris@example.org",
        "to_name": "Iris",
        "from_name": "Amara Lee",
        "reply_to": "reply+t12.0123456789abcdef@library.example",
        "message_id": "<check_in.0123456789abcdef0123456789abcdef01234567@library.example>",
    }
    return Message(**(values | over))


def written(words: Rendered | None = None, **over: Any) -> OutgoingMail:
    words = words or Rendered("Three books", "Dear Iris,\n", "<p>Dear Iris,</p>\n")
    return write_mail(a_message(**over), words=words, urls=URLS, return_path=RETURN_PATH, now=NOW)


def parsed(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=modern)
    assert isinstance(mail, EmailMessage)
    return mail


def headers_of(mail: EmailMessage) -> list[tuple[str, str]]:
    named = [(name, str(value)) for name, value in mail.items()]
    return [(name, re.sub(r'boundary="[^"]+"', "boundary", value)) for name, value in named]


def parts_of(mail: EmailMessage) -> list[tuple[str, str | None, str]]:
    parts = list(mail.iter_parts())
    contents = [part.get_content().replace("\r\n", "\n") for part in parts if isinstance(part, EmailMessage)]
    return [
        (part.get_content_type(), part.get_content_charset(), words)
        for part, words in zip(parts, contents, strict=True)
    ]


TYPED = st.fixed_dictionaries(
    {"subject": WORDS, "text": WORDS, "html": WORDS, "to_name": NAMES, "from_name": NAMES, "in_reply_to": FOLLOWED}
)
PLAIN = {"subject": "a", "text": "b", "html": "c", "to_name": "d", "from_name": "e", "in_reply_to": ""}


@settings(max_examples=120, deadline=None)
@given(TYPED, st.sampled_from(Message.Kind.values))
@example(PLAIN | {"subject": "=?utf-8?q?=0D=0ABcc:_x?=", "text": "From me\nFrom you", "html": "\ud83d"}, "asked_for")
@example(PLAIN | {"to_name": '"A" <b@example.org>', "from_name": "A\r\nBcc: b"}, "answering")
@example(PLAIN | {"subject": "a\u2028b", "text": ".", "html": "..\r.\r\n", "to_name": "é" * 120}, "library_started")
@example(PLAIN | {"from_name": "0 \xa00"}, "answering")
@example(PLAIN | {"from_name": "\\", "in_reply_to": "<a@b>\r\nBcc: x@example.org"}, "asked_for")
def test_the_bytes_mean_what_the_email_package_makes_of_the_mail(typed: dict[str, str], kind: str) -> None:
    words = Rendered(typed.pop("subject"), typed.pop("text"), typed.pop("html"))
    try:
        mail = written(words, kind=kind, **typed)
    except MissingLink:
        return
    raw = mail.as_bytes()
    assert read_by_header(raw, "Subject") == mail.subject
    for name, mailbox in (("From", mail.written_by), ("To", mail.written_to), ("Reply-To", mail.reply_to)):
        assert read_by_header(raw, name) == mailbox
    _means_the_same(raw, mail.as_mail().as_bytes())
    assert parts_of(parsed(raw))[0][2] == "\n".join(_lines(mail.text)) + "\n"
    _travels(raw)


def read_by_header(raw: bytes, name: str) -> Mailbox | str:
    """The header as a mail program shows it (RFC 2047): the subject, or the name and the address."""
    value = re.sub(r"\r?\n(?=[ \t])", "", email.message_from_bytes(raw, policy=compat32)[name])
    if name == "Subject":
        return str(make_header(decode_header(value)))
    shown, address = parseaddr(value)
    return Mailbox(str(make_header(decode_header(shown))), address)


def _means_the_same(raw: bytes, reference: bytes) -> None:
    """Header by header, body by body; but not where the package folds a name, and so changes it.

    Spaces count alike: the package's reader loses those that do not break. `read_by_header` sees every one.
    """
    ours, theirs = parsed(raw), parsed(reference)
    folded = [name for name in ("Subject", "From", "To", "Reply-To") if "\n" in _raw(raw, name) + _raw(reference, name)]
    same = zip(headers_of(ours), headers_of(theirs), strict=True)
    differ = [
        (one, other)
        for one, other in same
        if [" ".join(part.split()) for part in one] != [" ".join(part.split()) for part in other]
    ]
    assert [(one, other) for one, other in differ if one[0] not in folded] == []
    assert parts_of(ours) == parts_of(theirs)
    assert [part.defects for part in ours.walk()] == [[], [], []]
    # Every header is one of ours, once.
    found = list(ours.keys())
    assert found == [name for name in HEADERS if name in found]
    assert [len(ours[name].addresses) for name in ("From", "To", "Reply-To")] == [1, 1, 1]


def _raw(raw: bytes, name: str) -> str:
    return str(email.message_from_bytes(raw, policy=compat32)[name])


def _lines(words: str) -> list[str]:
    lines = re.split(r"\r\n|\r|\n", words)
    return lines[:-1] if lines[-1] == "" and len(lines) > 1 else lines


def _travels(raw: bytes) -> None:
    """SMTP's own rules: ASCII, CR LF and nothing else as line end, no line longer than 998."""
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def headers_of_a(kind: str, **over: Any) -> dict[str, str]:
    return dict(headers_of(parsed(written(kind=kind, **over).as_bytes())))


@override_settings(
    MAIL_FROM="letters@library.example", MAIL_FROM_BULK="News <news@library.example>", LIBRARY_NAME="Bib"
)
def test_a_letter_says_that_a_person_wrote_it_and_a_check_in_how_to_stop_it() -> None:
    letter = headers_of_a("answering", purpose="letter", consent="")
    assert letter["From"] == "Amara Lee <letters@library.example>"
    assert letter["Auto-Submitted"] == "no"
    assert not {"List-Id", "List-Unsubscribe", "Precedence", "X-Auto-Response-Suppress"} & set(letter)
    check_in = headers_of_a("asked_for")
    assert check_in["From"] == "Amara Lee <news@library.example>"
    assert check_in["List-Id"] == "Bib <check-ins.library.example>"
    assert check_in["List-Unsubscribe"] == f"<{URLS['unsubscribe']}>"
    assert check_in["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (check_in["Auto-Submitted"], check_in["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert "Precedence" not in check_in
    started = headers_of_a("library_started", consent="proactive")
    assert (started["Precedence"], started["List-Id"]) == ("bulk", "Bib <suggestions.library.example>")
    for mail in (letter, check_in, started):
        assert mail["Reply-To"] == "Amara Lee <reply+t12.0123456789abcdef@library.example>"


@override_settings(LIBRARY_NAME="Médiathèque, Lyon")
def test_the_librarys_name_stands_in_for_a_librarians() -> None:
    mail = parsed(written(from_name="").as_bytes())
    assert mail["From"].addresses[0].display_name == "Médiathèque, Lyon"
    assert mail["List-Id"] == "<check-ins.localhost>"


def test_an_answer_follows_the_readers_mail_and_the_threads_first() -> None:
    assert "References" not in headers_of_a("answering")
    later = headers_of_a("answering", in_reply_to="<first@library.example> <theirs@mail.example>")
    assert later["In-Reply-To"] == "<theirs@mail.example>"
    assert later["References"] == "<first@library.example> <theirs@mail.example>"
    assert "In-Reply-To" not in headers_of_a("answering", in_reply_to="not an id\r\nBcc: all@example.org")


def test_a_mail_is_the_same_bytes_each_time_and_its_boundary_is_in_none_of_its_parts() -> None:
    assert written().as_bytes() == written().as_bytes()
    boundary = boundary_for("<1@x>", b"")
    other = boundary_for("<1@x>", b"--" + boundary.encode())
    assert other != boundary
    assert other == boundary_for("<1@x>", boundary.encode())
    mail = written(Rendered("Books", f"--{boundary_for(a_message().message_id)}--\n", "<p></p>"))
    assert [part.get_content_type() for part in parsed(mail.as_bytes()).iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "address",
    ["", "iris", "@example.org", "a b@example.org", "a@b@example.org", "jürgen@example.org", "a@example..org"]
    + ["a@example.org\r\nBcc: b@example.org", "<a@example.org>", "a@exa mple.org", "a@", '"a"b@example.org'],
)
def test_an_address_no_mail_can_be_sent_to_is_refused_before_anything_leaves(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        written(to_address=address)


def test_an_address_outside_ascii_or_in_quotation_marks_is_written_as_servers_know_it() -> None:
    assert written(to_address="anna@bücher.example").to == "anna@xn--bcher-kva.example"
    quoted = parsed(written(to_address='"anna b"@example.org').as_bytes())
    assert quoted["To"].addresses[0].addr_spec == '"anna b"@example.org'


def test_words_that_are_no_letter_are_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        written(Rendered("Books", "x" * 2_000_001, ""))
    assert "\0" not in written(Rendered("B\0ooks", "a\0b", "\ud83d")).text
