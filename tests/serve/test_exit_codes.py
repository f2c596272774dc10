"""How commands end: 0 done, 1 bad input, 2 only where PATRON fits several (DESIGN section 7)."""

from __future__ import annotations

import sys

import pytest
from django.core.management import BaseCommand, CommandError

import manage

BAD = [
    ["tick", "--now", "soon"],
    ["tick", "--nonsense"],
    ["demo", "--now", "soon"],
    ["import_titles"],
    ["report", "engagement", "--from", "2026-13-01", "--to", "2026-12-01", "-o", "x"],
    ["explain_score"],
]


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage, "load_secrets", lambda: None)
    monkeypatch.setattr(manage, "needs_servers", lambda argv: False)


def end_of(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(sys, "argv", ["manage.py", *words])
    with pytest.raises(SystemExit) as ended:
        manage.main()
    return ended.value.code


@pytest.mark.parametrize("words", BAD, ids=" ".join)
def test_words_that_make_no_sense_end_with_1(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_of(monkeypatch, *words) == 1
    assert "error:" in capsys.readouterr().err


def test_help_ends_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert end_of(monkeypatch, "tick", "--help") == 0
    assert "--now" in capsys.readouterr().out


@pytest.mark.parametrize("code", [1, 2])
def test_a_command_that_says_how_it_ends_is_believed(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: BaseCommand, *args: object, **options: object) -> None:
        raise CommandError("Several patrons fit", returncode=code)

    monkeypatch.setattr("relcrm.desk.management.commands.doctor.Command.handle", refuse)
    assert end_of(monkeypatch, "doctor") == code
