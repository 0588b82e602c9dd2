"""Colours and markers of the states, the same in every picture.

Any two colours differ by at least 23 in CIELAB (Euclidean, CIE 1976) for people with
protanopia or deuteranopia, and by at least 35 for everyone else; a test simulates it.
The first three are from Okabe & Ito (2008). The others were found by a search that made
the first few differ most. colour_places.py decides which state gets which colour.
"""

from __future__ import annotations

from dataclasses import dataclass

STATE_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#603000", "#f0c0fc", "#ccd884", "#2430a8",
    "#603048", "#cc4800", "#489ca8", "#d82448", "#6c006c", "#d878fc",
)  # fmt: skip
NOT_STARTED = "#b0b0b0"

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


def darkened(colour: str, share: float = 0.35) -> str:
    """Return a colour mixed with black, for outlines and thin lines."""
    channels = [round(int(colour[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5)]
    return "#" + "".join(f"{channel:02x}" for channel in channels)
