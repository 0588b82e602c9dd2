"""Weekly rhythm: on which days of the week users of each state request rides."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.rhythm_panels import draw_rhythm_panels, most_unlike
from user_states.figures.drawing.small_multiples import label_outer
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.array_types import Vector
from user_states.marts.marts import Marts
from user_states.marts.rhythms import WEEKDAYS, requests_by
from user_states.marts.state_rows import RhythmRow
from user_states.marts.texts import percent

FRIDAY = 4


def draw_weekly_rhythm(marts: Marts) -> Figure:
    """Draw the share of each state's requests on every day of the week.

    Raises
    ------
    NothingToDrawError
        If there are no requests.
    """
    requests = requests_by(marts, lambda row: row.iso_weekday - 1, 7)
    days = np.arange(7)

    def draw(axes: Axes, style: palette.StateStyle, shares: Vector) -> str:
        axes.bar(
            days,
            shares,
            width=0.8,
            color=style.colour,
            hatch=style.hatch,
            edgecolor=palette.darkened(style.colour),
            linewidth=0.6,
        )
        # On white lines, because they cross dark states too.
        for colour, width in (("white", 2.8), (palette.INK, 1.4)):
            axes.hlines(
                requests.of_everyone,
                days - 0.46,
                days + 0.46,
                color=colour,
                linewidth=width,
            )
        return f"{percent(float(shares[FRIDAY:].sum()))} Fri–Sun"

    figure, panels = draw_rhythm_panels(
        marts,
        requests,
        draw,
        "On which days of the week users of each state request rides",
        "Bars: the state's requests by day. Lines: everyone's. "
        + most_unlike(requests, marts, "on other days"),
    )
    panels[0].set_xticks(days, WEEKDAYS)
    label_outer(panels, "", "share of requests")
    return figure


PICTURE = Picture(
    "weekly_rhythm", (RhythmRow,), lambda marts, _: draw_weekly_rhythm(marts)
)
