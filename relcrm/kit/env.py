"""The environment as settings see it: plain reading, no Django."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("RELCRM_VAR") or ROOT / "var")
SECRETS = VAR / "secrets"

# Mail services Anymail knows, as their variables begin.
SERVICES = (
    *("AMAZON_SES", "BREVO", "MAILERSEND", "MAILGUN", "MAILJET", "MAILTRAP", "MANDRILL", "POSTAL", "POSTMARK"),
    *("RESEND", "SENDGRID", "SPARKPOST", "UNISENDER_GO"),
)
# The name of a WEBHOOK_SECRET that is only a password.
CALLER = "relcrm"

Mailer = dict[str, object]


def load_secrets(path: Path = SECRETS) -> None:
    """Put `NAME=value` lines of var/secrets into the environment where nothing is set yet."""
    if not path.is_file():
        return
    for line in path.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and name.strip():
            os.environ.setdefault(name.strip(), value.strip())


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that `NAME_FILE` points to, or the default."""
    value = os.environ.get(name, "")
    file_name = os.environ.get(f"{name}_FILE", "")
    if not value and file_name:
        value = Path(file_name).read_text().strip()
    return value or default


def flag(name: str, default: bool = False) -> bool:
    """1, true, yes and on are true."""
    value = os.environ.get(name, "").strip().lower()
    return value in {"1", "true", "yes", "on"} if value else default


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas or blanks."""
    return [word for word in text(name, default).replace(",", " ").split() if word]


def broker(redis_url: str) -> str:
    """REDIS_URL as Celery spells it: a Unix socket is `unix:///path?db=1` for redis-py, another name for Celery."""
    if not redis_url:
        return "memory://"
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


def mailer(url: str) -> Mailer:
    """An entry of Django's MAILERS for an EMAIL_URL.

    `smtp://[user:pass@]host:port` (`smtps://` for implicit TLS, `?tls=1` for STARTTLS), `file:///dir`, or an Anymail
    provider as `mailgun://?api_key=...`. Raises ValueError with a sentence that names what is wrong.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme in {"smtp", "smtps"}:
        if not parts.hostname:
            raise ValueError("EMAIL_URL names no mail server, e.g. smtp://mail.example.org:587?tls=1")
        return {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": parts.hostname,
                "port": parts.port or (465 if parts.scheme == "smtps" else 25),
                "username": unquote(parts.username or ""),
                "password": unquote(parts.password or ""),
                "use_tls": query.get("tls") == "1",
                "use_ssl": parts.scheme == "smtps",
                "timeout": 10,
            },
        }
    if parts.scheme == "file":
        return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": parts.path}}
    # An address cannot hold the underscore of unisender_go and amazon_ses.
    provider = parts.scheme.replace("-", "_")
    if provider.isidentifier():
        return {"BACKEND": f"anymail.backends.{provider}.EmailBackend", "OPTIONS": dict(query)}
    raise ValueError(f"EMAIL_URL is not understood: {parts.scheme or url}")


def mail_services(secret: str) -> dict[str, object]:
    """Django's ANYMAIL: the keys of mail services, from variables as Anymail names them, with ANYMAIL_ before or not.

    `secret`: one or several `name:password` that a call to /hooks/ may prove itself with, separated by commas or
    blanks, so that an old one counts while a service is changed to the new; without a colon the name is `relcrm`.
    """
    kept: dict[str, object] = {}
    for variable in sorted(os.environ, key=lambda name: name.startswith("ANYMAIL_")):  # these come last, and win
        name = variable.removesuffix("_FILE")
        plain = name.removeprefix("ANYMAIL_")
        ours = plain != name or plain.startswith(tuple(f"{service}_" for service in SERVICES))
        value = text(name) if ours else ""
        if value:
            kept[plain] = value
    allowed = [word if ":" in word else f"{CALLER}:{word}" for word in secret.replace(",", " ").split()]
    return kept | ({"WEBHOOK_SECRET": allowed} if allowed else {})
