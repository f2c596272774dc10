"""What columns mean, as a person said once: remembered for files with the same header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from library.models import ColumnMap, User


def digest_of_header(header: Sequence[str]) -> str:
    """SHA-256 of the column names in order; two files with the same columns share it."""
    return hashlib.sha256(json.dumps(list(header), ensure_ascii=False).encode()).hexdigest()


def remembered_map(*, what: str, header: Sequence[str]) -> dict[str, Any]:
    """The map a person made for such a file; empty: nobody did."""
    found = ColumnMap.objects.filter(what=what, header_digest=digest_of_header(header)).first()
    return dict(found.mapping) if found else {}


@transaction.atomic
def remember_map(*, what: str, header: Sequence[str], mapping: Mapping[str, Any], by: User, now: datetime) -> ColumnMap:
    """Keep the mapping for the next file with this header; a newer one takes the place of the older."""
    kept, _new = ColumnMap.objects.update_or_create(
        what=what,
        header_digest=digest_of_header(header),
        defaults={"mapping": dict(mapping), "by": by, "saved_at": now},
    )
    return kept
