"""Between every two states: how far it is, and what it would be worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pictures import matrices, palette
from pictures.canvas import SMALL_SIZE, NothingToDrawError, framed, signed
from pictures.mart_data import NO_INTERVALS, MartData
from pictures.rows import PairOutlook

# Inches. Few states get larger cells.
CELL = 0.84
MIN_SIZE = 2.6
MIN_WIDTH = 8.0
SAME_STATE = "#e3e3e3"
# The strongest colour is left out, for text on it is hard to read.
STRONGEST = 0.8


@dataclass(frozen=True)
class PairMeasure:
    """What a matrix shows of every pair of states.

    Attributes
    ----------
    interval : callable
        From a row to its value and the two ends of its 90 % interval.
    write : callable
        From a number to its text.
    colour : callable
        From a number and the largest absolute one to the colour of the cell.
    """

    interval: Callable[[PairOutlook], tuple[float | None, float | None, float | None]]
    write: Callable[[float], str]
    colour: Callable[[float, float], str]


def draw_weeks_to_reach(data: MartData) -> Figure:
    """Draw the weeks until a user of one state is in another for the first time.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    shades = colormaps[palette.SHARES]
    # Near is dark: what is soon reached is what matters.
    measure = PairMeasure(
        lambda row: (
            row.expected_weeks_to_reach,
            row.expected_weeks_to_reach_low,
            row.expected_weeks_to_reach_high,
        ),
        lambda weeks: f"{weeks:,.0f}" if weeks >= 10 else f"{weeks:.1f}",
        lambda weeks, most: to_hex(shades(STRONGEST * (1 - weeks / most) ** 2)),
    )
    return _draw_matrix(
        data,
        measure,
        "How many weeks it is from one state to another",
        "A row is the state now, a column the state to reach. Each cell: the weeks "
        "until a user is there for the first time, on average and if nobody does "
        "anything, with a 90% interval; the darker the sooner. –: some never get "
        "there.",
    )


def draw_rides_gained(data: MartData) -> Figure:
    """Draw how many more rides users of one state make than those of another.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    differences = colormaps[palette.DIFFERENCES]
    measure = PairMeasure(
        lambda row: (
            row.associational_rides_gained_12_weeks,
            row.associational_rides_gained_12_weeks_low,
            row.associational_rides_gained_12_weeks_high,
        ),
        signed,
        lambda rides, most: to_hex(differences(0.5 + STRONGEST / 2 * rides / most)),
    )
    return _draw_matrix(
        data,
        measure,
        "How many more rides users of another state make in 12 weeks",
        "A row is the state now, a column the state to be in instead. Each cell: "
        "completed rides over the next 12 weeks more (red) or less (blue) than in the "
        "row's state, with the 90% interval. An association, not the effect of moving "
        "anybody: an action gains so much only as far as it makes its users ride as "
        "those of the column do.",
    )


def _draw_matrix(
    data: MartData, measure: PairMeasure, title: str, findings: str
) -> Figure:
    if not data.pair_outlooks:
        raise NothingToDrawError(
            "state_pair_outlook is empty: the model has one state, or none has been "
            "fitted, or the champion is from before there were outlooks"
        )
    states = data.model_states
    names = [state.state_name for state in states]
    left = matrices.row_names_width(names)
    top = matrices.column_names_height(names)
    has_intervals = any(
        measure.interval(row)[1] is not None for row in data.pair_outlooks
    )
    cell = max(CELL, MIN_SIZE / len(states))
    size = cell * len(states)
    frame = framed(
        max(left + size + matrices.column_names_overhang(names) + 0.5, MIN_WIDTH),
        top + size,
        title,
        findings if has_intervals else f"{findings} {NO_INTERVALS}",
        f"By the model, marts.state_pair_outlook; {data.source_line}",
    )
    axes = frame.axes_at(left, top, size, size)
    matrices.prepare(axes, len(states), len(states))
    place = {state.state_id: number for number, state in enumerate(states)}
    values = [measure.interval(row)[0] for row in data.pair_outlooks]
    most = max((abs(value) for value in values if value is not None), default=0) or 1.0
    for number in place.values():
        matrices.fill_cell(axes, number, number, SAME_STATE)
    for row in data.pair_outlooks:
        i, j = place[row.from_state_id], place[row.to_state_id]
        value, low, high = measure.interval(row)
        colour = "#ffffff" if value is None else measure.colour(value, most)
        text = "–" if value is None else measure.write(value)
        matrices.fill_cell(axes, i, j, colour)
        if low is None or high is None:
            matrices.write_cell(axes, i, j, text, colour)
        else:
            matrices.write_cell(axes, i - 0.14, j, text, colour)
            interval = f"{measure.write(low)} to {measure.write(high)}"
            matrices.write_cell(
                axes, i + 0.22, j, interval, colour, fontsize=SMALL_SIZE - 1.5
            )
    matrices.name_rows(axes, states, cell)
    matrices.name_columns(axes, states, cell)
    return frame.figure
