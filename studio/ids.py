"""Numbers of rows, as addresses and forms have them."""

MOST_DIGITS = 18  # any such number fits in a database's column


def parse_id(text: str) -> int | None:
    """The number that a text is; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
