"""What all figures share: frame, fonts, axes, and how they are saved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from user_states.figures.drawing.text_sizes import wrap_to_width
from user_states.marts import palette
from user_states.written_files import PRIVATE, write_file

# Inches.
MARGIN = 0.25
GAP = 0.15
TITLE_LINE, TEXT_LINE, SMALL_LINE = 0.28, 0.2, 0.16

TITLE_SIZE = 14
TEXT_SIZE = 9
SMALL_SIZE = 7.5
PNG_DOTS_PER_INCH = 150

# How the states in user_weekly_states are determined.
HINDSIGHT = "states in hindsight; after the last fit, as known at the time"
# The marts have no interval if there are too few users.
NO_INTERVALS = "No intervals: too few users for so many parameters."

# Text stays text in SVG: it can be searched, copied and read aloud. A dollar sign in a
# name does not start a formula. The font is the one that comes with matplotlib.
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": palette.GRID,
    "axes.labelcolor": palette.INK,
    "axes.labelsize": TEXT_SIZE,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT_SIZE,
    "grid.color": palette.GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "user_states",
    "text.color": palette.INK,
    "text.parse_math": False,
    "xtick.color": palette.MUTED,
    "xtick.labelcolor": palette.INK,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.color": palette.MUTED,
    "ytick.labelcolor": palette.INK,
    "ytick.labelsize": TEXT_SIZE,
}


@dataclass(frozen=True)
class Frame:
    """A figure with a title above its body and its source below.

    Attributes
    ----------
    figure : Figure
    width, body_height : float
        Size of the body between the margins, in inches.
    head_height, foot_height : float
        Inches above and below the body.
    """

    figure: Figure
    width: float
    body_height: float
    head_height: float
    foot_height: float

    def axes_at(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes to the body, at a place in inches from its upper left corner."""
        total_width, total_height = self.figure.get_size_inches()
        bottom = total_height - self.head_height - top - height
        return self.figure.add_axes(
            (
                (MARGIN + left) / total_width,
                bottom / total_height,
                width / total_width,
                height / total_height,
            )
        )

    def panels(self, n_rows: int, n_columns: int, **options: Any) -> list[Axes]:
        """Fill the body with a grid of axes that leaves room for all labels.

        Parameters
        ----------
        n_rows, n_columns : int
        **options
            Options of `Figure.subplots`.
        """
        total_width, total_height = self.figure.get_size_inches()
        self.figure.set_layout_engine(
            ConstrainedLayoutEngine(
                h_pad=0.08,
                w_pad=0.08,
                rect=(
                    MARGIN / total_width,
                    self.foot_height / total_height,
                    self.width / total_width,
                    self.body_height / total_height,
                ),
            )
        )
        grid = self.figure.subplots(n_rows, n_columns, squeeze=False, **options)
        return list(grid.flat)


def framed(
    width: float, body_height: float, title: str, findings: str, source: str
) -> Frame:
    """Return a figure with its texts and an empty body.

    Parameters
    ----------
    width, body_height : float
        Inches; the width with the margins, the height without title and source.
    title : str
        What the figure shows.
    findings : str
        What can be seen in it, and how to read it.
    source : str
        Where the numbers come from, with week and run.
    """
    inner = width - 2 * MARGIN
    texts = (
        (wrap_to_width(title, inner, TITLE_SIZE, bold=True), TITLE_LINE),
        (wrap_to_width(findings, inner, TEXT_SIZE), TEXT_LINE),
        (wrap_to_width(source, inner, SMALL_SIZE), SMALL_LINE),
    )
    heights = [len(lines) * line for lines, line in texts]
    head_height = MARGIN + heights[0] + heights[1] + GAP
    foot_height = GAP + heights[2] + MARGIN / 2
    height = head_height + body_height + foot_height
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    tops = (MARGIN * 0.7, MARGIN * 0.7 + heights[0], height - foot_height + GAP)
    styles: tuple[dict[str, Any], ...] = (
        {"fontsize": TITLE_SIZE, "fontweight": "bold"},
        {"fontsize": TEXT_SIZE, "color": palette.MUTED},
        {"fontsize": SMALL_SIZE, "color": palette.MUTED},
    )
    for (lines, line_height), top, style in zip(texts, tops, styles, strict=True):
        for number, line in enumerate(lines):
            figure.text(
                MARGIN / width,
                1 - (top + number * line_height) / height,
                line,
                va="top",
                in_layout=False,
                **style,
            )
    return Frame(figure, inner, body_height, head_height, foot_height)


def save(figure: Figure, folder: Path, name: str, mode: int = PRIVATE) -> list[Path]:
    """Write a figure as SVG and as PNG, and return the two paths."""
    paths = [folder / f"{name}.svg", folder / f"{name}.png"]
    # Without a date, equal marts give equal files.
    svg = StringIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Title": name})
    write_file(paths[0], _with_other_fonts(svg.getvalue()), mode)
    png = BytesIO()
    # With less effort, files are 2 % larger and written in two thirds of the time.
    figure.savefig(
        png, format="png", dpi=PNG_DOTS_PER_INCH, pil_kwargs={"compress_level": 3}
    )
    write_file(paths[1], png.getvalue(), mode)
    return paths


def _with_other_fonts(svg: str) -> str:
    """Add fallback fonts of the same width to the texts of an SVG.

    Without them, a browser that lacks DejaVu Sans would choose a serif font of another
    width.
    """
    return re.sub(
        r"(<text style=\"[^\"]*font-family: 'DejaVu Sans')",
        r"\1, Verdana, sans-serif",
        svg,
    )


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Label an axis of shares in percent, with no more digits than its ticks need."""
    axis = axes.yaxis if which == "y" else axes.xaxis

    def label(value: float, _position: int | None) -> str:
        return f"{100 * value:.4g}%"

    axis.set_major_formatter(FuncFormatter(label))


def count_axis(axes: Axes, which: str = "y") -> None:
    """Label an axis of counts with thousands separators."""
    axis = axes.yaxis if which == "y" else axes.xaxis

    def label(value: float, _position: int | None) -> str:
        return f"{value:,.0f}" if value == round(value) else ""

    axis.set_major_formatter(FuncFormatter(label))


def drawing_style() -> Any:
    """Return the context in which figures are drawn and saved."""
    return mpl.rc_context(STYLE)
