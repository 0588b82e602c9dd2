"""Matrices of cells with numbers in them, and states named along their sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pictures import palette
from pictures.canvas import SMALL_SIZE, TEXT_SIZE, widest_line, wrapped
from pictures.rows import State

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

# Inches: of a state's colour beside the cells, and from there to its name.
SWATCH = 0.1
SPACE = 0.07
ROW_NAME_LENGTH, COLUMN_NAME_LENGTH = 28, 26
COLUMN_NAME_SIZE = TEXT_SIZE - 1
COLUMN_ANGLE = 45


def row_names_width(names: Sequence[str]) -> float:
    """Return the inches that names to the left of a matrix take, swatches included."""
    return _longest_line(names, ROW_NAME_LENGTH, TEXT_SIZE) + SWATCH + 2 * SPACE


def column_names_height(names: Sequence[str]) -> float:
    """Return the inches that leaning names above a matrix take."""
    length = _longest_line(names, COLUMN_NAME_LENGTH, COLUMN_NAME_SIZE)
    lean = math.sin(math.radians(COLUMN_ANGLE))
    return lean * (length + 0.45) + SWATCH + 2 * SPACE


def column_names_overhang(names: Sequence[str]) -> float:
    """Return the inches by which leaning names may pass the last column."""
    length = _longest_line(names, COLUMN_NAME_LENGTH, COLUMN_NAME_SIZE)
    return math.cos(math.radians(COLUMN_ANGLE)) * length


def prepare(axes: Axes, n_rows: int, n_columns: int) -> None:
    """Let cell (i, j) of a matrix lie at x = j, y = i, rows from the top."""
    axes.set_xlim(-0.5, n_columns - 0.5)
    axes.set_ylim(n_rows - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def name_rows(axes: Axes, states: Sequence[State], cell: float) -> None:
    """Write the states' names to the left of the rows, each with its colour.

    Parameters
    ----------
    axes : Axes
    states : sequence of State
        One a row.
    cell : float
        Inches of a cell's width.
    """
    for i, state in enumerate(states):
        right = -0.5 - SPACE / cell
        _swatch(axes, state, right - SWATCH / cell, i - 0.36, SWATCH / cell, 0.72)
        axes.text(
            right - (SWATCH + SPACE) / cell,
            i,
            wrapped(state.state_name, ROW_NAME_LENGTH),
            ha="right",
            va="center",
            fontsize=TEXT_SIZE,
        )


def name_columns(
    axes: Axes, states: Sequence[State], cell: float, first: int = 0
) -> None:
    """Write the states' names above the columns, leaning, each with its colour.

    Parameters
    ----------
    axes : Axes
    states : sequence of State
        One a column.
    cell : float
        Inches of a cell's height.
    first : int
        Column of the first state.
    """
    for j, state in enumerate(states, start=first):
        bottom = -0.5 - SPACE / cell
        _swatch(axes, state, j - 0.36, bottom - SWATCH / cell, 0.72, SWATCH / cell)
        axes.text(
            j,
            bottom - (SWATCH + SPACE) / cell,
            wrapped(state.state_name, COLUMN_NAME_LENGTH),
            **leaning(),
        )


def leaning() -> dict[str, Any]:
    """Return the style of a name above a column."""
    return {
        "ha": "left",
        "va": "bottom",
        "rotation": COLUMN_ANGLE,
        "rotation_mode": "anchor",
        "fontsize": COLUMN_NAME_SIZE,
        "linespacing": 1.0,
    }


def write_cell(
    axes: Axes, i: float, j: float, text: str, colour: str, **style: Any
) -> None:
    """Write into a cell, dark or white, whichever can be read on its colour."""
    axes.text(
        j,
        i,
        text,
        **{
            "ha": "center",
            "va": "center",
            "fontsize": SMALL_SIZE + 0.5,
            "color": palette.readable_ink(colour),
            **style,
        },
    )


def fill_cell(axes: Axes, i: int, j: int, colour: str) -> None:
    """Fill a cell, with a thin white line around it."""
    axes.add_patch(
        Rectangle(
            (j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8
        )
    )


def _swatch(
    axes: Axes, state: State, x: float, y: float, width: float, height: float
) -> None:
    style = palette.state_style(state.state_id)
    axes.add_patch(
        Rectangle(
            (x, y),
            width,
            height,
            facecolor=style.colour,
            hatch=style.hatch,
            edgecolor=palette.darkened(style.colour),
            linewidth=0.6,
            clip_on=False,
        )
    )


def _longest_line(names: Sequence[str], length: int, size: float) -> float:
    return widest_line([wrapped(name, length) for name in names], size)
