"""The first two components: a dot for each customer of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, element, stretched, text
from user_states.explorer.svg.scales import Scale, per_cent
from user_states.marts.segment_rows import SegmentPointRow

WIDTH, HEIGHT, MARGIN = 1000.0, 320.0, 8.0
# Colours of segments; those beyond repeat them, and have their number.
N_COLOURS = 12
# Numbers of two segments are at least so far apart, in pixels.
LABEL_HEIGHT = 17.0


def colour_of(segment_id: int) -> str:
    """Return the class of a segment's colour."""
    return f"s{(segment_id - 1) % N_COLOURS + 1}"


def scattered(points: Sequence[SegmentPointRow], label: str) -> Markup:
    """Return the dots, with the number of each segment in its middle.

    Parameters
    ----------
    points : sequence of SegmentPointRow
        By segment.
    label : str
        What the chart shows, in words.
    """
    across = _scale([p.x for p in points], MARGIN, WIDTH - MARGIN)
    down = _scale([p.y for p in points], HEIGHT - MARGIN, MARGIN)
    places: dict[int, list[tuple[float, float]]] = {}
    for point in points:
        place = (round(across.at(point.x)), round(down.at(point.y)))
        places.setdefault(point.segment_id, []).append(place)
    dots = [
        element(
            "path",
            # Equal places are drawn once. A line of no length has a round end: a dot.
            d="".join(f"M{x:.0f} {y:.0f}h0" for x, y in dict.fromkeys(own)),
            class_=f"dots {colour_of(segment_id)}",
        )
        for segment_id, own in places.items()
    ]
    return chart(int(HEIGHT), label, stretched(WIDTH, HEIGHT, *dots), *_numbers(places))


def _scale(values: Sequence[float], start: float, end: float) -> Scale:
    return Scale(min(values), max(values), start, end)


def _numbers(places: dict[int, list[tuple[float, float]]]) -> list[Markup]:
    middles = sorted(
        (
            (sum(y for _, y in own) / len(own), sum(x for x, _ in own) / len(own), name)
            for name, own in places.items()
        )
    )
    found, last = [], -LABEL_HEIGHT
    for y, x, name in middles:
        last = max(y + 5, last + LABEL_HEIGHT)
        found.append(text(per_cent(x / 10), last, str(name), "strong haloed", "middle"))
    return found
