"""Propensity calibration: what was said of customers, and what came."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.dates import date2num, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from user_states.figures.drawing.canvas import (
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
    percent_axis,
)
from user_states.figures.drawing.target_panels import (
    TARGET_READS,
    panel_title,
    published_targets,
)
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts
from user_states.marts.propensity_mart_rows import (
    PropensityModelRow,
    PropensityTenthRow,
    PropensityWeekRow,
)
from user_states.marts.texts import wrapped

WIDTH, PANEL_HEIGHT = 8.5, 2.7


def draw_propensity_calibration(marts: Marts) -> Figure:
    """Draw tenths of the customers and weeks of each target: forecast and outcome.

    Raises
    ------
    NothingToDrawError
        If no propensity is published.
    """
    targets = published_targets(marts)
    frame = framed(
        WIDTH,
        PANEL_HEIGHT * len(targets),
        "Of customers with a chance of 60%, do 60% do it?",
        "Left: tenths of customers who were kept out of the search, of each class; on "
        "the line forecasts are right, below it they are too high. Right: the mean "
        "forecast (line) and the share that came (dots) week by week. Filled: "
        "published before the outcome was known; hollow: kept out of the search.",
        "marts.propensity_tenths and propensity_calibration; " + marts.source_line,
    )
    panels = frame.panels(len(targets), 2)
    for number, row in enumerate(targets):
        left, right = panels[2 * number : 2 * number + 2]
        tenths = [r for r in marts.rows(PropensityTenthRow) if r.target == row.target]
        weeks = [r for r in marts.rows(PropensityWeekRow) if r.target == row.target]
        _draw_tenths(left, row, tenths)
        _draw_weeks(right, weeks)
        is_last = number == len(targets) - 1
        left.set_xlabel("forecast" if is_last else "")
    return frame.figure


def _draw_tenths(
    axes: Axes, row: PropensityModelRow, rows: Sequence[PropensityTenthRow]
) -> None:
    axes.set_title(
        wrapped(panel_title(row), 46, 2),
        loc="left",
        fontsize=TEXT_SIZE,
        fontweight="bold",
    )
    if not rows:
        _say(axes, "not measured")
        return
    most = max(max(each.mean_forecast, each.observed_rate) for each in rows) * 1.08
    most = most or 1.0
    axes.plot(
        [0, most], [0, most], color=palette.MUTED, linewidth=1, linestyle=(0, (4, 2))
    )
    for name in dict.fromkeys(each.outcome_class for each in rows):
        own = [each for each in rows if each.outcome_class == name]
        axes.plot(
            [each.mean_forecast for each in own],
            [each.observed_rate for each in own],
            color=palette.CHOSEN,
            marker="D",
            markersize=4.5,
            linewidth=1.1,
            clip_on=False,
        )
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    percent_axis(axes)
    percent_axis(axes, "x")
    axes.set_ylabel("share that came")
    axes.grid()
    sizes = sum(each.n_rows for each in rows)
    off = sum(abs(r.observed_rate - r.mean_forecast) * r.n_rows for r in rows) / sizes
    axes.text(
        0.97,
        0.05,
        f"error {100 * off:.1f} points\nn = {sizes:,}",
        transform=axes.transAxes,
        ha="right",
        fontsize=SMALL_SIZE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def _draw_weeks(axes: Axes, rows: Sequence[PropensityWeekRow]) -> None:
    # Of several classes the shares of all add up to one in every week.
    classes = dict.fromkeys(each.outcome_class for each in rows)
    if not rows or len(classes) > 1:
        _say(axes, "no weeks to compare" if rows else "week by week: not measured yet")
        return
    for evidence in ("at_the_fit", "live"):
        own = [each for each in rows if each.evidence == evidence]
        days = [_day(each) for each in own]
        is_live = evidence == "live"
        axes.plot(
            days,
            [each.mean_forecast for each in own],
            color=palette.CHOSEN if is_live else palette.EVERYONE,
            linewidth=1.4,
            marker="_",
        )
        axes.plot(
            days,
            [each.observed_rate for each in own],
            color=palette.CHOSEN,
            linestyle="none",
            marker="o",
            markersize=5,
            markerfacecolor=palette.CHOSEN if is_live else "white",
        )
    most = max(max(each.mean_forecast, each.observed_rate) for each in rows)
    axes.set_ylim(0, 1.15 * most or 1.0)
    percent_axis(axes)
    axes.set_xticks(sorted({_day(each) for each in rows})[::-3])
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{num2date(value):%d %b}")
    )
    axes.set_title("Week by week", loc="left", fontsize=TEXT_SIZE)
    axes.grid(axis="y")


def _day(row: PropensityWeekRow) -> float:
    """Return the Monday of a week as matplotlib counts days."""
    return float(date2num(row.as_of_week_start))


def _say(axes: Axes, words: str) -> None:
    axes.set_axis_off()
    axes.text(0.02, 0.5, words, transform=axes.transAxes, color=palette.MUTED)


PICTURE = Picture(
    "propensity_calibration",
    (*TARGET_READS, PropensityTenthRow, PropensityWeekRow),
    lambda marts, _: draw_propensity_calibration(marts),
)
