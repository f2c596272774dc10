"""How many answers are told exactly, on public fixtures of other projects and beside the library alone."""

from __future__ import annotations

import email
import hashlib
import re
import tomllib
import warnings
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from outreach.mail.own_words.splitting import split_words
from tests.catalog.material import material

EXPECTED: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("own_words.toml").read_text())
GOAL = 0.9
# The library works through megabytes of marks for minutes.
TOO_LONG = 100_000


@pytest.mark.parametrize("corpus", EXPECTED)
def test_the_answers_of_public_fixtures_are_told_exactly(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = EXPECTED[corpus]
    missed = []
    for name, digest in expected.items():
        text, html = _parts(material("mail", "replies", corpus, name))
        if _digest(split_words(text, html).text) != digest:
            missed.append(name)
    told = len(expected) - len(missed)
    with capsys.disabled():
        print(f"\nown words: {corpus} {told} of {len(expected)}, {_library(corpus)}, missed {missed}")  # noqa: T201 (figures)
    assert told / len(expected) >= GOAL


def _library(corpus: str) -> str:
    """The same files by the library alone, with all its languages."""
    parser = EmailReplyParser(languages=list(MAIL_LANGUAGES))
    told = count = 0
    for name, digest in EXPECTED[corpus].items():
        text, _html = _parts(material("mail", "replies", corpus, name))
        if text and len(text) < TOO_LONG:
            count += 1
            with warnings.catch_warnings():
                # It hands a flag to re.sub where a count is expected.
                warnings.simplefilter("ignore", DeprecationWarning)
                told += _digest(parser.read(text).replies[0].body) == digest
    return f"mail-parser-reply alone {told} of {count} with a text part"


def _parts(path: Path) -> tuple[str, str]:
    raw = path.read_bytes()
    if path.suffix != ".eml":
        words = raw.decode("utf-8", "replace")
        return ("", words) if path.suffix == ".html" else (words, "")
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return _content(message, "plain"), _content(message, "html")


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _digest(words: str) -> str:
    lines = "\n".join(line.rstrip() for line in words.split("\n")).strip()
    return hashlib.sha256(re.sub(r"\n{2,}", "\n", lines).encode()).hexdigest()[:24]
