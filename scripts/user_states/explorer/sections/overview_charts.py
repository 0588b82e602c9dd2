"""Charts of all states: a treemap of their sizes, and their sizes over time."""

from __future__ import annotations

from typing import Any

from user_states.explorer.charts import (
    PATTERNS,
    Chart,
    axis,
    layout,
    lines_in_chart,
    name_on_a_line,
)
from user_states.marts import palette
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts
from user_states.marts.weekly_sizes import WeeklySizes, weekly_sizes

# Most characters of a line, and lines, in a tile: tiles are narrow on a phone.
NAME_WIDTH, NAME_LINES = 15, 5
# The area around all tiles; without it Plotly does not use their colours.
ROOT = "all"


def treemap(marts: Marts, *, by_rides: bool) -> Chart:
    """Return the states as areas, by users in the newest week or by all rides."""
    values = [s.n_rides if by_rides else s.n_users for s in marts.states]
    total = sum(values)
    styles = [s.style for s in marts.states]
    what = "rides, over all weeks" if by_rides else "users in the newest week"
    trace = {
        "type": "treemap",
        "ids": [ROOT, *(str(s.state_id) for s in marts.states)],
        "labels": [
            "",
            *(
                lines_in_chart(s.state_name, NAME_WIDTH, NAME_LINES)
                for s in marts.states
            ),
        ],
        "parents": ["", *[ROOT] * len(values)],
        "values": [0, *values],
        "text": ["", *(f"{v:,} · {v / total if total else 0:.1%}" for v in values)],
        "texttemplate": "%{label}<br>%{text}",
        "hovertemplate": [
            "All states<extra></extra>",
            *[f"%{{label}}<br>%{{text}} of the {what}<extra></extra>"] * len(values),
        ],
        "marker": {
            "colors": ["white", *(style.colour for style in styles)],
            "pattern": {"shape": ["", *(PATTERNS[style.hatch] for style in styles)]},
            "line": {"width": 2, "color": "white"},
            "pad": {"t": 0, "r": 0, "b": 0, "l": 0},
        },
        # Plotly shrinks it in small tiles; the script hides it if it is too small.
        "textfont": {
            "size": 16,
            "color": [palette.INK, *(style.ink for style in styles)],
        },
        "pathbar": {"visible": False},
        "tiling": {"pad": 2},
        "sort": True,
    }
    return Chart(
        [trace],
        layout(
            380,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
        ),
    )


def sizes_over_time(marts: Marts, *, as_shares: bool) -> Chart:
    """Return the states' users week by week, stacked.

    Weeks that are not settled are shaded.
    """
    if not marts.rows(SizeRow):
        return Chart([], layout(100))
    sizes = weekly_sizes(marts.rows(SizeRow), marts.states)
    values = sizes.shares if as_shares else sizes.n_users
    number = "%{y:.1%}" if as_shares else "%{y:,.0f} users"
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name_on_a_line(state),
            "x": [week.isoformat() for week in sizes.weeks],
            "y": [round(float(value), 6) for value in values[:, place]],
            "stackgroup": "states",
            "fillcolor": state.style.colour,
            "fillpattern": {
                "shape": PATTERNS[state.style.hatch],
                "fillmode": "overlay",
            },
            "line": {"width": 0.7, "color": "white"},
            "meta": state.state_id,
            "hovertemplate": number,
        }
        for place, state in enumerate(sizes.states)
    ]
    share_axis = {"tickformat": ".0%", "range": [0, 1]}
    count_axis = {"tickformat": ",", "rangemode": "tozero"}
    return Chart(
        traces,
        layout(
            360,
            hovermode="x unified",
            margin={"l": 10, "r": 10, "t": 28, "b": 10},
            **_shade(sizes),
            xaxis=axis("week (Monday)"),
            yaxis=axis(
                "share of users" if as_shares else "users",
                **(share_axis if as_shares else count_axis),
            ),
        ),
    )


def _shade(sizes: WeeklySizes) -> dict[str, Any]:
    """Return the shade over unsettled weeks, with its text; empty if there are none."""
    if sizes.is_settled:
        return {}
    first = (sizes.last_settled or sizes.weeks[0]).isoformat()
    last = sizes.weeks[-1].isoformat()
    place = {"xref": "x", "yref": "paper"}
    edge = {"color": palette.INK, "width": 1, "dash": "dash"}
    return {
        "shapes": [
            {
                **place,
                "type": "rect",
                "x0": first,
                "x1": last,
                "y0": 0,
                "y1": 1,
                "fillcolor": "rgba(255, 255, 255, 0.4)",
                "line": {"width": 0},
            },
            {**place, "type": "line", "x0": first, "x1": first, "y0": 0, "y1": 1}
            | {"line": edge},
        ],
        "annotations": [
            {
                **place,
                "text": "not settled",
                "x": last,
                "y": 1,
                "xanchor": "right",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12, "color": palette.MUTED},
            }
        ],
    }
