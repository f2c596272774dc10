"""The keys that lock the words of notes. NOTES_KEY holds them outside the database, the newest first."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from engagement.models import Note

FIRST_FORM = b"\x01"  # AES-256-GCM: this byte, 12 random bytes, then the locked words
NONCE_BYTES = 12
KEY_BYTES = 32
BATCH = 500


class NoKey(Exception):
    """NOTES_KEY is not set, or no longer holds the key these words were locked with."""


class Damaged(Exception):
    """The words do not open with their key: changed, or moved from another note."""


@dataclass(frozen=True)
class Key:
    """One key of NOTES_KEY. Its id stands beside the words it locked and says nothing of it."""

    key_id: str
    secret: bytes


@dataclass(frozen=True)
class Rotation:
    """What a rotation did. `missing`: words whose key NOTES_KEY no longer holds; `damaged`: words that do not open."""

    key_id: str
    rotated: int
    missing: int
    damaged: int
    current: int


def keys_in_force() -> list[Key]:
    """The keys of NOTES_KEY, the newest first. Raises NoKey when there is none."""
    words = [word.strip() for word in settings.NOTES_KEY.split(",") if word.strip()]
    if not words:
        raise NoKey("NOTES_KEY is not set; notes cannot be kept.")
    return [_key(word) for word in words]


def seal(words: str, *, note: int) -> tuple[bytes, str]:
    """The words of note number `note`, locked with the newest key, and that key's id.

    They open only in that note: words copied into another one do not. Raises NoKey.
    """
    key = keys_in_force()[0]
    return _lock(words, key, note), key.key_id


def unseal(locked: bytes, *, key_id: str, note: int) -> str:
    """The words again. Raises NoKey, Damaged."""
    key = next((key for key in keys_in_force() if key.key_id == key_id), None)
    if key is None:
        raise NoKey(f"NOTES_KEY no longer holds the key {key_id}.")
    if locked[:1] != FIRST_FORM:
        raise Damaged(f"Note {note} is not locked in a form we know.")
    nonce, rest = locked[1 : 1 + NONCE_BYTES], locked[1 + NONCE_BYTES :]
    try:
        return AESGCM(key.secret).decrypt(nonce, rest, _bound_to(note)).decode()
    except InvalidTag as error:
        raise Damaged(f"Note {note} does not open with its key.") from error


def rotate_keys() -> Rotation:
    """Lock every note with the newest key, a few hundred at a time, while the house works; safe to repeat.

    Killed half way it goes on where it stopped: what is done names the newest key. Raises NoKey.
    """
    newest = keys_in_force()[0]
    rotated = missing = damaged = after = 0
    while batch := _rotate_batch(newest, after):
        after, done, unknown, broken = batch
        rotated, missing, damaged = rotated + done, missing + unknown, damaged + broken
    return Rotation(newest.key_id, rotated, missing, damaged, Note.objects.filter(key_id=newest.key_id).count())


def missing_keys() -> dict[str, int]:
    """Ids of keys that notes need and NOTES_KEY does not hold, with the number of notes."""
    try:
        held = [key.key_id for key in keys_in_force()]
    except NoKey:
        held = []
    lost = Note.objects.exclude(key_id__in=held).values("key_id").annotate(notes=Count("pk")).order_by("key_id")
    return {row["key_id"]: row["notes"] for row in lost}


def notes_under_older_keys() -> int:
    """How many notes wait for a rotation."""
    try:
        newest = keys_in_force()[0]
    except NoKey:
        return 0
    return Note.objects.exclude(key_id=newest.key_id).count()


@transaction.atomic
def _rotate_batch(newest: Key, after: int) -> tuple[int, int, int, int] | None:
    """The next notes under another key: number of the last one, then how many were done, unknown and broken."""
    rows = Note.objects.select_for_update().exclude(key_id=newest.key_id).filter(pk__gt=after).order_by("pk")
    notes = list(rows.only("pk", "words", "key_id")[:BATCH])
    done, unknown, broken = [], 0, 0
    for note in notes:
        try:
            words = unseal(bytes(note.words), key_id=note.key_id, note=note.pk)
        except NoKey:
            unknown += 1
        except Damaged:
            broken += 1
        else:
            note.words, note.key_id = _lock(words, newest, note.pk), newest.key_id
            done.append(note)
    Note.objects.bulk_update(done, ["words", "key_id"])
    return (notes[-1].pk, len(done), unknown, broken) if notes else None


def _key(word: str) -> Key:
    def derive(info: bytes) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(word.encode())

    return Key(hashlib.sha256(derive(b"relcrm.notes.key-id")).hexdigest()[:16], derive(b"relcrm.notes.words"))


def _lock(words: str, key: Key, note: int) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FIRST_FORM + nonce + AESGCM(key.secret).encrypt(nonce, words.encode(), _bound_to(note))


def _bound_to(note: int) -> bytes:
    """A note may move to another record of the same person (two records joined), so the note alone is bound."""
    return f"note:{note}".encode()
