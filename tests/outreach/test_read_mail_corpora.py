"""Recorded mails of others are told apart: figures for each collection, and the goals they must reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from outreach.mail.reading.incoming import Incoming, read_mail
from tests.outreach.mail_truth import OTHERS, TABLES, reports_of

MATERIAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "mail"
BOUNCES, REPLIES = MATERIAL / "bounces", MATERIAL / "replies"
pytestmark = pytest.mark.skipif(not BOUNCES.is_dir(), reason=f"there are no recorded mails at {MATERIAL}")

GONE_FOUND, NOT_GONE_CALLED_GONE, REPORTS_KNOWN, STATUS_FOUND, ADDRESS_FOUND = 0.95, 0.02, 0.97, 0.95, 0.95
# Their reports name no address that is the reader's, or none at all.
WITHOUT_ADDRESS = {"aol_01", "dumbass_01", "llnl_01", "yale_01", "tt_bounce_11"}


@dataclass(frozen=True)
class Figures:
    """Shares of one collection, as counts of right and all."""

    gone: tuple[int, int]
    wrongly_gone: tuple[int, int]
    known: tuple[int, int]
    status: tuple[int, int]
    address: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"gone for good found {_share(self.gone)}, others called gone {_share(self.wrongly_gone)},"
            f" reports known as such {_share(self.known)}, status {_share(self.status)}, address {_share(self.address)}"
        )


def _share(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}"


def read_folder(folder: Path) -> Iterator[tuple[str, Incoming]]:
    for path in sorted(folder.iterdir()):
        yield path.stem, read_mail(path.read_bytes())


def figures_of(corpus: str) -> Figures:
    truth, read = reports_of(corpus), dict(read_folder(BOUNCES / corpus))
    mails = {name: read[name] for name in truth}
    gone = [mails[name].permanent is True for name, (said, _status) in truth.items() if said is True]
    wrongly = [mails[name].permanent is True for name, (said, _status) in truth.items() if said is False]
    status = [mails[name].status == code for name, (_said, code) in truth.items() if code]
    address = ["@" in mails[name].reported_address for name in truth if name not in WITHOUT_ADDRESS]
    known = [mail.kind == "bounce" for mail in mails.values()]
    return Figures(*((sum(counts), len(counts)) for counts in (gone, wrongly, known, status, address)))


def test_every_recorded_mail_is_in_the_table() -> None:
    for corpus in TABLES:
        files = {path.stem for path in (BOUNCES / corpus).iterdir()}
        assert files == set(reports_of(corpus)) | set(OTHERS[corpus])


def test_delivery_reports_reach_the_goals(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {corpus: figures_of(corpus) for corpus in TABLES}
    with capsys.disabled():
        for corpus, found in figures.items():
            print(f"\n{corpus}: {found}", end="")  # noqa: T201 (the figures are what this test is for)
    for corpus, found in figures.items():
        assert found.gone[0] >= GONE_FOUND * found.gone[1], corpus
        assert found.wrongly_gone[0] <= NOT_GONE_CALLED_GONE * found.wrongly_gone[1], corpus
        assert found.known[0] >= REPORTS_KNOWN * found.known[1], corpus
        assert found.status[0] >= STATUS_FOUND * found.status[1], corpus
        assert found.address[0] >= ADDRESS_FOUND * found.address[1], corpus


def test_what_is_no_report_is_never_called_one() -> None:
    for corpus, others in OTHERS.items():
        read = dict(read_folder(BOUNCES / corpus))
        assert {name: read[name].kind for name in others} == others


@pytest.mark.skipif(not REPLIES.is_dir(), reason="there are no recorded replies")
def test_every_recorded_reply_is_a_persons() -> None:
    wrong = []
    for path in sorted(path for path in REPLIES.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        kind = b"html" if path.suffix == ".html" else b"plain"
        head = b"From: a@example.org\nTo: b@example.org\nSubject: Re: Hi\nContent-Type: text/" + kind
        mails = [raw] if path.suffix == ".eml" else [raw, head + b"; charset=utf-8\n\n" + raw]
        wrong += [f"{path.name}: {mail.kind} ({mail.why})" for mail in map(read_mail, mails) if mail.kind != "reply"]
    assert wrong == []
