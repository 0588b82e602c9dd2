"""Sizes of texts: widths of lines, and heights of rows with wrapped names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

POINTS_AN_INCH = 72
# Inches from line to line of a wrapped name.
NAME_LINE = 0.15


@cache
def _renderer() -> RendererAgg:
    """Return the renderer that measures texts; creating it is slow."""
    figure = Figure(dpi=POINTS_AN_INCH)
    renderer: RendererAgg = FigureCanvasAgg(figure).get_renderer()
    return renderer


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line of text in inches."""
    font = FontProperties(
        family="DejaVu Sans", size=size, weight="bold" if bold else "normal"
    )
    width, _, _ = _renderer().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / POINTS_AN_INCH


def widest_line(texts: Iterable[str], size: float) -> float:
    """Return the width in inches of the widest line of some texts."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((text_width(line, size) for line in lines), default=0.0)


def wrap_to_width(
    text: str, inches: float, size: float, *, bold: bool = False
) -> list[str]:
    """Break a text into lines that fit a width; a longer word has its own line."""
    lines: list[str] = []
    words = text.split()
    while words:
        # To measure a line is slow, so few are: a line with a word more is longer.
        n_words = bisect_right(
            range(2, len(words) + 1),
            inches,
            key=lambda n: text_width(" ".join(words[:n]), size, bold=bold),
        )
        lines.append(" ".join(words[: n_words + 1]))
        words = words[n_words + 1 :]
    return lines


def row_height(names: Iterable[str], least: float) -> float:
    """Return the height in inches of rows that have room for the tallest name."""
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return max(least, NAME_LINE * lines + 0.06)
