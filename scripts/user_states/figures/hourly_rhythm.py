"""Hourly rhythm: at what time of day users of each state request rides."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.rhythm_panels import draw_rhythm_panels, most_unlike
from user_states.figures.drawing.small_multiples import label_outer
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.array_types import Vector
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.rhythms import has_time_of_day, requests_by
from user_states.marts.state_rows import RhythmRow
from user_states.marts.texts import percent

HOURS = np.arange(24)


def draw_hourly_rhythm(marts: Marts) -> Figure:
    """Draw the share of each state's requests in every hour of the day.

    Raises
    ------
    NothingToDrawError
        If there are no requests, or the log has dates without a time of day.
    """
    requests = requests_by(marts, lambda row: row.hour_of_day, 24)
    if not has_time_of_day(marts):
        raise NothingToDrawError("every request is at 00:00: the log has dates only")

    def draw(axes: Axes, style: palette.StateStyle, shares: Vector) -> str:
        outline = palette.darkened(style.colour)
        axes.fill_between(
            HOURS,
            shares,
            facecolor=style.colour,
            hatch=style.hatch,
            edgecolor=outline,
            linewidth=0,
        )
        axes.plot(HOURS, shares, color=outline, linewidth=1.3)
        # On a white line, because it crosses dark states too.
        axes.plot(HOURS, requests.of_everyone, color="white", linewidth=2.6)
        axes.plot(
            HOURS,
            requests.of_everyone,
            color=palette.INK,
            linewidth=1,
            linestyle=(0, (4, 2)),
        )
        peak = int(shares.argmax())
        return f"peak at {peak:02d}:00 with {percent(shares[peak])}"

    figure, panels = draw_rhythm_panels(
        marts,
        requests,
        draw,
        "At what time of day users of each state request rides",
        "Filled: the state's requests by hour. Dashed: everyone's. "
        + most_unlike(requests, marts, "at other times"),
    )
    panels[0].set_xlim(0, 23)
    panels[0].set_xticks([0, 6, 12, 18, 23])
    label_outer(panels, "hour of the day (local time)", "share of requests")
    return figure


PICTURE = Picture(
    "hourly_rhythm", (RhythmRow,), lambda marts, _: draw_hourly_rhythm(marts)
)
