"""Counts and texts as the page writes them."""

from __future__ import annotations

from math import isfinite

# Characters of a text that somebody typed into an app or a log.
LONGEST_TEXT = 120
# Unicode's embeddings, overrides and isolates (UAX #9); not the letters of a script
# that runs from right to left, which need none of them.
TURNING_MARKS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))


def counted(n: int, noun: str) -> str:
    """Return a count with its noun: `1 ride`, `2,000 rides`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def decimal(value: float | None, digits: int) -> str:
    """Return a number with its digits, or `–` where there is none."""
    if value is None or not isfinite(value):
        return "–"
    return f"{value:,.{digits}f}".replace("-", "−")


def bar_length(share: float | None, largest: float) -> str:
    """Return how long a bar is, in percent of the longest, as SVG reads it."""
    known = share if share is not None and isfinite(share) else 0.0
    return f"{100 * known / (largest or 1.0):.1f}%"


def in_reading_order(text: str) -> str:
    """Return text without the marks that turn the order of what is read.

    Such a mark in a name would turn the text after it too, also in SQL that is copied.
    """
    return text.translate(dict.fromkeys(TURNING_MARKS))


def shortened(text: str | None) -> str | None:
    """Return a text that the page has room for: a very long one ends in an ellipsis."""
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 1] + "…"
