"""Ranges with a dot: effects of lists, forecasts."""

from __future__ import annotations

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    horizontal,
    rectangle,
    text,
    vertical,
)
from user_states.explorer.svg.scales import Scale

HEIGHT = 26
# A label beyond this, in per cent, would leave the chart.
NEAR_THE_END = 85


def effect(
    value: float, low: float, high: float, scale: Scale, class_: str, label: str
) -> Markup:
    """Return a range with a dot on a line that marks zero.

    Parameters
    ----------
    value, low, high : float
    scale : Scale
        The same for ranges that are compared, in per cents; it contains zero.
    class_ : str
        Colour, such as `k3`.
    label : str
        The same in words.
    """
    middle = HEIGHT / 2
    return chart(
        HEIGHT,
        label,
        horizontal(middle, "", "0%", "100%"),
        vertical(scale.across(0), 0, HEIGHT, "axis"),
        rectangle(
            scale.across(low),
            middle - 5,
            scale.width(low, high),
            10,
            f"{class_} range",
            radius=5,
        ),
        dot(scale.across(value), middle, 7, f"{class_} ringed"),
        kind="effect",
    )


def unknown(scale: Scale) -> Markup:
    """Return the place of a range that is not known yet."""
    middle = HEIGHT / 2
    return chart(
        HEIGHT,
        "",
        vertical(scale.across(0), 0, HEIGHT, "axis"),
        rectangle(
            scale.across(0),
            middle - 7,
            scale.width(0, scale.high),
            14,
            "dashed",
            radius=7,
        ),
        kind="effect",
    )


def axis(scale: Scale, ticks: list[tuple[float, str]]) -> Markup:
    """Return the values of a scale, as a row above ranges."""
    return chart(
        16,
        "",
        *(
            text(
                scale.across(value),
                12,
                words,
                "pale",
                "end" if scale.at(value) > NEAR_THE_END else "middle",
            )
            for value, words in ticks
        ),
    )
