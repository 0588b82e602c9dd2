"""Shades of a number in a cell: shares, and differences to both sides."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.colors import to_hex

# Named colour maps of matplotlib. Each is read without telling red from green.
SHARES = "Blues"


DIFFERENCES = "RdBu_r"


# How far they go, from 0 towards 1 and from the middle to both sides: INK stands out
# from every shade by a contrast of 4.5 or more, as WCAG 2.2 asks. From the next darker
# ones neither dark nor white text does.
DARKEST_SHARE = 0.6


STRONGEST_DIFFERENCE = 0.3


def share_colour(place: float) -> str:
    """Return the shade of a share, or of another number from none (0) to most (1)."""
    return to_hex(colormaps[SHARES](DARKEST_SHARE * place))


def difference_colour(place: float) -> str:
    """Return the shade of a difference: blue from −1, white at 0, red up to 1."""
    return to_hex(colormaps[DIFFERENCES](0.5 + STRONGEST_DIFFERENCE * place))
