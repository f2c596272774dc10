"""Translations are compiled without GNU gettext, and only when they have changed."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from relcrm.serve.messages import compile_messages

WORDS = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Books"\nmsgstr "Livres"\n'


def test_a_catalogue_is_compiled_once_and_again_after_a_change(tmp_path: Path) -> None:
    source = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(WORDS)
    target = source.with_suffix(".mo")
    assert compile_messages(tmp_path) == [target]
    assert compile_messages(tmp_path) == []
    source.write_text(WORDS.replace("Livres", "Les livres"))
    later = target.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert compile_messages(tmp_path) == [target]
    with target.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Books") == "Les livres"


def test_a_house_without_translations_is_no_error(tmp_path: Path) -> None:
    assert compile_messages(tmp_path) == []
