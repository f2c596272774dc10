"""How near misspelt words come to those of a title."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from catalog.querysets import BETWEEN

CLOSE = 0.65  # `teh` is two thirds of `the`
NEAR = 0.6  # below this, on the average of its words, a title is something else
BEHIND = 0.15  # titles so far behind the best one are not what was meant
BEGUN = 0.95  # a word of which only the beginning was typed


def rank(tokens: Sequence[str], rows: Sequence[tuple[int, str]]) -> list[int]:
    """The keys of the rows (key, search text) that come near to all the tokens, nearest first.

    Of several as near, those whose name is nearest, then the shortest name.
    """
    readers = [Nearness(token) for token in tokens]

    def score(text: str) -> float:
        words = [word for word in text.split() if word != "|"]
        words += ["".join(pair) for pair in pairwise(words)]  # `harrypotter`
        return sum(max(map(reader.to, words)) for reader in readers) / len(readers)

    ranked = []
    for pk, text in rows:
        name = text.partition(BETWEEN)[0]
        if name.strip():
            ranked.append((-score(text), -score(name), len(name), pk))
    ranked.sort()
    best = ranked[0][0] if ranked else 0.0
    return [pk for minus, _name, _length, pk in ranked if -minus >= NEAR and minus - best <= BEHIND]


class Nearness:
    """How near words are to one token. Words are met again and again, so what was compared once is kept."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.matcher = SequenceMatcher(None, "", token, autojunk=False)
        self.known: dict[str, float] = {}

    def to(self, word: str) -> float:
        """1 for the same word, 0 for another one, between them the share of letters in common order."""
        if word not in self.known:
            self.known[word] = self._compare(word)
        return self.known[word]

    def _compare(self, word: str) -> float:
        if word.startswith(self.token):
            return 1.0 if word == self.token else BEGUN
        shorter, longer = sorted((len(word), len(self.token)))
        if 2 * shorter < CLOSE * (shorter + longer):
            return 0.0
        self.matcher.set_seq1(word)
        ratio = self.matcher.ratio() if self.matcher.quick_ratio() >= CLOSE else 0.0
        return ratio if ratio >= CLOSE else 0.0
