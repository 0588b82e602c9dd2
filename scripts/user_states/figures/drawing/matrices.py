"""Matrices of cells with numbers, and the names of states along their sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from user_states.figures.drawing.canvas import SMALL_SIZE, TEXT_SIZE
from user_states.figures.drawing.text_sizes import widest_line
from user_states.marts import palette
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import wrapped

# Inches: size of a state's swatch beside the cells, and the space around it.
SWATCH = 0.1
SPACE = 0.07
ROW_NAME_LENGTH, COLUMN_NAME_LENGTH = 28, 26
COLUMN_NAME_SIZE = TEXT_SIZE - 1
COLUMN_ANGLE = 45
# Inches from line to line of a column's name.
COLUMN_LINE = 0.135


def row_names_width(names: Sequence[str]) -> float:
    """Return the width in inches of the names left of a matrix, with swatches."""
    return _longest_line(names, ROW_NAME_LENGTH, TEXT_SIZE) + SWATCH + 2 * SPACE


@dataclass(frozen=True)
class ColumnNames:
    """Names above the columns of a matrix: level if they fit, otherwise tilted.

    Attributes
    ----------
    names : sequence of str
    cell_width : float
        Width of a column in inches.
    """

    names: Sequence[str]
    cell_width: float

    @property
    def is_level(self) -> bool:
        """Whether every name fits above its column."""
        return self._length + SPACE <= self.cell_width

    @property
    def height(self) -> float:
        """Height of the names above the matrix in inches, with swatches."""
        lines = max(
            wrapped(name, COLUMN_NAME_LENGTH).count("\n") + 1 for name in self.names
        )
        height = lines * COLUMN_LINE
        if not self.is_level:
            height = math.sin(math.radians(COLUMN_ANGLE)) * (self._length + height)
        return height + SWATCH + 3 * SPACE

    @property
    def overhang(self) -> float:
        """Inches by which the names may extend beyond the last column."""
        if self.is_level:
            return 0.0
        return math.cos(math.radians(COLUMN_ANGLE)) * self._length

    @property
    def style(self) -> dict[str, Any]:
        """Style of a name that stands above the middle of its column."""
        tilted = {"ha": "left", "rotation": COLUMN_ANGLE, "rotation_mode": "anchor"}
        return {
            "va": "bottom",
            "fontsize": COLUMN_NAME_SIZE,
            "linespacing": 72 * COLUMN_LINE / COLUMN_NAME_SIZE,
            **({"ha": "center"} if self.is_level else tilted),
        }

    @property
    def _length(self) -> float:
        return _longest_line(self.names, COLUMN_NAME_LENGTH, COLUMN_NAME_SIZE)


def prepare(axes: Axes, n_rows: int, n_columns: int) -> None:
    """Set up axes so that cell (i, j) is at x = j, y = i, with rows from the top."""
    axes.set_xlim(-0.5, n_columns - 0.5)
    axes.set_ylim(n_rows - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def name_rows(axes: Axes, states: Sequence[ShownState], cell: float) -> None:
    """Write the states' names to the left of the rows, each with its colour.

    Parameters
    ----------
    axes : Axes
    states : sequence of ShownState
        One for each row.
    cell : float
        Width of a cell in inches.
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
    axes: Axes,
    states: Sequence[ShownState],
    columns: ColumnNames,
    cell: float,
    first: int = 0,
) -> None:
    """Write the states' names above the columns, each with its colour.

    Parameters
    ----------
    axes : Axes
    states : sequence of ShownState
        One for each column.
    columns : ColumnNames
    cell : float
        Height of a cell in inches.
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
            **columns.style,
        )


def write_cell(
    axes: Axes, i: float, j: float, text: str, colour: str, **style: Any
) -> None:
    """Write into a cell, in dark or white, whichever is readable on its colour."""
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
    """Fill a cell, with a thin white border."""
    axes.add_patch(
        Rectangle(
            (j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8
        )
    )


def _swatch(
    axes: Axes, state: ShownState, x: float, y: float, width: float, height: float
) -> None:
    style = state.style
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
