"""Outlook backtest: how much better the outlook forecast than its rivals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.drawing.canvas import SMALL_SIZE, TEXT_SIZE, Frame, framed
from user_states.figures.drawing.spreading import spread
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.forecast_models import FIRST_TARGET, model_words, ordered
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.trust_rows import BacktestSummaryRow, BacktestWeekRow

# Inches.
NAMES = 2.0
ROW = 0.5
PANEL_WIDTH, BETWEEN = 2.7, 0.35
TOP, MIDDLE = 0.4, 1.0
WEEKS_HEIGHT, BOTTOM = 2.6, 0.6
LABEL_GAP = 0.19

LINES: tuple[tuple[str, str], ...] = (
    ("-", "o"), ((0, (5, 2)), "s"), ("-.", "^"), (":", "v"),
    ((0, (1, 1)), "P"), ((0, (7, 2, 1, 2)), "X"), ((0, (3, 1)), "*"),
    ((0, (9, 2)), "<"), ((0, (5, 1, 1, 1)), ">"),
)  # type: ignore[assignment]  # fmt: skip


@dataclass(frozen=True)
class ForecastMeasure:
    """A measure of how good forecasts are.

    Attributes
    ----------
    title : str
    value : callable
        Takes a model, returns its value.
    gain : callable
        Takes a model, returns the gain of the published forecasts over it and the two
        ends of the gain's 95% interval.
    """

    title: str
    value: Callable[[BacktestSummaryRow], float | None]
    gain: Callable[
        [BacktestSummaryRow], tuple[float | None, float | None, float | None]
    ]


FORECAST_MEASURES = (
    ForecastMeasure(
        "log loss (nats; lower is better)",
        lambda row: row.log_loss,
        lambda row: (row.log_loss_gain, row.log_loss_gain_low, row.log_loss_gain_high),
    ),
    ForecastMeasure(
        "Brier score (lower is better)",
        lambda row: row.brier_score,
        lambda row: (row.brier_gain, row.brier_gain_low, row.brier_gain_high),
    ),
    ForecastMeasure(
        "AUC (higher is better)",
        lambda row: row.auc,
        lambda row: (row.auc_gain, row.auc_gain_low, row.auc_gain_high),
    ),
)


def draw_outlook_backtest(marts: Marts) -> Figure:
    """Draw the gain over every rival with intervals, and the log loss by week.

    Raises
    ------
    NothingToDrawError
        If there has been no backtest.
    """
    if not marts.rows(BacktestSummaryRow) or not marts.rows(BacktestWeekRow):
        raise NothingToDrawError(
            "outlook_backtest is empty: there has been no backtest"
        )
    models = ordered(marts.rows(BacktestSummaryRow))
    rivals = [model for model in models if not model.is_published]
    published = models[0]
    height = ROW * len(rivals)
    frame = framed(
        NAMES + len(FORECAST_MEASURES) * (PANEL_WIDTH + BETWEEN) + 0.5,
        TOP + height + MIDDLE + WEEKS_HEIGHT + BOTTOM,
        "Would the outlook have predicted who rides next week?",
        f"{_verdict(rivals)} Above: gain of the published forecasts over each "
        "rival, with 95% intervals by user. Right of zero they are better, clearly so "
        "if the line does not touch zero. In square brackets: the rival's own value. "
        "Below: log loss by origin week; lower is better.",
        f"{published.n_user_weeks:,} forecasts for {published.n_users:,} users, each "
        "from what was known at the end of a past week; "
        "marts.outlook_backtest_summary and marts.outlook_backtest; "
        f"backtest {published.backtest_id}; {marts.source_line}",
    )
    for number, measure in enumerate(FORECAST_MEASURES):
        axes = frame.axes_at(
            NAMES + number * (PANEL_WIDTH + BETWEEN), TOP, PANEL_WIDTH, height
        )
        _draw_gains(axes, measure, rivals, published)
    labels = frame.axes_at(0, TOP, NAMES, height)
    labels.set_axis_off()
    labels.set_xlim(0, NAMES)
    labels.set_ylim(len(rivals) - 0.5, -0.5)
    for i, rival in enumerate(rivals):
        labels.text(NAMES - 0.1, i, model_words(rival.model), ha="right", va="center")
    _draw_weeks(frame, marts, models, TOP + height + MIDDLE)
    return frame.figure


def _draw_gains(
    axes: Axes,
    measure: ForecastMeasure,
    rivals: Sequence[BacktestSummaryRow],
    published: BacktestSummaryRow,
) -> None:
    axes.axvline(0, color=palette.INK, linewidth=1)
    gains = [
        value for row in rivals for value in measure.gain(row) if value is not None
    ]
    least, most = min([0.0, *gains]), max([0.0, *gains])
    margin = 0.06 * (most - least)
    axes.set_xlim(least - margin, most + margin)
    # If no rival is better, texts start at the zero line, so that they do not cross it.
    place = axes.get_yaxis_transform() if least < 0 else axes.transData
    for i, rival in enumerate(rivals):
        gain, low, high = measure.gain(rival)
        if gain is None:
            continue
        ends = (gain if low is None else low, gain if high is None else high)
        is_worse = ends[1] < 0
        colour = palette.WRONG if is_worse else palette.INK
        axes.plot(ends, [i + 0.15] * 2, color=colour, linewidth=2)
        axes.plot(gain, i + 0.15, "X" if is_worse else "D", color=colour, markersize=5)
        text = f"{_signed(gain)} ({_signed(ends[0])} to {_signed(ends[1])})"
        axes.annotate(
            f"{text} [{_number(measure.value(rival))}]",
            (0, i - 0.22),
            (4, 0),
            xycoords=place,
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE - 0.5,
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_ylim(len(rivals) - 0.5, -0.5)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_title(
        f"{measure.title}\npublished: {_number(measure.value(published))}",
        fontsize=TEXT_SIZE,
        loc="left",
    )
    axes.set_xlabel("published is better by")
    axes.grid(axis="x")


def _draw_weeks(
    frame: Frame, marts: Marts, models: Sequence[BacktestSummaryRow], top: float
) -> None:
    width = frame.width - NAMES - 2.1
    axes = frame.axes_at(NAMES - 1.2, top, width + 1.2, WEEKS_HEIGHT)
    ends = []
    for number, model in enumerate(models):
        rows = [
            row
            for row in marts.rows(BacktestWeekRow)
            if row.target == FIRST_TARGET and row.model == model.model
        ]
        rows.sort(key=lambda row: row.origin_week_start)
        style, marker = LINES[number % len(LINES)]
        axes.plot(
            [float(date2num(row.origin_week_start)) for row in rows],
            [row.log_loss for row in rows],
            color=palette.CHOSEN if model.is_published else palette.MUTED,
            linewidth=2.4 if model.is_published else 1.1,
            linestyle=style,
            marker=marker,
            markersize=4,
            markevery=max(len(rows) // 10, 1),
            zorder=3 if model.is_published else 2,
        )
        ends.append((rows[-1].log_loss, model_words(model.model), model.is_published))
    axes.margins(x=0.01)
    axes.set_ylabel("log loss (nats)")
    axes.set_xlabel("origin week (Monday)")
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.grid(axis="y")
    _label_lines(frame, axes, ends, NAMES + width, top)


def _label_lines(
    frame: Frame,
    axes: Axes,
    ends: Sequence[tuple[float, str, bool]],
    left: float,
    top: float,
) -> None:
    """Write the name of each line at its right end."""
    low, high = axes.get_ylim()
    labels = frame.axes_at(left, top, frame.width - left, WEEKS_HEIGHT)
    labels.set_axis_off()
    labels.set_xlim(0, frame.width - left)
    labels.set_ylim(low, high)
    rising = sorted(ends)
    gap = LABEL_GAP / WEEKS_HEIGHT * (high - low)
    places = spread([end for end, *_ in rising], gap, low, high)
    for (end, name, is_published), place in zip(rising, places, strict=True):
        labels.plot([0.02, 0.2, 0.28], [end, place, place], color=palette.MUTED, lw=0.8)
        labels.text(
            0.32,
            place,
            name,
            va="center",
            fontsize=SMALL_SIZE,
            fontweight="bold" if is_published else "normal",
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


def _verdict(rivals: Sequence[BacktestSummaryRow]) -> str:
    """Say how many rivals the published forecasts clearly beat, by log loss."""
    rivals = [row for row in rivals if row.is_rival]
    wins = [row for row in rivals if (row.log_loss_gain_low or 0) > 0]
    losses = [row for row in rivals if (row.log_loss_gain_high or 0) < 0]
    text = f"By log loss, clearly better than {len(wins)} of {len(rivals)} rivals"
    if losses:
        words = ", ".join(model_words(row.model) for row in losses)
        return f"{text}, and clearly worse than {words}."
    return f"{text}; clearly worse than none."


PICTURE = Picture(
    "outlook_backtest",
    (BacktestSummaryRow, BacktestWeekRow),
    lambda marts, _: draw_outlook_backtest(marts),
)
