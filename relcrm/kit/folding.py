"""Folding words for search: what is typed without accents finds what is written with them."""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʼʻʹʺ"), None)
SPELLED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
SIGNS = re.compile("[^a-z0-9]+")
AN_APOSTROPHE = re.compile("['’‘`´ʼʻʹʺ]")
ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Lower case, without accents, apostrophes and signs, with single blanks: what search compares."""
    if text.isascii():
        return " ".join(SIGNS.sub(" ", text.replace("'", "").replace("`", "").lower()).split())
    if not AN_APOSTROPHE.search(text):  # most names: letters with accents, done without looking at each sign
        bare = ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
        if bare.isascii():
            return fold(bare)
    plain = unicodedata.normalize("NFKD", text.translate(APOSTROPHES)).casefold()
    letters = (c for c in plain.translate(APOSTROPHES).translate(SPELLED) if unicodedata.category(c) != "Mn")
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in letters)
    return unicodedata.normalize("NFC", " ".join(words.split()))
