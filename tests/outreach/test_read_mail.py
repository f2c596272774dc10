"""An incoming mail is told apart and read: people's words, programs' answers, reports and complaints."""

from __future__ import annotations

import base64
import re

import pytest

from outreach.mail.reading.incoming import Incoming, read_mail
from tests.outreach.mail_samples import OUR_ID, OUR_PATH, READER, Sample, mail, person, report
from tests.outreach.mail_samples_kinds import KINDS, feedback, parted, text
from tests.outreach.mail_samples_servers import SERVERS
from tests.outreach.mail_samples_world import ABSENCES, WORLD

REPORTS = [*SERVERS, *WORLD]
# Words that people write, each of which stands in some rule.
EVERYDAY = [
    "I could not deliver the book back in time, sorry about the delay.",
    "The user manual you sent is unknown to me, and the address does not exist any more.",
    "My inbox is full of books. Could you hold the next one until I return from vacation?",
    "Thank you for your message. I have received your letter, and will reply when I return.",
    "Is this automatic? I would like to hear from a person.",
]


def name(sample: Sample) -> str:
    return sample.name


@pytest.mark.parametrize("sample", [*KINDS, *ABSENCES], ids=name)
def test_each_kind_is_known(sample: Sample) -> None:
    found = read_mail(sample.raw)
    assert found.kind == sample.kind, found.why
    assert found.why


@pytest.mark.parametrize("sample", REPORTS, ids=name)
def test_each_servers_report_is_understood(sample: Sample) -> None:
    found = read_mail(sample.raw)
    assert (found.kind, found.permanent) == ("bounce", sample.permanent), found.why
    assert found.reported_address == READER
    assert found.reported_ids == (OUR_ID,) if "@" in sample.raw.decode() and sample in SERVERS else True
    assert found.reported_paths[0] == OUR_PATH
    assert "\n" not in found.words
    if sample.status and sample.status != "5.0.0":
        assert found.status == sample.status


@pytest.mark.parametrize("sample", REPORTS, ids=name)
def test_a_status_has_three_numbers(sample: Sample) -> None:
    found = read_mail(sample.raw)
    assert re.fullmatch(r"([45]\.\d{1,3}\.\d{1,3})?", found.status)
    assert found.permanent is None or found.status


def test_a_status_is_made_from_words() -> None:
    said = {"unknown user": "5.1.1", "mailbox is full": "5.2.2", "unknown host": "5.1.2", "message too large": "5.3.4"}
    for words, status in said.items():
        assert read_mail(report("x", status="", diagnostic=f"smtp; {words}")).status == status


def test_the_other_servers_own_words_are_kept_in_one_line() -> None:
    found = read_mail(report("x", diagnostic="smtp; 550-5.1.1 The account\n\tdoes not exist"))
    assert found.words == "550-5.1.1 The account does not exist"


@pytest.mark.parametrize("words", EVERYDAY)
def test_everyday_words_are_a_persons(words: str) -> None:
    for subject in ("Re: Three books for you", "Undeliverable?", "Delivery of my books", "Holiday", words[:60]):
        found = read_mail(person(words, subject=subject, In_Reply_To=""))
        assert found.kind == "reply", found.why
        assert found.text == words


def test_who_wrote_to_whom_about_what() -> None:
    found = read_mail(person("Yes.", References="<a@x.example> <b@x.example>", Cc="Ben <ben@x.example>"))
    assert (found.from_name, found.from_address) == ("Iris Winter", READER)
    assert found.to == ("reply+t5.0123456789abcdef@books.example.org", "ben@x.example")
    assert found.refers_to == (OUR_ID, "<b@x.example>", "<a@x.example>")
    assert found.message_id == "<own.1@readers.example.net>"
    assert found.subject == "Re: Three books for you"


def test_the_envelopes_address_comes_first() -> None:
    raw = person("Yes.", Delivered_To="box@books.example.org", X_Original_To="old@books.example.org")
    assert read_mail(raw, envelope_to="first@books.example.org").to[:3] == (
        "first@books.example.org",
        "box@books.example.org",
        "old@books.example.org",
    )


def test_an_address_only_the_way_names_is_found() -> None:
    raw = person("Yes.", To="", Received=f"from mx by books.example.org for <{OUR_PATH}>; Mon, 2 Nov 2026")
    assert OUR_PATH in read_mail(raw).to


def test_quoted_words_are_apart() -> None:
    intro = "On Mon, Nov 2, 2026 at 10:00 AM The Library <library@books.example.org> wrote:"
    found = read_mail(person(f"I loved it.\n\n{intro}\n> Dear Iris\n> three books\n"))
    assert found.text == "I loved it."
    assert "three books" in found.quoted


def test_names_and_subjects_in_any_alphabet() -> None:
    found = read_mail(person("да", subject="Re: Три книги", From="=?utf-8?b?0JjRgNC40L3QsA==?= <irina@x.example>"))
    assert (found.subject, found.from_name) == ("Re: Три книги", "Ирина")
    raw = "From: Zoë <zoe@x.example>\nSubject: Café\n\nOui.".encode("latin-1")
    assert (read_mail(raw).subject, read_mail(raw).from_name) == ("Café", "Zoë")


@pytest.mark.parametrize(("charset", "said"), [("utf-8", "nonsense"), ("cp1252", "utf-8"), ("koi8-r", "koi8-r")])
def test_wrong_charsets_are_read_as_far_as_they_go(charset: str, said: str) -> None:
    words = "книга" if charset == "koi8-r" else "Café"
    raw = f"From: a@x.example\nContent-Type: text/plain; charset={said}\n\n".encode() + words.encode(charset)
    assert read_mail(raw).text == words


def test_html_alone_is_read_and_cleaned() -> None:
    page = '<p onclick="x()">I <b>loved</b> it.</p><img src=x onerror=y><a href="http://x">a</a><script>z</script>'
    found = read_mail(mail({"From": READER, "Content-Type": "text/html; charset=utf-8"}, page))
    assert found.text.splitlines()[0] == "I loved it."
    for gone in ("onclick", "img", "http:", "script", "onerror"):
        assert gone not in found.html
    assert "<b>loved</b>" in found.html


def attached(name: str, content: bytes, kind: str = "application/pdf") -> str:
    return (
        f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
    )


def test_files_are_kept() -> None:
    found = read_mail(parted("multipart/mixed", text("See this."), attached("list.pdf", b"books")))
    assert [(file.name, file.content_type, file.size, file.content) for file in found.files] == [
        ("list.pdf", "application/pdf", 5, b"books")
    ]
    assert not found.cut


def test_files_that_run_are_not_kept() -> None:
    found = read_mail(parted("multipart/mixed", text("See this."), attached("list.pdf.exe", b"books")))
    assert [(file.name, file.content) for file in found.files] == [("list.pdf.exe", None)]
    assert found.cut
    assert "a file was not kept" in found.why


@pytest.mark.parametrize("said", ["../../etc/passwd", "C:\\\\secret\\\\passwd", "a/b/passwd", "\u202epasswd"])
def test_a_files_name_leads_nowhere(said: str) -> None:
    found = read_mail(parted("multipart/mixed", text("x"), attached(said, b"x")))
    assert found.files[0].name == "passwd"


def test_a_complaint_names_its_reader_and_our_mail() -> None:
    found = read_mail(feedback("abuse"))
    assert (found.reported_address, found.reported_ids, found.reported_paths) == (READER, (OUR_ID,), (OUR_PATH,))
    assert found.permanent is None


def test_everything_fits_the_database() -> None:
    long = "x" * 5000
    raw = person(long, subject=long, From=f"{long} <a@x.example>", Message_ID=f"<{long}@x>")
    found = read_mail(raw + b"\0\x01")
    assert (len(found.subject), len(found.from_name), len(found.message_id)) == (250, 120, 300)
    assert "\0" not in all_text(found)


def all_text(found: Incoming) -> str:
    return "\n".join([found.text, found.quoted, found.html, found.subject, found.from_name, found.why, *found.to])
