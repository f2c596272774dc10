"""Finding titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from catalog.models import Title

BETWEEN = " | "  # between the parts of search_text; folded words never contain the bar


class TitleQuerySet(models.QuerySet["Title"]):
    """Reads of the catalogue."""

    def named(self, folded: str) -> TitleQuerySet:
        """Titles with exactly this name, given as `catalog.services.titles.fold` writes it."""
        return self.filter(models.Q(search_text=f" {folded}") | models.Q(search_text__startswith=f" {folded}{BETWEEN}"))
