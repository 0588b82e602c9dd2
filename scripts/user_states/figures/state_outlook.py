"""State outlook: the expected stay, long-run share and rides for each state."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.drawing.canvas import (
    NO_INTERVALS,
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
    percent_axis,
)
from user_states.figures.drawing.text_sizes import row_height, widest_line
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.outlook_rows import StateOutlookRow
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import percent, wrapped
from user_states.marts.weeks_ahead import MOST_WEEKS, stay_in_words

# Inches.
ROW = 0.46
PANEL_WIDTH = 2.6
BETWEEN = 0.4
TOP, BOTTOM = 0.35, 0.6
NAME_LENGTH = 28

Interval = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class OutlookMeasure:
    """One column of the figure.

    Attributes
    ----------
    title, unit : str
    interval : callable
        Takes a row, returns its value and the two ends of its 90% interval.
    write : callable
        Takes a number, returns its text.
    is_share : bool
    most : float
        The largest number that is drawn.
    beyond : str
        What is written instead of a larger number, or of none.
    """

    title: str
    unit: str
    interval: Callable[[StateOutlookRow], Interval]
    write: Callable[[float], str]
    is_share: bool = False
    most: float = math.inf
    beyond: str = "not known"


OUTLOOK_MEASURES = (
    OutlookMeasure(
        "mean stay",
        "weeks",
        lambda row: (
            row.expected_stay_weeks,
            row.expected_stay_weeks_low,
            row.expected_stay_weeks_high,
        ),
        lambda value: f"{value:,.1f}",
        most=MOST_WEEKS,
        beyond=stay_in_words(None),
    ),
    OutlookMeasure(
        "share in the long run (× now)",
        "share of user-weeks",
        lambda row: (
            row.long_run_share,
            row.long_run_share_low,
            row.long_run_share_high,
        ),
        percent,
        is_share=True,
    ),
    OutlookMeasure(
        "rides in the next 12 weeks",
        "completed rides of a user",
        lambda row: (
            row.expected_rides_12_weeks,
            row.expected_rides_12_weeks_low,
            row.expected_rides_12_weeks_high,
        ),
        lambda value: f"{value:,.1f}",
    ),
)


def draw_state_outlook(marts: Marts) -> Figure:
    """Draw expected stay, long-run share and rides of each state, with intervals.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook.
    """
    if not marts.rows(StateOutlookRow):
        raise NothingToDrawError(
            "state_outlook is empty: no model has been fitted, or the champion was "
            "stored without outlooks"
        )
    states = marts.model_states
    names = [wrapped(state.state_name, NAME_LENGTH) for state in states]
    left = widest_line(names, TEXT_SIZE) + 0.15
    height = row_height(names, ROW) * len(states)
    frame = framed(
        left + len(OUTLOOK_MEASURES) * (PANEL_WIDTH + BETWEEN) + 0.5,
        TOP + height + BOTTOM,
        "What to expect of a user in each state",
        f"{_largest_change(marts)} Expected by the model for a user who is in the "
        "state now. "
        f"{_about_intervals(marts)} Crosses: share today, among users who have "
        "started.",
        f"marts.state_outlook and marts.states; {marts.source_line}",
    )
    for number, measure in enumerate(OUTLOOK_MEASURES):
        axes = frame.axes_at(
            left + number * (PANEL_WIDTH + BETWEEN), TOP, PANEL_WIDTH, height
        )
        _draw_measure(axes, measure, marts)
    labels = frame.axes_at(0, TOP, left, height)
    labels.set_axis_off()
    labels.set_xlim(0, left)
    labels.set_ylim(len(states) - 0.5, -0.5)
    for i, name in enumerate(names):
        labels.text(left - 0.08, i, name, ha="right", va="center")
    return frame.figure


def shares_of_started(states: Sequence[ShownState]) -> dict[int, float]:
    """Return each state's share of the users who are in a state of the model now."""
    total = sum(state.n_users for state in states) or 1
    return {state.state_id: state.n_users / total for state in states}


def _draw_measure(axes: Axes, measure: OutlookMeasure, marts: Marts) -> None:
    now = shares_of_started(marts.model_states)
    rows = {row.state_id: row for row in marts.rows(StateOutlookRow)}
    largest = 0.0
    for i, state in enumerate(marts.model_states):
        value, low, high = measure.interval(rows[state.state_id])
        style = state.style
        if value is None or value > measure.most:
            axes.text(0, i, f" {measure.beyond}", va="center", fontsize=SMALL_SIZE)
            continue
        right = value
        if low is not None and high is not None:
            right = min(high, measure.most)
            axes.plot(
                [low, right], [i + 0.18] * 2, color=palette.darkened(style.colour), lw=2
            )
        axes.plot(
            value,
            i + 0.18,
            marker=style.marker,
            markersize=7,
            color=style.colour,
            markeredgecolor=palette.darkened(style.colour),
            linestyle="none",
            clip_on=False,
        )
        if measure.is_share:
            right = max(right, now[state.state_id])
            axes.plot(
                now[state.state_id], i + 0.18, "x", color=palette.INK, markersize=6
            )
        largest = max(largest, right)
        axes.annotate(
            _text(measure, value, low, high),
            (0, i - 0.14),
            (4, 0),
            textcoords="offset points",
            fontsize=SMALL_SIZE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    _finish(axes, measure, largest, len(marts.model_states))


def _text(
    measure: OutlookMeasure, value: float, low: float | None, high: float | None
) -> str:
    text = measure.write(value)
    if low is None or high is None:
        return text
    end = measure.write(high) if high <= measure.most else f">{measure.most:,.0f}"
    return f"{text} ({measure.write(low)} to {end})"


def _finish(axes: Axes, measure: OutlookMeasure, largest: float, n_states: int) -> None:
    axes.set_title(measure.title, fontsize=TEXT_SIZE, loc="left")
    axes.set_xlim(0, (largest or 1.0) * 1.06)
    axes.set_ylim(n_states - 0.5, -0.5)
    axes.set_yticks([])
    axes.hlines(
        [i + 0.5 for i in range(n_states - 1)],
        0,
        axes.get_xlim()[1],
        color=palette.GRID,
        linewidth=0.6,
    )
    axes.xaxis.set_major_locator(MaxNLocator(4))
    if measure.is_share:
        percent_axis(axes, "x")
    axes.set_xlabel(measure.unit)
    axes.grid(axis="x")


def _about_intervals(marts: Marts) -> str:
    ends = [
        measure.interval(row)[1]
        for measure in OUTLOOK_MEASURES
        for row in marts.rows(StateOutlookRow)
    ]
    if all(end is None for end in ends):
        return NO_INTERVALS
    return "Lines and brackets: 90% intervals."


def _largest_change(marts: Marts) -> str:
    now = shares_of_started(marts.model_states)
    changes = {
        row.state_id: row.long_run_share - now[row.state_id]
        for row in marts.rows(StateOutlookRow)
        if row.long_run_share is not None
    }
    if marts.only_state:
        return "There is only one state, so no user moves to another one."
    if not changes:
        return "The long run depends on where users start."
    state_id = max(changes, key=lambda key: abs(changes[key]))
    verb = "grow" if changes[state_id] > 0 else "shrink"
    return (
        f"If users continue to move as before, “{marts.name_of(state_id)}” will {verb} "
        f"most, from {percent(now[state_id])} of users to "
        f"{percent(now[state_id] + changes[state_id])}."
    )


PICTURE = Picture(
    "state_outlook", (StateOutlookRow,), lambda marts, _: draw_state_outlook(marts)
)
