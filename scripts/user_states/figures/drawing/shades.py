"""Background colours of cells: for shares, and for differences in both directions."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.colors import to_hex

# Colour maps of matplotlib. Both can be read without telling red from green.
SHARES = "Blues"
DIFFERENCES = "RdBu_r"

# How much of each map is used, from its white end. Up to here, dark text has the
# contrast that WCAG 2.2 requires, 4.5 or more. On slightly darker shades neither dark
# nor white text has it.
DARKEST_SHARE = 0.6
STRONGEST_DIFFERENCE = 0.3


def share_colour(place: float) -> str:
    """Return the shade of a share, or of another number from 0 (none) to 1 (most)."""
    return to_hex(colormaps[SHARES](DARKEST_SHARE * place))


def difference_colour(place: float) -> str:
    """Return the shade of a difference: blue at −1, white at 0, red at 1."""
    return to_hex(colormaps[DIFFERENCES](0.5 + STRONGEST_DIFFERENCE * place))
