"""Charts of lines side by side, with each value written at its point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import framed
from user_states.marts import palette

# Colour of the first and the second line, and how many points its values stand above.
LINES = ((palette.MUTED, 6), (palette.INK, -14))


@dataclass(frozen=True)
class LinePanel:
    """One chart.

    Attributes
    ----------
    x_label : str
    lines : mapping of str to list of tuple of int and float
        Points of the two lines by their names, the upper line first.
    """

    x_label: str
    lines: Mapping[str, list[tuple[int, float]]]


def draw_line_panels(
    panels: Sequence[LinePanel], title: str, findings: str, source: str, y_label: str
) -> Figure:
    """Draw charts of lines; all axes begin at 0.

    Parameters
    ----------
    panels : sequence of LinePanel
    title, findings, source : str
        As in `framed`.
    y_label : str
        For all charts.
    """
    frame = framed(8.5, 3.2, title, findings, source)
    places = frame.panels(1, len(panels))
    for axes, panel in zip(places, panels, strict=True):
        _draw(axes, panel)
    places[0].set_ylabel(y_label)
    return frame.figure


def _draw(axes: Axes, panel: LinePanel) -> None:
    ticks: set[int] = set()
    for (name, points), (colour, above) in zip(panel.lines.items(), LINES, strict=True):
        ordered = sorted(points)
        places = [place for place, _ in ordered]
        ticks.update(places)
        values = [value for _, value in ordered]
        axes.plot(places, values, color=colour, marker="o", label=name)
        for place, value in ordered:
            axes.annotate(
                f"{value:.0f}",
                (place, value),
                xytext=(0, above),
                textcoords="offset points",
                ha="center",
                color=colour,
            )
    axes.set_xticks(sorted(ticks), [f"{place:,}" for place in sorted(ticks)])
    axes.set_xlim(0, 1.1 * max(ticks))
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    axes.set_xlabel(panel.x_label)
    axes.grid(axis="y")
    axes.legend(loc="upper left", frameon=False)
