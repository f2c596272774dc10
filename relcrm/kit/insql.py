"""What our code makes of words, said in SQL, so that a hundred thousand rows need not travel here and back.

Each of these gives exactly what its counterpart in Python gives (tests/kit/test_insql.py). Expressions are our own
code; values reach them as parameters.
"""

from __future__ import annotations

import hashlib

from django.conf import settings

# What str.split() takes for blanks, and the control codes besides: the classes of one_line (relcrm.kit.mail).
BLANKS = r"[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
BREAKS = r"[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
BLOCK = 64  # bytes, of SHA-256


def digest(name: str, words: str) -> str:
    """`salted_hmac(..., algorithm="sha256").hexdigest()` of a text expression; `digest_blocks` gives its parameters."""
    inner = f"sha256(%({name}_inner)s::bytea || convert_to({words}, 'UTF8'))"
    return f"encode(sha256(%({name}_outer)s::bytea || {inner}), 'hex')"


def digest_blocks(name: str, salt: str, *, secret: str | None = None) -> dict[str, bytes]:
    """The parameters of `digest`: the key made from salt and SECRET_KEY, padded as HMAC asks (RFC 2104)."""
    inner, outer = key_blocks(salt, settings.SECRET_KEY if secret is None else secret)
    return {f"{name}_inner": inner, f"{name}_outer": outer}


def key_blocks(salt: str, secret: str) -> tuple[bytes, bytes]:
    """The two padded blocks of the key that Django's salted_hmac uses."""
    key = hashlib.sha256((salt + secret).encode()).digest().ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def one_line(words: str) -> str:
    """`relcrm.kit.mail.one_line`: no line breaks and control codes, one blank between words."""
    return _squeezed(words, BREAKS)


def one_blank(words: str) -> str:
    """`" ".join(words.split())`."""
    return _squeezed(words, BLANKS)


def _squeezed(words: str, class_: str) -> str:
    """Looking is quicker than replacing, and nearly all words are as they should be."""
    other = class_.replace("\\u0020", "\\u001f")
    wanting = f"{words} ~ '{other}|  |^ | $'"
    return f"CASE WHEN {wanting} THEN btrim(regexp_replace({words}, '{class_}+', ' ', 'g')) ELSE {words} END"


def cut(words: str, length: int) -> str:
    """At most that many characters; what is cut ends with an ellipsis right after a letter."""
    short = f"regexp_replace(left({words}, {length - 1}), '{BLANKS}+$', '')"
    return f"CASE WHEN char_length({words}) <= {length} THEN {words} ELSE {short} || '…' END"
