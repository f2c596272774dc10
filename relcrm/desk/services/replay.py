"""After a restore: whoever was erased since the dump was made is erased again (PRIV-03)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db import transaction

from patrons.models import Card, FormerNumber, Patron, Tombstone
from patrons.services.tombstones import ADDRESS, CARD, ILS_ID, digests, file_tombstones, restore_tombstones
from relcrm.desk.services.privacy import erase_patron

BATCH = 2000


@dataclass(frozen=True)
class Replayed:
    """What a replay did: tombstones known and brought back from the file, patrons looked at and erased."""

    tombstones: int
    restored: int
    looked_at: int
    erased: int


def replay_erasures(*, now: datetime) -> Replayed:
    """Bring back tombstones the dump did not know, and erase every patron they name.

    Someone who came back by themselves after the erasure stays: made later, and known by the address alone.
    """
    restored = restore_tombstones(now=now)
    file_tombstones(now=now)
    stones = dict(Tombstone.objects.values_list("digest", "made_at"))
    looked_at = erased = 0
    if stones:
        for pks in batched(Patron.objects.order_by("pk").values_list("pk", flat=True).iterator(BATCH), BATCH):
            looked_at += len(pks)
            for pk in _named(pks, stones):
                erased += _erase(pk, now)
    return Replayed(len(stones), restored, looked_at, erased)


def _named(pks: tuple[int, ...], stones: dict[str, datetime]) -> Iterator[int]:
    numbers: dict[int, list[tuple[str, str]]] = {pk: [] for pk in pks}
    for pk, number in Card.objects.filter(patron__in=pks).values_list("patron_id", "number"):
        numbers[pk].append((CARD, number))
    for pk, number in FormerNumber.objects.filter(patron__in=pks).values_list("patron_id", "ils_id"):
        numbers[pk].append((ILS_ID, number))
    rows = Patron.objects.filter(pk__in=pks).values_list("pk", "email", "ils_id", "created_at", "proved_at")
    for pk, email, ils_id, created_at, proved_at in rows:
        if any(_buried_at(what, value, stones) for what, value in [*numbers[pk], (ILS_ID, ils_id)]):
            yield pk
            continue
        at = _buried_at(ADDRESS, email, stones)
        came_back = at is not None and created_at > at and (proved_at is not None or not ils_id)
        if at is not None and not came_back:
            yield pk


def _buried_at(what: str, value: str, stones: dict[str, datetime]) -> datetime | None:
    return max((stones[digest] for digest in digests(what, value) if digest in stones), default=None)


def _erase(pk: int, now: datetime) -> int:
    with transaction.atomic():
        patron = Patron.objects.select_for_update().filter(pk=pk).first()
        if patron is None:
            return 0
        erase_patron(patron=patron, now=now)
    return 1
