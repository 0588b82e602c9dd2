"""How much room texts need: which labels fit, and where they do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

# Width of a character in parts of the type size; a wide typeface needs as much.
NARROW, MIDDLE, WIDE = 0.34, 0.60, 0.92
_NARROW = frozenset("iljtfrI.,:;|!'’()[] ")
_WIDE = frozenset("mwMW@%—€")


def text_width(words: str, size: float) -> float:
    """Return about how wide a text is, rather too wide than too narrow, in pixels."""
    return size * sum(
        NARROW if c in _NARROW else WIDE if c in _WIDE or ord(c) > 0x2E80 else MIDDLE
        for c in words
    )


def fits(words: str, size: float, room: float) -> bool:
    """Return whether a text fits into that many pixels."""
    return text_width(words, size) <= room


def on_lines(words: str, size: float, room: float, most: int = 2) -> list[str] | None:
    """Return a text on as few lines as fit, at most `most`; None if it does not fit."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and fits(longer, size, room):
            lines[-1] = longer
        else:
            lines.append(word)
        if not fits(lines[-1], size, room) or len(lines) > most:
            return None
    return lines or None


def spread(places: Sequence[float], distance: float, end: float) -> list[float]:
    """Return places moved so that neighbours are at least `distance` apart.

    Parameters
    ----------
    places : sequence of float
        Rising, in pixels.
    distance : float
    end : float
        No place is beyond it, as long as all fit.

    Returns
    -------
    list of float
    """
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + distance) if found else place)
    limit = end
    for number in range(len(found) - 1, -1, -1):
        found[number] = min(found[number], limit)
        limit = found[number] - distance
    return found
