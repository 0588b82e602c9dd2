"""Drawings in rows that are compared: a dot on a band, and bars from zero."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, dot, rectangle, text, vertical
from user_states.explorer.svg.scales import Scale

HEIGHT = 30


def on_band(
    value: float,
    band: tuple[float, float] | None,
    scale: Scale,
    class_: str,
    tip: str,
    *,
    is_outside: bool,
) -> Markup:
    """Return a value as a dot on the band where most values lay."""
    middle = HEIGHT / 2
    parts = [vertical(scale.across(0), 0, HEIGHT, "axis")]
    if band:
        parts.append(
            rectangle(
                scale.across(band[0]),
                middle - 7,
                scale.width(*band),
                14,
                "band",
                radius=3,
            )
        )
        parts.append(vertical(scale.across(0), middle - 7, middle + 7, "axis"))
    size = 7 if is_outside else 5.5
    parts.append(dot(scale.across(value), middle, size, f"{class_} ringed", tip))
    return chart(HEIGHT, "", *parts)


def bar(
    value: float, compared: float | None, scale: Scale, class_: str, tip: str
) -> Markup:
    """Return a value as a bar from zero, and a dotted line to compare it with."""
    low, high = sorted((0.0, value))
    parts = [
        rectangle(
            scale.across(low), 6, scale.width(low, high), 18, class_, radius=2, tip=tip
        ),
        vertical(scale.across(0), 0, HEIGHT, "axis"),
    ]
    if compared is not None:
        parts.append(vertical(scale.across(compared), 0, HEIGHT, "dotted"))
    return chart(HEIGHT, "", *parts)


def marks(
    scale: Scale, labels: Sequence[tuple[float, str]], strong: bool = False
) -> Markup:
    """Return labels of values in a row above the drawings."""
    return chart(
        18,
        "",
        *(
            text(
                scale.across(value),
                12,
                words,
                "strong" if strong else "pale",
                _anchor(scale.at(value)),
            )
            for value, words in labels
        ),
    )


def _anchor(place: float) -> str:
    if place < 12:
        return "start"
    return "end" if place > 88 else "middle"
