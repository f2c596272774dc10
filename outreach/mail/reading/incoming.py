"""An incoming mail, read and told apart. Nothing here knows the database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from outreach.mail.own_words.splitting import split_words
from outreach.mail.reading.addresses import ID_MOST, message_ids
from outreach.mail.reading.complaints import read_complaint
from outreach.mail.reading.delivery_reports import read_report
from outreach.mail.reading.incoming_files import IncomingFile, files_of
from outreach.mail.reading.kinds import BOUNCE, COMPLAINT, kind_of
from outreach.mail.reading.mime_limits import take_apart
from outreach.mail.reading.opened import TEXT_MOST, Opened
from outreach.mail.reading.returned_mail import own_words

__all__ = ["Incoming", "IncomingFile", "read_mail"]
NAME_MOST = 120
# Of what a mail server says, and of the mail it sends back.
REPORT_MOST = 20_000


@dataclass(frozen=True)
class Incoming:
    """What one mail says, whoever sent it. `kind`: reply, auto_reply, bounce, complaint or other.

    text: what they wrote, without quoted words and signature, which are in `quoted`. html: cleaned. refers_to: the
    Message-IDs it answers, the nearest first. to: every address of ours it may have been sent to, the envelope's first.
    reported_*, status, permanent: of a bounce or a complaint; permanent is None where it is not known.
    reported_ids: Message-IDs, and reported_paths: return paths, of the mail that is reported on. why: how we knew the
    kind, in plain words. cut: it was longer than what is kept.
    """

    kind: str
    message_id: str = ""
    refers_to: tuple[str, ...] = ()
    from_address: str = ""
    from_name: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    files: tuple[IncomingFile, ...] = ()
    reported_address: str = ""
    status: str = ""
    permanent: bool | None = None
    reported_ids: tuple[str, ...] = ()
    reported_paths: tuple[str, ...] = ()
    words: str = ""
    why: str = ""
    cut: bool = False


def read_mail(raw: bytes, *, envelope_to: str = "") -> Incoming:
    """Read one RFC 5322 message, however broken. Never raises for what a stranger may send.

    What was too much to keep is left out: `cut` says that it was, and `why` what.
    """
    opened = Opened.of(take_apart(raw), envelope_to)
    kind, why = kind_of(opened)
    name, address = opened.sender
    mail = Incoming(
        kind=kind,
        message_id=opened.head("Message-ID")[:ID_MOST],
        refers_to=_refers_to(opened),
        from_address=address,
        from_name=name[:NAME_MOST],
        to=opened.to,
        subject=opened.subject,
        html=_shown_html(opened),
        why=why,
    )
    if kind == BOUNCE:
        mail = _with_report(mail, opened)
    elif kind == COMPLAINT:
        mail = _with_complaint(mail, opened)
    else:
        mail = _with_words(mail, opened)
    return replace(mail, why="; ".join([mail.why, *opened.cut]), cut=bool(opened.cut))


def _with_words(mail: Incoming, opened: Opened) -> Incoming:
    """What they wrote, what they quoted, and their files."""
    words = split_words(opened.text, opened.marked_html)
    return replace(mail, text=words.text[:TEXT_MOST], quoted=words.quoted[:TEXT_MOST], files=files_of(opened))


def _with_report(mail: Incoming, opened: Opened) -> Incoming:
    """What a delivery report says of our mail."""
    report = read_report(opened)
    return replace(
        _with_words_of_a_machine(mail, opened),
        reported_address=report.address,
        status=report.status,
        permanent=report.permanent,
        reported_ids=report.ids,
        reported_paths=report.paths,
        words=report.words,
        why=f"{mail.why}; {report.because}",
    )


def _with_complaint(mail: Incoming, opened: Opened) -> Incoming:
    complaint = read_complaint(opened)
    return replace(
        _with_words_of_a_machine(mail, opened),
        reported_address=complaint.address,
        reported_ids=complaint.ids,
        reported_paths=complaint.paths,
        words=complaint.words,
    )


def _with_words_of_a_machine(mail: Incoming, opened: Opened) -> Incoming:
    """What the other server says; the mail of ours that came back with it is folded away."""
    own = own_words(opened)
    rest = opened.words.strip("\n")[len(own) :]
    return replace(mail, text=own.strip()[:REPORT_MOST], quoted=rest.strip("\n")[:REPORT_MOST], html="")


def _shown_html(opened: Opened) -> str:
    html = opened.html
    if len(html) > 2 * TEXT_MOST:
        opened.cut.append("its HTML was left out for its size")
        return ""
    return html


def _refers_to(opened: Opened) -> tuple[str, ...]:
    """The Message-IDs it answers, the nearest first."""
    answers = message_ids(str(opened.top.headers.get("In-Reply-To", "")))
    before = message_ids(str(opened.top.headers.get("References", "")))
    return tuple(dict.fromkeys([*answers, *reversed(before)]))[:50]
