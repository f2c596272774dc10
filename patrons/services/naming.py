"""Names as search compares them."""

from __future__ import annotations

import re

from relcrm.kit.folding import fold

# Scripts written without blanks between words: every sign counts as a word, so that a given name is found by itself.
SIGN = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])")
# "O'Brien" is also looked for as "Brien" and "O Brien"; "O Brien" also as "OBrien".
AFTER_APOSTROPHE = re.compile(r"\w['’‘`´ʼʻ](\w{2,})")
ONE_LETTER = re.compile(r"(?:^| )([od]) (\w{2,})")


def search_text_of(name: str) -> str:
    """The folded words of a name, each after a blank; empty for a name without a letter or digit.

    The words stand in the order of the name, so that this is also what lists are sorted by; behind them, the other
    ways in which people write the same name.
    """
    words = " ".join(words_of(name))
    if not words:
        return ""
    others = [fold(part) for part in AFTER_APOSTROPHE.findall(name)]
    others += ["".join(pair) for pair in ONE_LETTER.findall(words)]
    return " " + " ".join([words, *others]).strip()


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a name, or of what somebody typed to find one."""
    folded = fold(text)
    return tuple((folded if folded.isascii() else SIGN.sub(r" \1 ", folded)).split())
