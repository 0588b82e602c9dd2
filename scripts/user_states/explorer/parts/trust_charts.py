"""What was said and what came: ranges with dots, chances, and bars."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    horizontal,
    rectangle,
    text,
    vertical,
)
from user_states.explorer.svg.scales import (
    Scale,
    per_cent,
    round_step,
    round_values,
)
from user_states.explorer.words.dates import short_date, week_span
from user_states.explorer.words.numbers import about, number

HEIGHT, TOP, BOTTOM = 236, 14, 196
LEFT = 12.0


@dataclass(frozen=True)
class Forecast:
    """A week's forecast and what came.

    Attributes
    ----------
    week : date
        Monday of the week that the forecast is about.
    expected, low, high : float
    observed : float
    is_inside : bool
    was_published : bool
        At the time; else it was made later, from what was known then.
    """

    week: datetime.date
    expected: float
    low: float
    high: float
    observed: float
    is_inside: bool
    was_published: bool


def ranges(forecasts: Sequence[Forecast], label: str) -> tuple[Markup, float]:
    """Return the ranges with what came, and where the scale starts.

    Parameters
    ----------
    forecasts : sequence of Forecast
        In order of weeks.
    label : str
        What the chart shows, in words.
    """
    lows = [min(f.low, f.observed) for f in forecasts]
    highs = [max(f.high, f.observed) for f in forecasts]
    spread = max(highs) - min(lows) or 1.0
    step = round_step(spread / 8)
    low = max(step * floor((min(lows) - 0.05 * spread) / step), 0.0)
    up = Scale(low, max(highs) + 0.05 * spread, BOTTOM, TOP)
    across = Scale(0, len(forecasts), LEFT, 99)
    room = across.at(1) - across.at(0)
    marks, labels = [], []
    for value in round_values(up.low, up.high, 3):
        y = up.at(value)
        marks += [
            horizontal(y, "", per_cent(LEFT)),
            text("0%", y + 4, number(value), "pale"),
        ]
    for place, forecast in enumerate(forecasts):
        x = per_cent(across.at(place + 0.5))
        width = min(0.42 * room, 3.2)
        tip = (
            f"{week_span(forecast.week)}\nwe said {about(forecast.low, 3)} to "
            f"{about(forecast.high, 3)}\n{number(forecast.observed)} came"
        )
        marks += [
            rectangle(
                per_cent(across.at(place + 0.5) - width / 2),
                up.at(forecast.high),
                per_cent(width),
                max(up.at(forecast.low) - up.at(forecast.high), 2),
                "band",
                radius=4,
                tip=tip,
            ),
            rectangle(
                per_cent(across.at(place + 0.5) - width / 2),
                up.at(forecast.expected) - 1,
                per_cent(width),
                2,
                "middle-line",
            ),
            dot(
                x,
                up.at(forecast.observed),
                5,
                "ink" if forecast.is_inside else "outside",
            ),
        ]
        # Neighbours share a label, which would overlap.
        if not forecast.is_inside and (place == 0 or forecasts[place - 1].is_inside):
            is_above = forecast.observed > forecast.high
            y = up.at(forecast.observed) + (-10 if is_above else 18)
            # The last label ends with the chart, or a phone would cut it.
            is_last = place == len(forecasts) - 1
            where = ("100%", "end") if is_last else (x, "middle")
            labels.append(text(where[0], y, "outside", "outside-text haloed", where[1]))
    # Above the bars of the weeks beside them.
    marks += labels
    every = max(-(-len(forecasts) // 6), 1)
    for place, forecast in enumerate(forecasts):
        if (len(forecasts) - 1 - place) % every == 0:
            # The last label ends with the chart, or a phone would cut it.
            is_last = place == len(forecasts) - 1
            marks.append(
                text(
                    "100%" if is_last else per_cent(across.at(place + 0.5)),
                    BOTTOM + 24,
                    short_date(forecast.week),
                    "pale",
                    "end" if is_last else "middle",
                )
            )
    return chart(HEIGHT, label, *marks, kind="ranges"), low


@dataclass(frozen=True)
class Chance:
    """Users who were given about the same chance, and how many of them rode."""

    words: str
    mean_forecast: float
    mean_outcome: float
    drawing: Markup


def chance_line(mean_forecast: float, mean_outcome: float) -> Markup:
    """Return a line from no chance to certainty: what was said, and what came."""
    scale = Scale(0, 1, 2, 98)
    return chart(
        24,
        "",
        horizontal(12, ""),
        vertical(scale.across(mean_forecast), 3, 21, "said"),
        dot(scale.across(mean_outcome), 12, 6, "ink"),
        kind="chance",
    )


def guess_bar(share: float, *, is_own: bool) -> Markup:
    """Return a bar of the uncertainty that a forecast explains."""
    width = per_cent(100 * min(max(share, 0.0), 1.0))
    return chart(
        18,
        "",
        rectangle("0%", 0, width, 18, "ink" if is_own else "kept", radius=2),
        kind="meter",
    )
