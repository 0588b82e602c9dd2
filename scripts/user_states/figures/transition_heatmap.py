"""Transition heatmap: how likely a user of each state is where in the next week."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures import matrices, shades
from user_states.figures.canvas import framed
from user_states.figures.matrices import ColumnNames, Matrix
from user_states.marts import palette
from user_states.marts.mart_data import MartData
from user_states.marts.rows import State, Transition
from user_states.marts.texts import NothingToDrawError, percent

# Inches. Few states get larger cells.
CELL = 0.66
MIN_WIDTH_OF_CELLS, MIN_HEIGHT_OF_CELLS = 5.0, 1.8
STAYING = "#e3e3e3"
MIN_WIDTH = 7.5
# Below this a probability is written, but muted.
NEXT_TO_NOTHING = 0.0005


def draw_transition_heatmap(data: MartData) -> Figure:
    """Draw the model's matrix of transitions with its numbers.

    Raises
    ------
    NothingToDrawError
        If there are no transitions.
    """
    if not data.transitions:
        raise NothingToDrawError("state_transitions is empty: no model has been fitted")
    states = data.model_states
    names = [state.state_name for state in states]
    matrix = transition_matrix(data.transitions, states)
    left = matrices.row_names_width(names)
    cell_width = max(CELL, MIN_WIDTH_OF_CELLS / len(states))
    cell_height = max(CELL, MIN_HEIGHT_OF_CELLS / len(states))
    width, height = cell_width * len(states), cell_height * len(states)
    columns = ColumnNames(names, cell_width)
    frame = framed(
        max(left + width + columns.overhang + 0.5, MIN_WIDTH),
        columns.height + height,
        "Where users go from one week to the next",
        f"{_likeliest_move(matrix, states)} A row is a state now, a column the state "
        "one week later. Grey is staying; blue is moving, the darker the likelier.",
        f"Probabilities by the model, marts.state_transitions; {data.source_line}",
    )
    axes = frame.axes_at(left, columns.height, width, height)
    matrices.prepare(axes, len(states), len(states))
    _draw_cells(axes, matrix)
    matrices.name_rows(axes, states, cell_width)
    matrices.name_columns(axes, states, columns, cell_height)
    return frame.figure


def transition_matrix(
    transitions: Sequence[Transition], states: Sequence[State]
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
    # By the square root: most moves are rare, and would all look white.
    likeliest = float(moves.max(initial=1e-9))
    for i, j in np.ndindex(n, n):
        probability = float(matrix[i, j])
        shade = shades.share_colour(math.sqrt(min(probability / likeliest, 1.0)))
        colour = STAYING if i == j else shade
        is_little = probability < NEXT_TO_NOTHING
        matrices.fill_cell(axes, i, j, colour)
        matrices.write_cell(
            axes,
            i,
            j,
            percent(probability),
            colour,
            fontweight="bold" if i == j else "normal",
            **({"color": palette.MUTED} if is_little else {}),
        )


def _likeliest_move(matrix: Matrix, states: Sequence[State]) -> str:
    if len(states) < 2:
        return "There is one state only, and nowhere to go."
    moves = np.where(np.eye(len(states), dtype=bool), -1, matrix)
    i, j = divmod(int(moves.argmax()), len(states))
    return (
        f"The likeliest move: from “{states[i].state_name}” to "
        f"“{states[j].state_name}”, {percent(float(moves[i, j]))} a week."
    )
