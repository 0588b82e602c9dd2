"""Charts of one state: its features, its rhythm, and how long users stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from user_states.explorer.charts import (
    Chart,
    axis,
    fill,
    layout,
    layout_with_legend,
    lines_in_chart,
)
from user_states.marts import palette
from user_states.marts.distinct_features import farthest
from user_states.marts.feature_labels import FeatureLabel, FeatureLabels
from user_states.marts.known_means import profiles
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.rhythms import WEEKDAYS, requests_by
from user_states.marts.state_rows import (
    ProfileRow,
    RhythmRow,
    ShownState,
)
from user_states.marts.stays import reliable_stays_in
from user_states.marts.texts import signed

# Most characters of a feature's name next to its bar and in a hover label.
LABEL_WIDTH, HOVER_WIDTH = 18, 40
# Features in the chart; the table below it has all. One of several parts counts once.
MAX_FEATURES = 12
# The axis extends this far beyond the longest bar, so that numbers fit on a phone.
ROOM_FOR_FIGURES = 1.5


def fingerprint(marts: Marts, state: ShownState) -> Chart:
    """Return the distances from everyone's, of the features with the largest ones.

    The parts of a feature stand together, below a heading.
    """
    rows = _farthest(
        [
            row
            for row in profiles(marts)
            if row.state_id == state.state_id
            and row.standard_deviations_from_everyone is not None
            and isfinite(row.standard_deviations_from_everyone)
        ],
        marts.labels,
    )
    labels = [marts.labels.of(row.feature) for row in rows]
    places, headings = _places(labels)
    distances = [row.standard_deviations_from_everyone or 0.0 for row in rows]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": distances,
        "y": places,
        "marker": fill(state) | {"line": _outline(state)},
        "text": [signed(distance) for distance in distances],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hovertext": [
            f"{lines_in_chart(label.full_text, HOVER_WIDTH)}<br>"
            f"{label.value(row.mean_value)} {label.unit}, everyone "
            f"{label.value(row.mean_of_everyone)}"
            for label, row in zip(labels, rows, strict=True)
        ],
    }
    names = {
        place: lines_in_chart(label.text, LABEL_WIDTH)
        for place, label in zip(places, labels, strict=True)
    } | {
        place: f"<b>{lines_in_chart(heading, LABEL_WIDTH)}</b>"
        for place, heading in headings.items()
    }
    reach = ROOM_FOR_FIGURES * max([1.0, *map(abs, distances)])
    return Chart(
        [trace] if rows else [],
        layout(
            90 + 32 * len(names),
            xaxis=axis(
                "standard deviations",
                range=[-reach, reach],
                zerolinecolor=palette.INK,
            ),
            # By position, because two features may have the same name.
            yaxis=axis(
                range=[len(names) - 0.5, -0.5],
                tickvals=sorted(names),
                ticktext=[names[place] for place in sorted(names)],
                showgrid=False,
                zeroline=False,
            ),
        ),
    )


def _farthest(rows: list[ProfileRow], labels: FeatureLabels) -> list[ProfileRow]:
    """Return the farthest features in their own order, each with all of its parts."""
    largest = {_fact(row, labels) for row in farthest(rows, labels, MAX_FEATURES)}
    return [row for row in rows if _fact(row, labels) in largest]


def _fact(row: ProfileRow, labels: FeatureLabels) -> str:
    return labels.of(row.feature).group or row.feature


def _places(labels: Sequence[FeatureLabel]) -> tuple[list[int], dict[int, str]]:
    """Return the place of each bar from the top, and the headings by their places."""
    places: list[int] = []
    headings: dict[int, str] = {}
    group = ""
    for label in labels:
        if label.group and label.group != group:
            headings[len(places) + len(headings)] = label.group
        group = label.group
        places.append(len(places) + len(headings))
    return places, headings


def stay(marts: Marts, state: ShownState) -> Chart:
    """Return the share of stays that last longer, observed and by the model."""
    rows = reliable_stays_in(marts, state.state_id)
    weeks = [0, *(row.n_weeks for row in rows)]
    style = state.style
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "observed",
            "x": weeks,
            "y": [1.0, *(row.longer_share for row in rows)],
            "line": {"color": palette.darkened(style.colour), "width": 3},
            "hovertemplate": "longer than %{x} weeks: %{y:.1%}",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "by the model",
            "x": weeks,
            "y": [1.0, *(row.expected_longer_share for row in rows)],
            "line": {"color": palette.INK, "width": 2, "dash": "dash"},
            "hovertemplate": "by the model: %{y:.1%}",
        },
    ]
    return Chart(
        traces if rows else [],
        layout_with_legend(
            260,
            hovermode="x unified",
            xaxis=axis("weeks in the state", rangemode="tozero"),
            yaxis=axis("still there", tickformat=".0%", range=[0, 1.02]),
        ),
    )


def by_hour(marts: Marts, state: ShownState) -> Chart:
    """Return the state's requests by hour of the day, compared with everyone's."""
    hours = [f"{hour:02d}" for hour in range(24)]
    return _rhythm(
        marts, state, hours, lambda row: row.hour_of_day, "hour (local time)"
    )


def by_weekday(marts: Marts, state: ShownState) -> Chart:
    """Return the state's requests by day of the week, compared with everyone's."""
    return _rhythm(marts, state, WEEKDAYS, lambda row: row.iso_weekday - 1, "")


def _rhythm(
    marts: Marts,
    state: ShownState,
    labels: Sequence[str],
    place: Callable[[RhythmRow], int],
    title: str,
) -> Chart:
    try:
        requests = requests_by(marts, place, len(labels))
    except NothingToDrawError:
        return Chart([], layout(100))
    own = requests.of_state[state.state_id]
    if own is None:
        return Chart([], layout(100))
    traces = [
        {
            "type": "bar",
            "name": "this state",
            "x": list(labels),
            "y": [round(float(share), 5) for share in own],
            "marker": fill(state) | {"line": _outline(state)},
            "hovertemplate": "%{y:.1%}",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "everyone",
            "x": list(labels),
            "y": [round(float(share), 5) for share in requests.of_everyone],
            "line": {"color": palette.INK, "width": 2, "shape": "hvh", "dash": "dot"},
            "hovertemplate": "%{y:.1%}",
        },
    ]
    return Chart(
        traces,
        layout_with_legend(
            240,
            hovermode="x unified",
            bargap=0.12,
            xaxis=axis(title, type="category"),
            yaxis=axis("share of requests", tickformat=".0%", rangemode="tozero"),
        ),
    )


def _outline(state: ShownState) -> dict[str, Any]:
    """Return a line around bars, so that the palest colours are visible too."""
    colour = state.style.colour
    return {"width": 1, "color": palette.darkened(colour)}
