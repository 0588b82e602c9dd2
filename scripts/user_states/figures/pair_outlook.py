"""Between every two states: how far it is, and what it would be worth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures import matrices, shades
from user_states.figures.canvas import SMALL_SIZE, TEXT_SIZE, framed
from user_states.figures.matrices import ColumnNames
from user_states.marts.mart_data import NO_INTERVALS, MartData
from user_states.marts.rows import PairOutlook
from user_states.marts.texts import NothingToDrawError, signed
from user_states.marts.weeks_ahead import (
    MOST_WEEKS,
    MOST_YEARS,
    weeks_in_words,
    weeks_interval,
)

# Inches; in a cell there are two lines. Few states get larger cells.
CELL_WIDTH, CELL_HEIGHT = 0.95, 0.52
MIN_WIDTH_OF_CELLS, MIN_HEIGHT_OF_CELLS = 5.0, 1.8
MIN_WIDTH = 8.0
SAME_STATE = "#e3e3e3"


@dataclass(frozen=True)
class PairMeasure:
    """What a matrix shows of every pair of states.

    Attributes
    ----------
    interval : callable
        From a row to its value and the two ends of its 90 % interval.
    write : callable
        From a value to its text.
    write_interval : callable
        From a value and the two ends around it to the text of these; None where there
        is nothing to write.
    colour : callable
        From a number, and the least and the largest absolute one, to the colour of
        the cell.
    can_be_negative : bool
        Whether an interval may hold zero; one that does not is written bold.
    """

    interval: Callable[[PairOutlook], tuple[float | None, float | None, float | None]]
    write: Callable[[float | None], str]
    write_interval: Callable[[float | None, float | None, float | None], str | None]
    colour: Callable[[float, float, float], str]
    can_be_negative: bool = False


def draw_weeks_to_reach(data: MartData) -> Figure:
    """Draw the weeks until a user of one state is in another for the first time.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    # Near is dark: what is soon reached is what matters.
    measure = PairMeasure(
        lambda row: (
            row.expected_weeks_to_reach,
            row.expected_weeks_to_reach_low,
            row.expected_weeks_to_reach_high,
        ),
        weeks_in_words,
        weeks_interval,
        lambda weeks, least, _: shades.share_colour(_nearness(weeks, least)),
    )
    return _draw_matrix(
        data,
        measure,
        "How many weeks it is from one state to another",
        "A row is the state now, a column the state to reach. Each cell: the weeks "
        "until a user is there for the first time, on average and if nobody does "
        "anything, with a 90% interval; the darker the sooner. More than "
        f"{MOST_YEARS} years are not told in weeks. –: some never get there.",
    )


def draw_rides_gained(data: MartData) -> Figure:
    """Draw how many more rides users of one state make than those of another.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    measure = PairMeasure(
        lambda row: (
            row.associational_rides_gained_12_weeks,
            row.associational_rides_gained_12_weeks_low,
            row.associational_rides_gained_12_weeks_high,
        ),
        signed,
        lambda _, low, high: (
            None if low is None or high is None else f"{signed(low)} to {signed(high)}"
        ),
        lambda rides, _, most: shades.difference_colour(rides / most),
        can_be_negative=True,
    )
    return _draw_matrix(
        data,
        measure,
        "How many more rides users of another state make in 12 weeks",
        "A row is the state now, a column the state to be in instead. Each cell: "
        "completed rides over the next 12 weeks more (red) or less (blue) than in the "
        "row's state, with the 90% interval; bold where that leaves out zero. An "
        "association, not the effect of moving "
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
    has_intervals = any(
        measure.interval(row)[1] is not None for row in data.pair_outlooks
    )
    cell_width = max(CELL_WIDTH, MIN_WIDTH_OF_CELLS / len(states))
    cell_height = max(CELL_HEIGHT, MIN_HEIGHT_OF_CELLS / len(states))
    width, height = cell_width * len(states), cell_height * len(states)
    columns = ColumnNames(names, cell_width)
    frame = framed(
        max(left + width + columns.overhang + 0.5, MIN_WIDTH),
        columns.height + height,
        title,
        findings if has_intervals else f"{findings} {NO_INTERVALS}",
        f"By the model, marts.state_pair_outlook; {data.source_line}",
    )
    axes = frame.axes_at(left, columns.height, width, height)
    matrices.prepare(axes, len(states), len(states))
    place = {state.state_id: number for number, state in enumerate(states)}
    values = [measure.interval(row)[0] for row in data.pair_outlooks]
    sizes = [abs(value) for value in values if value] or [1.0]
    ends = min(sizes), max(sizes)
    for number in place.values():
        matrices.fill_cell(axes, number, number, SAME_STATE)
    for row in data.pair_outlooks:
        i, j = place[row.from_state_id], place[row.to_state_id]
        _draw_cell(axes, i, j, measure, row, ends)
    matrices.name_rows(axes, states, cell_width)
    matrices.name_columns(axes, states, columns, cell_height)
    return frame.figure


def _draw_cell(
    axes: Axes,
    i: int,
    j: int,
    measure: PairMeasure,
    row: PairOutlook,
    ends: tuple[float, float],
) -> None:
    value, low, high = measure.interval(row)
    colour = "#ffffff" if value is None else measure.colour(value, *ends)
    matrices.fill_cell(axes, i, j, colour)
    interval = measure.write_interval(value, low, high)
    if low is None or high is None or interval is None:
        matrices.write_cell(axes, i, j, measure.write(value), colour)
        return
    is_sure = measure.can_be_negative and (low > 0 or high < 0)
    matrices.write_cell(
        axes,
        i - 0.18,
        j,
        measure.write(value),
        colour,
        fontsize=TEXT_SIZE,
        fontweight="bold" if is_sure else "normal",
    )
    matrices.write_cell(axes, i + 0.23, j, interval, colour, fontsize=SMALL_SIZE - 0.5)


def _nearness(weeks: float, least: float) -> float:
    """Return 1 for the least weeks and 0 for the most that are told.

    By ratios, for the farthest are often many times as far as the others.
    """
    if least >= MOST_WEEKS:
        return 0.0
    return math.log(MOST_WEEKS / min(weeks, MOST_WEEKS)) / math.log(MOST_WEEKS / least)
