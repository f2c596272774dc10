"""Production refuses to start with a weak or missing value, and says which in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from relcrm.kit.env import ROOT, broker
from relcrm.kit.startup import LOCAL_SECRET_KEY, refuse_weak_values, weak_values

GOOD = {
    "PUBLIC_URL": "https://read.example.org",
    "SECRET_KEY": "kQ9vB7xT1mN5cR8yW2pL6dF4gH0jS-aZ3kQ9vB7xT1mN5cR8yW2p",
    "NOTES_KEY": "nZ3kQ9vB7xT1mN5cR8yW2pL6dF4gH0jS-aZ",
    "DATABASE_URL": "postgres://relcrm:x@127.0.0.1:1/relcrm",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "read.example.org",
    "EMAIL_URL": "smtp://user:pass@mail.example.org:587?tls=1",
    "MAIL_FROM": "books@example.org",
}
OTHERS = ("DEBUG", "EMBED_ORIGINS", "EMAIL_URL_BULK", "MAIL_FROM_BULK", "WEBHOOK_SECRET")
BAD = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", LOCAL_SECRET_KEY),
    ("SECRET_KEY", "django-insecure-" + GOOD["SECRET_KEY"]),
    ("NOTES_KEY", ""),
    ("NOTES_KEY", "short"),
    ("NOTES_KEY", " , "),
    ("NOTES_KEY", GOOD["SECRET_KEY"]),
    ("NOTES_KEY", f"{GOOD['NOTES_KEY']},short"),
    ("NOTES_KEY", f"{GOOD['NOTES_KEY']}, {GOOD['SECRET_KEY']}"),
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "sqlite:///db"),
    ("REDIS_URL", ""),
    ("REDIS_URL", "memory://"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "read.example.org,*"),
    ("DEBUG", "1"),
    ("EMAIL_URL", ""),
    ("EMAIL_URL", "console://"),
    ("EMAIL_URL", "locmem://"),
    ("EMAIL_URL", "file:///var/mail"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL_BULK", "file:///var/mail"),
    ("MAIL_FROM", ""),
    ("MAIL_FROM", "nobody"),
    ("MAIL_FROM_BULK", "nobody"),
    ("EMBED_ORIGINS", "*"),
    ("EMBED_ORIGINS", "http://library.example.org"),
    ("WEBHOOK_SECRET", "short"),
]


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_good_values_are_accepted(production: pytest.MonkeyPatch) -> None:
    assert list(weak_values()) == []
    production.setenv("NOTES_KEY", f"{GOOD['NOTES_KEY'][::-1]}, {GOOD['NOTES_KEY']}")
    assert list(weak_values()) == []


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={value[:12]}" for name, value in BAD])
def test_each_weak_value_is_refused_in_one_sentence(production: pytest.MonkeyPatch, name: str, value: str) -> None:
    production.setenv(name, value)
    reasons = list(weak_values())
    assert len(reasons) == 1
    assert name in reasons[0]
    assert reasons[0].endswith(".")
    assert value not in reasons[0] or len(value) < 10, "a secret is not repeated"
    with pytest.raises(ImproperlyConfigured):
        refuse_weak_values()


def test_everything_that_is_wrong_is_said_at_once(production: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        production.delenv(name)
    assert len(list(weak_values())) == 7


def test_a_secret_may_come_from_a_file(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(GOOD["SECRET_KEY"] + "\n")
    production.delenv("SECRET_KEY")
    production.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert list(weak_values()) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["manage.py", "check"], 1),
        (["-c", "import relcrm.wsgi"], 3),
        (["-m", "celery", "-A", "relcrm.worker", "report"], 3),
    ],
    ids=["command", "web", "worker"],
)
def test_no_program_starts_with_a_weak_value(command: list[str], code: int, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in OTHERS}
    env = (
        kept | GOOD | {"SECRET_KEY": "short", "DJANGO_SETTINGS_MODULE": "relcrm.settings", "RELCRM_VAR": str(tmp_path)}
    )
    done = subprocess.run(  # noqa: S603  (our own programs)
        [sys.executable, *command], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert done.stderr.strip().splitlines() == [
        "Relcrm does not start:",
        "- SECRET_KEY must be random and have at least 50 characters.",
    ]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", "memory://"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
    ],
)
def test_one_redis_url_serves_cache_and_queue(given: str, wanted: str) -> None:
    assert broker(given) == wanted
