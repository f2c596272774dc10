"""Which branch the words of a file mean."""

from __future__ import annotations

from collections.abc import Iterable

from library.models import Branch


def branches_named(said: Iterable[str]) -> dict[str, int]:
    """Branches by what the library system calls them, their name or their short name here; the others are left out."""
    known: dict[str, int] = {}
    for pk, name, slug, codes in Branch.objects.order_by("-pk").values_list("pk", "name", "slug", "ils_codes"):
        known |= {slug.casefold(): pk} | {name.casefold(): pk} | {code.casefold(): pk for code in codes}
    found = {words: known.get(words.strip().casefold()) for words in said}
    return {words: pk for words, pk in found.items() if pk}
