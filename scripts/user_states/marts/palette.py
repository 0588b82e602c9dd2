"""One colour for each state, the same in every picture and over fits.

Any two of the colours differ by at least 23 in CIELAB (Euclidean, CIE 1976) as people
with protanopia and deuteranopia see them, by at least 35 to everyone else; a test
simulates it. The first three are Okabe & Ito's (2008); the others were searched for, so
that the first few differ most. Which of them a state has is said in colour_places.py.
"""

from __future__ import annotations

from dataclasses import dataclass

STATE_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#603000", "#f0c0fc", "#ccd884", "#2430a8",
    "#603048", "#cc4800", "#489ca8", "#d82448", "#6c006c", "#d878fc",
)  # fmt: skip
NOT_STARTED = "#b0b0b0"

# From the fourteenth state on the colours come again, with one of these over them.
HATCHES = ("", "///", "...", "xxx")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# Text, lines that matter less, and the grid.
INK = "#1a1a1a"
MUTED = "#5f5f5f"
GRID = "#dddddd"
# Everyone, beside whom a state is seen.
EVERYONE = "#8a8a8a"
# What was chosen or is wrong; no state's colour, and always with words or a sign.
CHOSEN = "#1a1a1a"
WRONG = "#b3261e"


@dataclass(frozen=True)
class StateStyle:
    """How a state is drawn.

    Attributes
    ----------
    colour : str
        Of its area, bar or node, as #rrggbb.
    ink : str
        Of text on that colour.
    hatch : str
        Drawn over the colour where colours have to come twice.
    marker : str
        For points, so that none is told by its colour alone.
    """

    colour: str
    ink: str
    hatch: str
    marker: str


def style_at(place: int) -> StateStyle:
    """Return how the state is drawn that has a place in the palette.

    Parameters
    ----------
    place : int
        From 1, as from `colour_places`; or 0, for users who have not started, who are
        grey.
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
    """Return dark or white, whichever stands out more on a colour.

    By relative luminance and contrast of WCAG 2.2, with white at 1.05 and black at
    0.05.
    """
    luminance = relative_luminance(colour)
    return INK if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def relative_luminance(colour: str) -> float:
    """Return the luminance of a colour #rrggbb, from 0 (black) to 1 (white).

    As WCAG 2.2 defines it, of sRGB.
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
