"""Outlook calibration: forecasts of the backtest against what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import (
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
    percent_axis,
)
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.forecast_models import FIRST_TARGET, model_words, ordered
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.trust_rows import BacktestSummaryRow, CalibrationBinRow

# Size of one chart with its labels, in inches.
PANEL_WIDTH, PANEL_HEIGHT = 2.7, 2.7
N_COLUMNS = 4


def draw_outlook_calibration(marts: Marts) -> Figure:
    """Draw how many users rode among those with similar forecasts, for each model.

    Raises
    ------
    NothingToDrawError
        If there has been no backtest.
    """
    if not marts.rows(BacktestSummaryRow) or not marts.rows(CalibrationBinRow):
        raise NothingToDrawError(
            "outlook_backtest_calibration is empty: there has been no backtest"
        )
    models = ordered(marts.rows(BacktestSummaryRow))
    columns = min(N_COLUMNS, len(models))
    rows = math.ceil(len(models) / columns)
    first = models[0]
    frame = framed(
        max(PANEL_WIDTH * columns, 7.0) + 0.5,
        PANEL_HEIGHT * rows,
        "When a model says 30%, do 30% ride?",
        "Each point is a tenth of the forecasts (n forecasts): the mean probability of "
        "riding in the next week, and the share who rode. On the line forecasts are "
        "right; below it they are too high. Slope: 1 is right; below 1 forecasts are "
        "too extreme. Error: mean distance of the points from the line, in percentage "
        "points.",
        f"{first.n_user_weeks:,} forecasts for {first.n_users:,} users, origin weeks "
        f"{first.first_origin_week_start} to {first.last_origin_week_start}; "
        f"marts.outlook_backtest_calibration; backtest {first.backtest_id}; "
        f"{marts.source_line}",
    )
    panels = frame.panels(rows, columns, sharex=True, sharey=True)
    for number, axes in enumerate(panels):
        if number >= len(models):
            axes.set_visible(False)
            continue
        model = models[number]
        bins = [
            row
            for row in marts.rows(CalibrationBinRow)
            if row.target == FIRST_TARGET and row.model == model.model
        ]
        _draw_panel(axes, model, bins)
        axes.tick_params(labelbottom=number + columns >= len(models))
        if number + columns >= len(models):
            axes.set_xlabel("forecast")
        if number % columns == 0:
            axes.set_ylabel("share who rode")
    panels[0].set_xlim(0, 1)
    panels[0].set_ylim(0, 1)
    for axis in (panels[0].xaxis, panels[0].yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
    percent_axis(panels[0])
    percent_axis(panels[0], "x")
    return frame.figure


def _draw_panel(
    axes: Axes, model: BacktestSummaryRow, bins: list[CalibrationBinRow]
) -> None:
    axes.set_title(
        model_words(model.model),
        loc="left",
        fontsize=TEXT_SIZE,
        fontweight="bold" if model.is_published else "normal",
    )
    axes.plot([0, 1], [0, 1], color=palette.MUTED, linewidth=1, linestyle=(0, (4, 2)))
    axes.plot(
        [row.mean_forecast for row in bins],
        [row.mean_outcome for row in bins],
        color=palette.CHOSEN if model.is_published else palette.MUTED,
        marker="D" if model.is_published else "o",
        markersize=5,
        linewidth=1.2,
        clip_on=False,
    )
    slope = (
        ""
        if model.calibration_slope is None
        else f"slope {model.calibration_slope:.2f}\n"
    )
    # Below the line, where points are rare.
    axes.text(
        0.97,
        0.05,
        f"{slope}error {100 * model.calibration_error:.1f} points\n"
        f"n = {forecasts_a_point(bins)}",
        transform=axes.transAxes,
        ha="right",
        fontsize=SMALL_SIZE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )
    axes.set_aspect("equal")
    axes.grid()


def forecasts_a_point(bins: Sequence[CalibrationBinRow]) -> str:
    """Return the number of forecasts in a bin: `1,234`, or `1,234–1,235`."""
    sizes = [row.n_user_weeks for row in bins]
    ends = sorted({min(sizes), max(sizes)})
    return "–".join(f"{size:,}" for size in ends)


PICTURE = Picture(
    "outlook_calibration",
    (BacktestSummaryRow, CalibrationBinRow),
    lambda marts, _: draw_outlook_calibration(marts),
)
