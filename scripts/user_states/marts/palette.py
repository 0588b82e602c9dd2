"""Colours and markers of the states, the same in every picture and on the page.

Hue tells the family of a state: cool for regular use, green and gold for light use, red
for leaving, grey for away. A search found, within these hues, the colours that differ
most for normal vision and three kinds of colour blindness; a test simulates them.
colour_places.py decides which state gets which colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from user_states.marts.families import Family

# On white: the figures, and the page in light colours. At least 3 to 1 on its paper.
STATE_COLOURS = (
    "#013f84", "#9a74cb", "#039aab", "#128cfd", "#602d66",
    "#bd7f01", "#2a7551", "#5f5d0e", "#67924a",
    "#c42d1f", "#972934",
    "#5a6472", "#2f3b46",
)  # fmt: skip
NOT_STARTED = "#878c90"
# On the dark page, in the same order.
DARK_COLOURS = (
    "#3a73bd", "#d099fb", "#90e3fe", "#807df4", "#ee7dd2",
    "#e59e2f", "#afe4b2", "#eec36a", "#388438",
    "#e67271", "#e9524e",
    "#6a7281", "#a0a2a6",
)  # fmt: skip
DARK_NOT_STARTED = "#cdd9df"

# Places of each family, the first ones first; then those of other families.
_PREFERRED = {
    Family.REGULAR: (1, 2, 3, 4, 5, 8, 7, 9, 6, 11, 13, 10, 12),
    Family.LIGHT: (6, 7, 9, 8, 3, 4, 5, 2, 1, 11, 13, 10, 12),
    Family.LEAVING: (10, 11, 5, 6, 8, 9, 7, 2, 4, 3, 1, 13, 12),
    Family.AWAY: (12, 13, 8, 5, 7, 9, 3, 1, 4, 2, 6, 11, 10),
}

# From the fourteenth state on, colours repeat with one of these hatches over them.
HATCHES = ("", "///", "...", "xxx")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# Text, less important lines, and the grid.
INK = "#1a1a1a"
MUTED = "#5f5f5f"
GRID = "#dddddd"
# Everyone, with whom a state is compared.
EVERYONE = "#8a8a8a"
# Chosen or wrong: no state has these colours, and words or a sign repeat the meaning.
CHOSEN = "#1a1a1a"
WRONG = "#b3261e"


@dataclass(frozen=True)
class StateStyle:
    """How a state is drawn.

    Attributes
    ----------
    colour : str
        Colour of its area, bar or node, as #rrggbb.
    ink : str
        Colour of text on it.
    hatch : str
        Drawn over the colour if another state has the same one; otherwise empty.
    marker : str
        Shape of its points, so that colour is never the only difference.
    """

    colour: str
    ink: str
    hatch: str
    marker: str


def preferred_places(family: Family) -> Iterator[int]:
    """Yield the places of the palette in the order in which a family wants them."""
    for round_number in count():
        for place in _PREFERRED[family]:
            yield place + round_number * len(STATE_COLOURS)


def style_at(place: int) -> StateStyle:
    """Return how the state at a place of the palette is drawn.

    Parameters
    ----------
    place : int
        From 1, as `colour_places` returns it; 0 is grey, for users who have not
        started.
    """
    if place == 0:
        return StateStyle(NOT_STARTED, INK, "", "*")
    round_number, number = divmod(place - 1, len(STATE_COLOURS))
    colour = STATE_COLOURS[number]
    return StateStyle(
        colour=colour,
        ink=readable_ink(colour),
        hatch=HATCHES[round_number % len(HATCHES)],
        marker=MARKERS[(place - 1) % len(MARKERS)],
    )


def readable_ink(colour: str) -> str:
    """Return dark or white, whichever has more contrast on a colour.

    Contrast follows WCAG 2.2, with white at 1.05 and black at 0.05.
    """
    luminance = relative_luminance(colour)
    return INK if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def relative_luminance(colour: str) -> float:
    """Return the luminance of a colour #rrggbb, from 0 (black) to 1 (white).

    WCAG 2.2 defines it for sRGB.
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2, from 1 to 21."""
    lights = [relative_luminance(colour) + 0.05 for colour in (one, other)]
    return max(lights) / min(lights)


def as_text_on(colour: str, grounds: tuple[str, ...], least: float = 4.6) -> str:
    """Return a colour as text: darker or lighter until it can be read on the grounds.

    Parameters
    ----------
    colour : str
    grounds : tuple of str
        All light or all dark.
    least : float
        Contrast on each of them.
    """
    end = "#000000" if relative_luminance(grounds[0]) > 0.2 else "#ffffff"
    for step in range(21):
        found = mixed(colour, end, step / 20)
        if all(contrast(found, ground) >= least for ground in grounds):
            return found
    return end


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with that share of another in it."""
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darkened(colour: str, share: float = 0.35) -> str:
    """Return a colour mixed with black, for outlines and thin lines."""
    return mixed(colour, "#000000", share)
