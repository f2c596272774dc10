"""Numbers out of addresses and forms, where anybody may have typed anything."""

MOST_DIGITS = 18


def row_number(words: object) -> int:
    """The number of a row; 0, which no row has, for everything else. It always fits into the database."""
    said = str(words)
    return int(said) if said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS else 0
