"""Bars: a share of a whole, and rows of bars that are compared."""

from __future__ import annotations

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, rectangle
from user_states.explorer.svg.scales import per_cent


def meter(share: float, class_: str, height: int = 9) -> Markup:
    """Return a bar of a share from 0 to 1 on a pale track; the text beside says it."""
    filled = per_cent(100 * min(max(share, 0.0), 1.0))
    return chart(
        height,
        "",
        rectangle("0%", 0, "100%", height, "track", radius=2),
        rectangle("0%", 0, filled, height, class_, radius=2),
        kind="meter",
    )
