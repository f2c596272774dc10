"""A day is written the way its readers write it."""

from __future__ import annotations

from datetime import date

import pytest
from django.template import engines
from django.utils import translation

WRITTEN = {
    "en": "3 December 2026",
    "es": "3 de diciembre de 2026",
    "fr": "3 décembre 2026",
    "pt": "3 de dezembro de 2026",
    "af": "3 Desember 2026",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_a_day_in_every_language(language: str) -> None:
    template = engines["django"].from_string('{{ day|date:"DATE_FORMAT" }}')
    with translation.override(language):
        assert template.render({"day": date(2026, 12, 3)}) == WRITTEN[language]
