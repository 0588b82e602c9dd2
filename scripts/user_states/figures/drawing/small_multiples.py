"""A grid of small charts, one for each state, with shared axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from user_states.figures.drawing.canvas import TEXT_SIZE, Frame, framed
from user_states.marts import palette
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import wrapped

# Size of a small chart with its labels, in inches.
PANEL_WIDTH, PANEL_HEIGHT = 3.0, 2.05
NAME_LENGTH = 30


def n_columns(n_panels: int) -> int:
    """Return the number of columns of the grid."""
    return min(n_panels, 3 if n_panels <= 9 else 4)


def framed_panels(
    states: Sequence[ShownState], title: str, findings: str, source: str
) -> tuple[Frame, list[Axes]]:
    """Return a figure with a chart for each state, titled with its name and colour.

    Parameters
    ----------
    states : sequence of ShownState
    title, findings, source : str
        As in `framed`.

    Returns
    -------
    tuple of Frame and list of Axes
        The axes in the order of `states`.
    """
    columns = n_columns(len(states))
    rows = math.ceil(len(states) / columns)
    width = max(PANEL_WIDTH * columns, 7.5) + 0.5
    frame = framed(width, PANEL_HEIGHT * rows + 0.3, title, findings, source)
    panels = frame.panels(rows, columns, sharex=True, sharey=True)
    for number, axes in enumerate(panels):
        if number >= len(states):
            axes.set_visible(False)
            continue
        _name_panel(axes, states[number])
        # Only the lowest chart of a column has tick labels.
        axes.tick_params(labelbottom=number + columns >= len(states))
        axes.grid()
    return frame, panels[: len(states)]


def label_outer(panels: Sequence[Axes], x_label: str, y_label: str) -> None:
    """Label the axes of the lowest and of the leftmost charts."""
    columns = n_columns(len(panels))
    for number, axes in enumerate(panels):
        if number + columns >= len(panels):
            axes.set_xlabel(x_label)
        if number % columns == 0:
            axes.set_ylabel(y_label)


def _name_panel(axes: Axes, state: ShownState) -> None:
    style = state.style
    axes.set_title(
        wrapped(state.state_name, NAME_LENGTH, 2),
        loc="left",
        fontsize=TEXT_SIZE,
        fontweight="bold",
        pad=9,
    )
    # A band of the state's colour between its name and its chart.
    axes.bar(
        0,
        0.035,
        width=1,
        bottom=1.012,
        align="edge",
        transform=axes.transAxes,
        color=style.colour,
        hatch=style.hatch,
        edgecolor=palette.darkened(style.colour),
        linewidth=0.5,
        clip_on=False,
    )
