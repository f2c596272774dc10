"""`manage.py` brings up the embedded servers only when it needs data and nobody said where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relcrm.serve.attach import needs_servers, recall_address, remember_address


@pytest.fixture
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "PUBLIC_URL", "PORT"):
        monkeypatch.setenv(name, "")  # so that what a test sets is undone at its end
        monkeypatch.delenv(name)
    return monkeypatch


def test_commands_that_read_data_need_them(unconfigured: pytest.MonkeyPatch) -> None:
    assert needs_servers(["manage.py", "tick"])


@pytest.mark.parametrize("words", [[], ["--help"], ["help", "tick"], ["tick", "--help"], ["check"], ["collectstatic"]])
def test_commands_that_read_no_data_do_not(unconfigured: pytest.MonkeyPatch, words: list[str]) -> None:
    assert not needs_servers(["manage.py", *words])


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "postgres://x@/x"), ("DATABASE_URL_FILE", "/x"), ("PUBLIC_URL", "https://x")]
)
def test_a_configured_house_and_production_never_do(unconfigured: pytest.MonkeyPatch, name: str, value: str) -> None:
    unconfigured.setenv(name, value)
    assert not needs_servers(["manage.py", "tick"])


def test_links_made_by_a_command_lead_to_the_port_last_served(unconfigured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recall_address(tmp_path)
    assert "PORT" not in os.environ
    remember_address(8123, tmp_path)
    recall_address(tmp_path)
    assert os.environ["PORT"] == "8123"
    unconfigured.setenv("PORT", "9000")
    recall_address(tmp_path)
    assert os.environ["PORT"] == "9000"
