"""Numbers and texts as the page writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

from markupsafe import Markup

# Most characters of a free text from an app or a log.
LONGEST_TEXT = 120
# The same of a sentence that says why something failed.
LONGEST_REASON = 400
# Unicode's embeddings, overrides and isolates (UAX #9). Scripts that run from right to
# left do not need them.
TURNING_MARKS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


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
    return text if text.isascii() else text.translate(TURNING_MARKS)


def shortened(text: str | None, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text that fits the page; a very long one is cut, with an ellipsis.

    It is cut after a word, unless its last word alone is half of it.
    """
    if text is None or len(text) <= longest:
        return text
    kept = text[: longest - 1]
    word_end = len(kept) if text[len(kept)] == " " else kept.rfind(" ")
    if word_end >= longest // 2:
        kept = kept[:word_end].rstrip(" ,;:.")
    return f"{kept}…"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return items as a sentence lists them: `A`, `A and B`, `A, B and C`.

    Markup if one of them is, as names of states are.
    """
    has_markup = any(isinstance(item, Markup) for item in items)
    text: type[str] = Markup if has_markup else str
    if len(items) < 2:
        return text("").join(items)
    return text("{} {} {}").format(text(", ").join(items[:-1]), last, items[-1])


def with_closed_percent(text: str) -> str:
    """Return a sentence of a mart with per cent as the page writes it: `22%`."""
    return re.sub(r"(?<=\d)[ \u00a0]%", "%", text)


def starting_large(text: str) -> str:
    """Return a text whose first letter is large; the others keep their size."""
    return text[:1].upper() + text[1:]
