"""Transition heatmap: the probability of each state in the next week."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing import matrices, shades
from user_states.figures.drawing.canvas import framed
from user_states.figures.drawing.matrices import ColumnNames
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.array_types import Matrix
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.state_rows import ShownState, TransitionRow
from user_states.marts.texts import percent

# Inches. Few states get larger cells.
CELL = 0.66
MIN_WIDTH_OF_CELLS, MIN_HEIGHT_OF_CELLS = 5.0, 1.8
STAYING = "#e3e3e3"
MIN_WIDTH = 7.5
# Smaller probabilities are written in grey.
NEGLIGIBLE = 0.0005


def draw_transition_heatmap(marts: Marts) -> Figure:
    """Draw the model's transition matrix with its numbers.

    Raises
    ------
    NothingToDrawError
        If there are no transitions.
    """
    if not marts.rows(TransitionRow):
        raise NothingToDrawError("state_transitions is empty: no model has been fitted")
    states = marts.model_states
    names = [state.state_name for state in states]
    matrix = transition_matrix(marts.rows(TransitionRow), states)
    left = matrices.row_names_width(names)
    cell_width = max(CELL, MIN_WIDTH_OF_CELLS / len(states))
    cell_height = max(CELL, MIN_HEIGHT_OF_CELLS / len(states))
    width, height = cell_width * len(states), cell_height * len(states)
    columns = ColumnNames(names, cell_width)
    frame = framed(
        max(left + width + columns.overhang + 0.5, MIN_WIDTH),
        columns.height + height,
        "Where users move from one week to the next",
        _most_likely_move(matrix, states),
        f"Probabilities by the model, marts.state_transitions; {marts.source_line}",
    )
    axes = frame.axes_at(left, columns.height, width, height)
    matrices.prepare(axes, len(states), len(states))
    _draw_cells(axes, matrix)
    matrices.name_rows(axes, states, cell_width)
    matrices.name_columns(axes, states, columns, cell_height)
    return frame.figure


def transition_matrix(
    transitions: Sequence[TransitionRow], states: Sequence[ShownState]
) -> Matrix:
    """Return the probabilities, shape (n_states, n_states), rows from, columns to."""
    place = {state.state_id: number for number, state in enumerate(states)}
    matrix = np.zeros((len(states), len(states)))
    for pair in transitions:
        matrix[place[pair.from_state_id], place[pair.to_state_id]] = pair.probability
    return matrix


def _draw_cells(axes: Axes, matrix: Matrix) -> None:
    n = len(matrix)
    moves = matrix[~np.eye(n, dtype=bool)]
    # On a square-root scale, because most moves are rare and would look white.
    largest = float(moves.max(initial=1e-9))
    for i, j in np.ndindex(n, n):
        probability = float(matrix[i, j])
        shade = shades.share_colour(math.sqrt(min(probability / largest, 1.0)))
        colour = STAYING if i == j else shade
        is_negligible = probability < NEGLIGIBLE
        matrices.fill_cell(axes, i, j, colour)
        matrices.write_cell(
            axes,
            i,
            j,
            percent(probability),
            colour,
            fontweight="bold" if i == j else "normal",
            **({"color": palette.MUTED} if is_negligible else {}),
        )


def _most_likely_move(matrix: Matrix, states: Sequence[ShownState]) -> str:
    if len(states) < 2:
        return "There is only one state, so no user moves to another one."
    moves = np.where(np.eye(len(states), dtype=bool), -1, matrix)
    i, j = divmod(int(moves.argmax()), len(states))
    return (
        f"Most likely move: from “{states[i].state_name}” to "
        f"“{states[j].state_name}”, {percent(float(moves[i, j]))} a week. Row: state "
        "now. Column: state one week later. Grey: staying. Blue: moving; darker is "
        "more likely."
    )


PICTURE = Picture(
    "transition_heatmap",
    (TransitionRow,),
    lambda marts, _: draw_transition_heatmap(marts),
)
