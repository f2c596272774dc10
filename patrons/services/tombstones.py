"""What stays when someone is erased: keyed digests that stop them from coming back unasked.

The key comes from SECRET_KEY, which is not in the database, so a digest leads nowhere by itself. The same lines stand
in a file beside the database: a dump restored from before the erasure does not know them, the file does.

A tombstone is never lifted. It stops imports and what the library starts; it does not stop the person. Who fills in
the form again is answered like anybody, in a new record, and a consent they give then counts for mail (`mail_stopped`).
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from patrons.models import Card, Consent, FormerNumber, Patron, Tombstone

ADDRESS, CARD, ILS_ID = "address", "card", "ils_id"
SALT = b"relcrm.tombstone"
LINE = re.compile(r"([0-9a-f]{64}) (address|card|ils_id) (\d{4}-\d\d-\d\dT[0-9:.]{8,15}[+-]\d\d:\d\d)$")
# What a reader says themselves; a consent from a file or from staff does not bring anybody back.
OWN_WORDS = ("form", "answer", "my page")


def digests(what: str, value: str) -> list[str]:
    """The digests `value` may stand under: that of the key in use first, then those of the keys before it.

    `what` is 'address', 'card' or 'ils_id'. Nothing for an empty value.
    """
    value = " ".join(value.split()).lower() if what == ADDRESS else value.strip()
    if not value:
        return []
    words = f"{what}|{value}".encode()
    return [hmac.digest(_key(secret), words, "sha256").hex() for secret in _secrets()]


def buried(*, address: str = "", cards: Iterable[str] = (), ils_id: str = "") -> bool:
    """Whether one of these belonged to someone who was erased."""
    wanted = digests(ADDRESS, address) + digests(ILS_ID, ils_id)
    for card in cards:
        wanted += digests(CARD, card)
    return Tombstone.objects.filter(digest__in=wanted).exists() if wanted else False


def mail_stopped(*, patron: Patron, address: str, consent: str) -> bool:
    """Whether the library must not begin to write there: the address was erased, and the reader has not come back.

    They have when they gave the consent the mail rests on with their own hands after that.
    """
    return bool(mails_stopped([(patron.pk, address, consent)]))


def mails_stopped(asked: Iterable[tuple[int, str, str]]) -> set[tuple[int, str, str]]:
    """The same for many at once, as (number of the patron, address, consent): those that are stopped."""
    by_digest: dict[str, list[tuple[int, str, str]]] = {}
    for one in asked:
        for digest in digests(ADDRESS, one[1]):
            by_digest.setdefault(digest, []).append(one)
    buried_at: dict[tuple[int, str, str], datetime] = {}
    stones = Tombstone.objects.filter(digest__in=list(by_digest)).order_by("made_at") if by_digest else []
    for stone in stones:
        buried_at |= dict.fromkeys(by_digest[stone.digest], stone.made_at)
    if not buried_at:
        return set()
    said = Consent.objects.active().filter(patron__in={one[0] for one in buried_at}, how__in=OWN_WORDS)
    given = {(patron, purpose): at for patron, purpose, at in said.values_list("patron", "purpose", "given_at")}
    return {
        one for one, at in buried_at.items() if not ((back := given.get((one[0], one[2]))) is not None and back > at)
    }


@transaction.atomic
def bury(*, patron: Patron, now: datetime) -> int:
    """Tombstones for the address, every card and every library system number of someone who is being erased.

    None for a record nobody proved: a stranger may have typed that address. An address that another record has too
    is left out, so that nobody else in a family is stopped. Returns how many are new; they are filed once committed.
    """
    if patron.standing != Patron.Standing.OWN:
        return 0
    stones = [
        Tombstone(digest=digests(what, value)[0], what=what, made_at=now)
        for what, value in _values(patron)
        if value.strip()
    ]
    known = Tombstone.objects.filter(digest__in=[stone.digest for stone in stones]).count()
    Tombstone.objects.bulk_create(stones, ignore_conflicts=True)
    transaction.on_commit(partial(file_tombstones, now=now), robust=True)
    return len(stones) - known


def file_tombstones(*, now: datetime) -> int:
    """Write what is not beside the database yet, and remember that it is; returns how many.

    A crash in between writes a line twice, never not at all.
    """
    unfiled = Tombstone.objects.filter(filed_at=None)
    if not unfiled.exists():  # most ticks
        return 0
    with transaction.atomic():
        rows = list(unfiled.select_for_update(skip_locked=True).order_by("pk"))
        if rows:
            _append(f"{row.digest} {row.what} {row.made_at.isoformat()}\n" for row in rows)
            Tombstone.objects.filter(pk__in=[row.pk for row in rows]).update(filed_at=now)
    return len(rows)


@transaction.atomic
def restore_tombstones(*, now: datetime) -> int:
    """Take back into the database what only the file knows, and the other way round; returns how many came back.

    A torn line is left alone.
    """
    filed = {stone.digest: stone for line in _filed_lines() if (stone := _stone(line, now))}
    known = set(Tombstone.objects.values_list("digest", flat=True))
    missing = [stone for digest, stone in filed.items() if digest not in known]
    Tombstone.objects.bulk_create(missing, batch_size=1000, ignore_conflicts=True)
    Tombstone.objects.filter(digest__in=list(known - filed.keys())).update(filed_at=None)
    return len(missing)


def _values(patron: Patron) -> Iterator[tuple[str, str]]:
    others = Patron.objects.filter(email__iexact=patron.email).exclude(pk=patron.pk)
    if patron.email and not others.exists():
        yield ADDRESS, patron.email
    yield ILS_ID, patron.ils_id
    for number in FormerNumber.objects.filter(patron=patron).values_list("ils_id", flat=True):
        yield ILS_ID, number
    for number in Card.objects.filter(patron=patron).values_list("number", flat=True):
        yield CARD, number


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@cache
def _key(secret: str) -> bytes:
    return hashlib.sha256(SALT + secret.encode()).digest()


def _stone(line: str, now: datetime) -> Tombstone | None:
    fits = LINE.search(line)
    try:
        made_at = datetime.fromisoformat(fits[3]) if fits else None
    except ValueError:
        made_at = None
    return Tombstone(digest=fits[1], what=fits[2], made_at=made_at, filed_at=now) if fits and made_at else None


def _file() -> Path:
    return Path(settings.ERASURES_FILE)


def _filed_lines() -> list[str]:
    return _file().read_text(encoding="ascii").splitlines() if _file().exists() else []


def _append(lines: Iterable[str]) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    torn = _file().exists() and not _file().read_bytes().endswith(b"\n")
    descriptor = os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as file, _alone(file.fileno()):
        file.writelines(["\n"] if torn else [])
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(descriptor: int) -> Iterator[None]:
    """One writer at a time, whichever process it is in."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
