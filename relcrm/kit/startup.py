"""What production refuses to start with, one plain sentence each. Production is a PUBLIC_URL with https."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from relcrm.kit import env

LOCAL_SECRET_KEY = "only-for-this-machine-and-never-for-production-0123456789"  # noqa: S105  (refused in production)
SHORTEST_SECRET_KEY = 50
SHORTEST_KEY = 32
FEWEST_LETTERS = 5
EXIT_FOR_GUNICORN = 3
MAIL_FOR_ONE_MACHINE = {"file", "console", "locmem", "memory", "dummy"}


def refuse_weak_values() -> None:
    """Raises ImproperlyConfigured with every reason why production cannot start."""
    reasons = list(weak_values())
    if reasons:
        raise ImproperlyConfigured("Relcrm does not start:\n" + "\n".join(f"- {reason}" for reason in reasons))


def read_settings(*, exit_code: int = EXIT_FOR_GUNICORN) -> None:
    """Load the settings; where they cannot stand, say why on standard error, without a traceback, and end.

    At exit code 3 gunicorn gives up instead of trying again.
    """
    try:
        settings.PUBLIC_URL  # noqa: B018  (reading one name loads them all)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(exit_code) from None


def check_deployment(**_: object) -> list[CheckMessage]:
    """For `check --deploy`: production is a PUBLIC_URL with https, and everything above holds only there."""
    if settings.PRODUCTION:
        return []
    return [Error("PUBLIC_URL has no https; readers' links would travel in the open.", id="relcrm.E001")]


def weak_values() -> Iterator[str]:
    """A sentence for every value that is missing or weak."""
    yield from _keys()
    yield from _servers()
    yield from _addresses()
    yield from _mail()


def _keys() -> Iterator[str]:
    secret, webhook = env.text("SECRET_KEY"), env.text("WEBHOOK_SECRET")
    if secret == LOCAL_SECRET_KEY or secret.startswith("django-insecure-"):
        yield "SECRET_KEY is the one everybody knows; set one of your own."
    elif len(secret) < SHORTEST_SECRET_KEY or len(set(secret)) < FEWEST_LETTERS:
        yield f"SECRET_KEY must be random and have at least {SHORTEST_SECRET_KEY} characters."
    yield from _notes_keys(env.text("NOTES_KEY"), secret)
    if webhook and len(webhook) < SHORTEST_KEY:
        yield f"WEBHOOK_SECRET must have at least {SHORTEST_KEY} characters."
    if env.flag("DEBUG"):
        yield "DEBUG is on; it shows secrets to everybody. Set DEBUG=0."


def _notes_keys(words: str, secret: str) -> Iterator[str]:
    """NOTES_KEY may hold several keys, the newest first, separated by commas; each must be one nobody guesses."""
    keys = [key.strip() for key in words.split(",") if key.strip()]
    if not keys:
        yield "NOTES_KEY is missing; notes are encrypted with it."
    elif any(len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS for key in keys):
        each = "Each key in NOTES_KEY" if len(keys) > 1 else "NOTES_KEY"
        yield f"{each} must be random and have at least {SHORTEST_KEY} characters."
    elif secret in keys:
        yield "NOTES_KEY and SECRET_KEY must be two different keys."


def _servers() -> Iterator[str]:
    if urlsplit(env.text("DATABASE_URL")).scheme not in {"postgres", "postgresql"}:
        yield "DATABASE_URL must name a PostgreSQL database, e.g. postgres://user:password@host:5432/relcrm."
    if urlsplit(env.text("REDIS_URL")).scheme not in {"redis", "rediss", "unix"}:
        yield "REDIS_URL must name a Valkey or Redis server, e.g. redis://host:6379/0."


def _addresses() -> Iterator[str]:
    hosts = env.words("ALLOWED_HOSTS")
    if not hosts:
        yield "ALLOWED_HOSTS is empty; name the hosts this site answers for, e.g. read.example.org."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS is *; name the hosts this site answers for."
    if any("*" in origin or not origin.startswith("https://") for origin in env.words("EMBED_ORIGINS")):
        yield "EMBED_ORIGINS must list whole https addresses of the library's own sites."


def _mail() -> Iterator[str]:
    if "@" not in env.text("MAIL_FROM"):
        yield "MAIL_FROM is missing; mails need a sender's address, e.g. books@example.org."
    bulk = env.text("MAIL_FROM_BULK")
    if bulk and "@" not in bulk:
        yield "MAIL_FROM_BULK is no address; name one, e.g. checkins@example.org, or leave it out."
    for name in ("EMAIL_URL", "EMAIL_URL_BULK"):
        yield from _mail_server(name, env.text(name))


def _mail_server(name: str, url: str) -> Iterator[str]:
    scheme = urlsplit(url).scheme
    if not url and name == "EMAIL_URL":
        yield "EMAIL_URL is missing; name a mail server, e.g. smtp://user:password@mail.example.org:587?tls=1."
    elif scheme in MAIL_FOR_ONE_MACHINE:
        yield f"{name} keeps mails on this machine ({scheme}); name a mail server, e.g. smtp://mail.example.org:587?tls=1."
    elif url:
        try:
            env.mailer(url)
        except ValueError as error:
            yield f"{str(error).replace('EMAIL_URL', name, 1)}."
