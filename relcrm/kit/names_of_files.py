"""Names of files as strangers gave them."""

import unicodedata

# Control codes and line ends break headers; marks that turn the direction of text hide what a file ends in.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
MARKS = '/\\:*?"<>|'
LONGEST = 120


def safe_name(name: str) -> str:
    """The name without path, control codes and marks that hide its end; 'file' where nothing is left."""
    plain = "".join("" if unicodedata.category(letter) in UNSEEN else letter for letter in name)
    plain = plain.replace("\\", "/").rpartition("/")[2]
    plain = " ".join("".join("_" if letter in MARKS else letter for letter in plain).split()).strip(". ")
    return plain[-LONGEST:] or "file"
