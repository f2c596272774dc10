"""Which long passwords are still guessed first: common ones put together, repeated, or rows of keys (SEC-12d)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
SHORT_UNIT, SHORT_PART = 6, 3
WORDS = "This is among the first that are tried. Take three or four words that do not belong together."


class GuessedFirstValidator(CommonPasswordValidator):
    """Django's list of 20,000 is mostly shorter than our twelve characters; this looks at what is made of it."""

    def validate(self, password: str, user: Any = None) -> None:
        low = password.lower().strip()
        if low in self.passwords or self._is_repeated(low) or _is_a_row(low) or self._is_two(low):
            raise ValidationError(WORDS, code="password_too_common")

    def get_help_text(self) -> str:
        return WORDS

    def _is_repeated(self, low: str) -> bool:
        """'passwordpassword', 'abcabcabcabc'."""
        for size in range(1, len(low) // 2 + 1):
            unit = low[:size]
            if unit * (len(low) // size) == low and (size < SHORT_UNIT or unit in self.passwords):
                return True
        return False

    def _is_two(self, low: str) -> bool:
        """'password123456': two of the list, one after the other."""
        cuts = range(SHORT_PART, len(low) - SHORT_PART + 1)
        return any(low[:cut] in self.passwords and low[cut:] in self.passwords for cut in cuts)


def _is_a_row(low: str) -> bool:
    """'123456789012', 'qwertyuiopas', and backwards."""
    return any(low in row or low in row[::-1] for row in ROWS)
