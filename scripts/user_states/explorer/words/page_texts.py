"""Numbers and texts as the page writes them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from markupsafe import Markup

# Most characters of a free text from an app or a log.
LONGEST_TEXT = 120
# Unicode's embeddings, overrides and isolates (UAX #9). Scripts that run from right to
# left do not need them.
TURNING_MARKS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))


def counted(n: int, noun: str) -> str:
    """Return a count with its noun: `1 ride`, `2,000 rides`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def decimal(value: float | None, digits: int) -> str:
    """Return a number with that many digits; `–` if there is none."""
    if value is None or not isfinite(value):
        return "–"
    return f"{value:,.{digits}f}".replace("-", "−")


def in_reading_order(text: str) -> str:
    """Return text without marks that change the reading direction.

    Such a mark in a name would also turn the text after it, even in copied SQL.
    """
    return text.translate(dict.fromkeys(TURNING_MARKS))


def shortened(text: str | None) -> str | None:
    """Return a text that fits the page; a very long one is cut, with an ellipsis."""
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 1] + "…"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return items as a sentence lists them: `A`, `A and B`, `A, B and C`.

    Markup if one of them is, as names of states are.
    """
    has_markup = any(isinstance(item, Markup) for item in items)
    text: type[str] = Markup if has_markup else str
    if len(items) < 2:
        return text("").join(items)
    return text("{} {} {}").format(text(", ").join(items[:-1]), last, items[-1])


def starting_large(text: str) -> str:
    """Return a text whose first letter is large; the others keep their size."""
    return text[:1].upper() + text[1:]
