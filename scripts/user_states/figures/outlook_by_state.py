"""What lies ahead of a user in each state: stay, long-run share and rides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.canvas import SMALL_SIZE, TEXT_SIZE, framed, percent_axis
from user_states.figures.text_sizes import row_height, widest_line
from user_states.marts import palette
from user_states.marts.mart_data import NO_INTERVALS, MartData
from user_states.marts.rows import State, StateOutlook
from user_states.marts.texts import NothingToDrawError, percent, wrapped

# Inches.
ROW = 0.46
PANEL_WIDTH = 2.6
BETWEEN = 0.4
TOP, BOTTOM = 0.35, 0.6
NAME_LENGTH = 28

Interval = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Measure:
    """One column of the figure.

    Attributes
    ----------
    title, unit : str
    interval : callable
        From a row to its value and the two ends of its 90 % interval.
    write : callable
        From a number to its text.
    is_share : bool
    """

    title: str
    unit: str
    interval: Callable[[StateOutlook], Interval]
    write: Callable[[float], str]
    is_share: bool = False


MEASURES = (
    Measure(
        "mean stay",
        "weeks",
        lambda row: (
            row.expected_stay_weeks,
            row.expected_stay_weeks_low,
            row.expected_stay_weeks_high,
        ),
        lambda value: f"{value:,.1f}",
    ),
    Measure(
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
    Measure(
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


def draw_state_outlook(data: MartData) -> Figure:
    """Draw stay, long-run share and rides of each state with their intervals.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook.
    """
    if not data.state_outlooks:
        raise NothingToDrawError(
            "state_outlook is empty: no model has been fitted, or the champion is from "
            "before there were outlooks"
        )
    states = data.model_states
    names = [wrapped(state.state_name, NAME_LENGTH) for state in states]
    left = widest_line(names, TEXT_SIZE) + 0.15
    height = row_height(names, ROW) * len(states)
    frame = framed(
        left + len(MEASURES) * (PANEL_WIDTH + BETWEEN) + 0.5,
        TOP + height + BOTTOM,
        "What lies ahead of a user in each state",
        f"{_largest_change(data)} By the model, for a user who is in the state now. "
        f"{_about_intervals(data)} Crosses: today's share of the users who have "
        "started.",
        f"marts.state_outlook and marts.states; {data.source_line}",
    )
    for number, measure in enumerate(MEASURES):
        axes = frame.axes_at(
            left + number * (PANEL_WIDTH + BETWEEN), TOP, PANEL_WIDTH, height
        )
        _draw_measure(axes, measure, data)
    labels = frame.axes_at(0, TOP, left, height)
    labels.set_axis_off()
    labels.set_xlim(0, left)
    labels.set_ylim(len(states) - 0.5, -0.5)
    for i, name in enumerate(names):
        labels.text(left - 0.08, i, name, ha="right", va="center")
    return frame.figure


def shares_of_started(states: Sequence[State]) -> dict[int, float]:
    """Return each state's share of the users who are in a state of the model now."""
    total = sum(state.n_users for state in states) or 1
    return {state.state_id: state.n_users / total for state in states}


def _draw_measure(axes: Axes, measure: Measure, data: MartData) -> None:
    now = shares_of_started(data.model_states)
    rows = {row.state_id: row for row in data.state_outlooks}
    largest = 0.0
    for i, state in enumerate(data.model_states):
        value, low, high = measure.interval(rows[state.state_id])
        style = state.style
        if value is None:
            axes.text(0, i, " not known", va="center", fontsize=SMALL_SIZE)
            continue
        right = value
        if low is not None and high is not None:
            right = high
            axes.plot(
                [low, high], [i + 0.18] * 2, color=palette.darkened(style.colour), lw=2
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
    _finish(axes, measure, largest, len(data.model_states))


def _text(measure: Measure, value: float, low: float | None, high: float | None) -> str:
    text = measure.write(value)
    if low is None or high is None:
        return text
    return f"{text} ({measure.write(low)} to {measure.write(high)})"


def _finish(axes: Axes, measure: Measure, largest: float, n_states: int) -> None:
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


def _about_intervals(data: MartData) -> str:
    ends = [
        measure.interval(row)[1] for measure in MEASURES for row in data.state_outlooks
    ]
    if all(end is None for end in ends):
        return NO_INTERVALS
    return "Lines, and in brackets: 90% intervals."


def _largest_change(data: MartData) -> str:
    now = shares_of_started(data.model_states)
    changes = {
        row.state_id: row.long_run_share - now[row.state_id]
        for row in data.state_outlooks
        if row.long_run_share is not None
    }
    if not changes:
        return "Where users end up depends on where they begin."
    state_id = max(changes, key=lambda key: abs(changes[key]))
    verb = "grow" if changes[state_id] > 0 else "shrink"
    return (
        f"If users go on moving as they do, “{data.name_of(state_id)}” will {verb} "
        f"most, from {percent(now[state_id])} of users to "
        f"{percent(now[state_id] + changes[state_id])}."
    )
