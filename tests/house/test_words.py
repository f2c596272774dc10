"""Every word a reader sees exists in every language we offer."""

from __future__ import annotations

from babel.messages.catalog import Message

from relcrm import words


def test_every_word_is_translated_into_every_language() -> None:
    assert words.problems() == []


def test_a_lost_placeholder_is_noticed() -> None:
    message = Message("Hello %(name)s", "Hola %(nombre)s")
    assert not words.same_placeholders(message, "Hola %(nombre)s")
    assert words.same_placeholders(message, "Hola, %(name)s")
