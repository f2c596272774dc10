"""What a person setting up the house wants to know beyond readiness: configuration, mail, clock."""

from __future__ import annotations

import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from engagement.services.notes_key import missing_keys, notes_under_older_keys
from library.services.audit import verify_chain
from relcrm.desk.services.health import FAILED, OK, WARNING, Finding, look_around
from relcrm.desk.services.mail_domain import look_at_mail_domain
from relcrm.desk.services.mail_flow import look_at_mail_flow
from relcrm.kit.env import SECRETS
from relcrm.kit.names import Names, RealNames

MOST_SKEW_SECONDS = 5
PATIENCE_SECONDS = 5
LONG_AGO = timedelta(days=1)
OWNER_ONLY = 0o077


def examine(*, now: datetime, names: Names | None = None) -> list[Finding]:
    """Everything worth knowing, the most basic first. `names`: who is asked about domains, else the name servers."""
    return [
        *look_at_configuration(),
        *look_around(now=now, started=now - LONG_AGO),
        look_at_notes(),
        look_at_clock(now=now),
        look_at_audit(),
        *look_at_mail_flow(now=now),
        *look_at_mail(),
        *look_at_mail_domain(names or RealNames()),
    ]


def look_at_configuration() -> Iterator[Finding]:
    """Whether this is production, and whether the secrets are set and stay secret."""
    if settings.PRODUCTION:
        yield Finding("configuration", OK, f"Production at {settings.PUBLIC_URL}; no value is missing or weak.")
    else:
        yield Finding(
            "configuration", OK, f"Local use at {settings.PUBLIC_URL}; production is a PUBLIC_URL with https."
        )
    if settings.DEBUG:
        yield Finding("debug", WARNING, "DEBUG is on; error pages show secrets.")
    if not settings.NOTES_KEY:
        yield Finding("secrets", WARNING, "NOTES_KEY is not set; notes cannot be encrypted.")
    elif SECRETS.is_file() and SECRETS.stat().st_mode & OWNER_ONLY:
        yield Finding("secrets", FAILED, f"{SECRETS} can be read by others; run chmod 600 on it.")
    else:
        yield Finding("secrets", OK, "The secrets are set and readable by their owner only.")


def look_at_notes() -> Finding:
    """Whether every note can be opened, and whether some still wait for the newest key."""
    try:
        lost = missing_keys()
        old = notes_under_older_keys()
    except DatabaseError as error:
        return Finding("notes", FAILED, f"The notes cannot be looked at ({type(error).__name__}).")
    if lost:
        keys, notes = ", ".join(lost), sum(lost.values())
        words = f"{notes} notes need a key that NOTES_KEY does not hold ({keys}); put it back, at the end."
        return Finding("notes", FAILED, words, notes)
    if old:
        return Finding("notes", WARNING, f"{old} notes are under an older key; run manage.py rotate_notes_key.", old)
    return Finding("notes", OK, "Every note opens with the newest key.", 0)


def look_at_clock(*, now: datetime) -> Finding:
    """How far this machine and the database disagree about the time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select extract(epoch from clock_timestamp())")
            there = float(cursor.fetchone()[0])
    except DatabaseError as error:
        return Finding("clock", FAILED, f"The database does not tell its time ({type(error).__name__}).")
    skew = round(abs(there - now.timestamp()), 1)
    if skew > MOST_SKEW_SECONDS:
        return Finding(
            "clock", WARNING, f"This machine and the database are {skew} seconds apart; set both clocks.", skew
        )
    return Finding("clock", OK, "This machine and the database agree about the time.", skew)


def look_at_audit() -> Finding:
    """Whether the audit lines are all there, as they were written."""
    try:
        verdict = verify_chain(folder=settings.AUDIT_FOLDER)
    except DatabaseError as error:
        return Finding("audit", FAILED, f"The audit lines cannot be read ({type(error).__name__}).")
    if verdict.whole:
        return Finding("audit", OK, f"All {verdict.lines} audit lines are as they were written.", verdict.lines)
    return Finding("audit", FAILED, f"{verdict.words} See manage.py verify_audit.", verdict.number)


def look_at_mail() -> Iterator[Finding]:
    """Whether each place mails go to can be reached; nothing is sent."""
    for name, url in (("mail", settings.EMAIL_URL), ("mail_bulk", settings.EMAIL_URL_BULK)):
        if name == "mail" or url != settings.EMAIL_URL:
            alias = "default" if name == "mail" else "bulk"
            yield _look_at_sender(name, settings.MAILERS[alias])


def _look_at_sender(name: str, mailer: dict[str, object]) -> Finding:
    options = mailer.get("OPTIONS")
    facts = options if isinstance(options, dict) else {}
    backend = str(mailer["BACKEND"])
    if "file_path" in facts:
        return _look_at_folder(name, Path(str(facts["file_path"])))
    if "host" in facts:
        return _look_at_server(name, facts)
    return Finding(name, OK, f"Mails go through {backend.split('.')[-2]}; it is asked only when a mail leaves.")


def _look_at_folder(name: str, folder: Path) -> Finding:
    parent = folder if folder.exists() else folder.parent
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        return Finding(name, FAILED, f"Mails are written to {folder}, which cannot be written ({error.strerror}).")
    return Finding(name, OK, f"Mails are written to {folder} and do not leave this machine.")


def _look_at_server(name: str, facts: dict[str, object]) -> Finding:
    where = f"{facts['host']}:{facts['port']}"
    kind = smtplib.SMTP_SSL if facts.get("use_ssl") else smtplib.SMTP
    try:
        with kind(str(facts["host"]), int(str(facts["port"])), timeout=PATIENCE_SECONDS) as server:
            if facts.get("use_tls"):
                server.starttls(context=ssl.create_default_context())
            if facts.get("username"):
                server.login(str(facts["username"]), str(facts["password"]))
            server.noop()
    except smtplib.SMTPAuthenticationError:
        return Finding(name, FAILED, f"The mail server {where} refuses the user or the password.")
    except (OSError, smtplib.SMTPException) as error:
        return Finding(name, FAILED, f"The mail server {where} cannot be used ({type(error).__name__}).")
    return Finding(name, OK, f"The mail server {where} answers.")
