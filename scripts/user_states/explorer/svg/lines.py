"""Small lines that show a trend."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, dot, element, stretched
from user_states.explorer.svg.scales import Scale, per_cent

# Room around the line for the dot at its end, in pixels and per cent.
MARGIN = 5.0
RIGHT = 96.0


def spark(
    values: Sequence[float],
    ends: tuple[float, float],
    class_: str,
    label: str = "",
    height: int = 34,
) -> Markup:
    """Return a line over time whose last value has a dot.

    Parameters
    ----------
    values : sequence of float
        In order, equally far apart.
    ends : tuple of float
        Values at the bottom and top, the same for lines that are compared.
    class_ : str
        Colour, such as `k3` or `ink`.
    label : str
        What it shows, in words.
    height : int
        Pixels.
    """
    down = Scale(*ends, height - MARGIN, MARGIN)
    across = Scale(0, max(len(values) - 1, 1), 0, RIGHT)
    points = " ".join(
        f"{across.at(place):.1f},{down.at(value):.1f}"
        for place, value in enumerate(values)
    )
    line = element("polyline", points=points, class_=f"line {class_}")
    end = dot(per_cent(across.at(len(values) - 1)), down.at(values[-1]), 3, class_)
    return chart(height, label, stretched(100, height, line), end, kind="spark")
