"""Counts and texts as the page writes them."""

from __future__ import annotations

# Characters of a text that somebody typed into an app or a log.
LONGEST_TEXT = 120


def counted(n: int, noun: str) -> str:
    """Return a count with its noun: `1 ride`, `2,000 rides`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def shortened(text: str | None) -> str | None:
    """Return a text that the page has room for: a very long one ends in an ellipsis."""
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 1] + "…"
