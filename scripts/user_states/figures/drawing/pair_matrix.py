"""A matrix of all pairs of states, with a number and an interval in each cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing import matrices
from user_states.figures.drawing.canvas import (
    NO_INTERVALS,
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
)
from user_states.figures.drawing.matrices import ColumnNames
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.outlook_rows import PairOutlookRow

# Inches, of cells with two lines of text. Few states get larger cells.
CELL_WIDTH, CELL_HEIGHT = 0.95, 0.52
MIN_WIDTH_OF_CELLS, MIN_HEIGHT_OF_CELLS = 5.0, 1.8
MIN_WIDTH = 8.0
SAME_STATE = "#e3e3e3"


@dataclass(frozen=True)
class PairMeasure:
    """What the matrix shows for every pair of states.

    Attributes
    ----------
    interval : callable
        Takes a row, returns its value and the two ends of its 90% interval.
    write : callable
        Takes a value, returns its text.
    write_interval : callable
        Takes a value and the ends of its interval, returns the text of the interval;
        None if there is nothing to write.
    colour : callable
        Takes a value, and the smallest and the largest absolute value, returns the
        colour of the cell.
    can_be_negative : bool
        Whether values can be negative. Then an interval without zero is bold.
    """

    interval: Callable[
        [PairOutlookRow], tuple[float | None, float | None, float | None]
    ]
    write: Callable[[float | None], str]
    write_interval: Callable[[float | None, float | None, float | None], str | None]
    colour: Callable[[float, float, float], str]
    can_be_negative: bool = False


def draw_pair_matrix(
    marts: Marts, measure: PairMeasure, title: str, findings: str
) -> Figure:
    """Draw a measure for every pair of states, rows from, columns to.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    if not marts.rows(PairOutlookRow):
        raise NothingToDrawError(
            "state_pair_outlook is empty: the model has only one state, no model has "
            "been fitted, or the champion was stored without outlooks"
        )
    states = marts.model_states
    names = [state.state_name for state in states]
    left = matrices.row_names_width(names)
    has_intervals = any(
        measure.interval(row)[1] is not None for row in marts.rows(PairOutlookRow)
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
        f"By the model, marts.state_pair_outlook; {marts.source_line}",
    )
    axes = frame.axes_at(left, columns.height, width, height)
    matrices.prepare(axes, len(states), len(states))
    place = {state.state_id: number for number, state in enumerate(states)}
    values = [measure.interval(row)[0] for row in marts.rows(PairOutlookRow)]
    sizes = [abs(value) for value in values if value] or [1.0]
    ends = min(sizes), max(sizes)
    for number in place.values():
        matrices.fill_cell(axes, number, number, SAME_STATE)
    for row in marts.rows(PairOutlookRow):
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
    row: PairOutlookRow,
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
