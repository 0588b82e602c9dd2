"""Charts of whether to trust it: backtest, calibration, and the number of states."""

from __future__ import annotations

from typing import Any

from user_states.explorer.charts import Chart, axis, layout, layout_with_legend
from user_states.explorer.inline import chart_text
from user_states.marts import palette
from user_states.marts.candidate_marks import Z_95
from user_states.marts.forecast_models import model_words, ordered
from user_states.marts.mart_data import MartData
from user_states.marts.texts import signed

# By whether a number of states was chosen and whether it passed its checks; the words
# are those of `pictures.selection_table`.
SELECTION_SYMBOLS = {
    (True, True): "diamond",
    (True, False): "diamond-x-open",
    (False, True): "circle-open",
    (False, False): "x-thin-open",
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def backtest_gains(data: MartData) -> Chart:
    """Return how much better the outlook forecast than each rival, with intervals."""
    rivals = [
        row
        for row in ordered(data.backtest_summaries)
        if not row.is_published and row.log_loss_gain is not None
    ]
    gains = [row.log_loss_gain or 0.0 for row in rivals]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": gains,
        "y": [chart_text(model_words(row.model)) for row in rivals],
        "error_x": {
            "type": "data",
            "array": [
                _reach(row.log_loss_gain, row.log_loss_gain_high) for row in rivals
            ],
            "arrayminus": [
                _reach(row.log_loss_gain, row.log_loss_gain_low) for row in rivals
            ],
            "color": palette.INK,
        },
        "marker": {"color": palette.INK, "size": 10, "symbol": "diamond"},
        "hovertemplate": "%{y}: %{x:+.4f} nats<br>%{hovertext}<extra></extra>",
        "hovertext": [
            "no interval"
            if row.log_loss_gain_low is None
            else f"95% interval {signed(row.log_loss_gain_low, 4)} to "
            f"{signed(row.log_loss_gain_high, 4)}"
            for row in rivals
        ],
    }
    return Chart(
        [trace] if rivals else [],
        layout(
            90 + 34 * len(rivals),
            xaxis=axis(
                "gain in log loss (nats)",
                zerolinecolor=palette.INK,
                rangemode="tozero",
            ),
            yaxis=axis(autorange="reversed", type="category"),
        ),
    )


def _reach(value: float | None, end: float | None) -> float | None:
    """Return how far an interval goes from its value; nothing where there is none."""
    return None if value is None or end is None else abs(end - value)


def calibration(data: MartData) -> Chart:
    """Return, for tenths of the forecasts, what was forecast and what came."""
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "right on average",
            "x": [0, 1],
            "y": [0, 1],
            "line": {"color": palette.GRID, "width": 2},
            "hoverinfo": "skip",
        }
    ]
    rivals = 0
    for model in ordered(data.backtest_summaries):
        bins = [row for row in data.calibration_bins if row.model == model.model]
        rivals += not model.is_published
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": chart_text(model_words(model.model)),
                "x": [row.mean_probability for row in bins],
                "y": [row.observed_share for row in bins],
                "visible": True if model.is_published else "legendonly",
                "line": {
                    "color": palette.INK if model.is_published else palette.MUTED,
                    "dash": "solid"
                    if model.is_published
                    else DASHES[rivals % len(DASHES)],
                },
                "marker": {"size": 9 if model.is_published else 6},
                "hovertemplate": "forecast %{x:.1%}, rode %{y:.1%}",
            }
        )
    return Chart(
        traces if data.calibration_bins else [],
        layout_with_legend(
            380,
            xaxis=axis(
                "forecast of riding next week", tickformat=".0%", range=[0, 1.02]
            ),
            yaxis=axis("share who rode", tickformat=".0%", range=[0, 1.02]),
        ),
    )


def selection(data: MartData) -> Chart:
    """Return the score of every number of states, each with its mark.

    There is nothing to see where only one was judged; the page says it in words.
    """
    rows = [row for row in data.candidates if row.next_week_log_score is not None]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [row.n_states for row in rows],
        "y": [row.next_week_log_score for row in rows],
        "error_y": {
            "type": "data",
            "array": [
                Z_95 * (row.next_week_log_score_standard_error or 0.0) for row in rows
            ],
            "color": palette.MUTED,
        },
        "marker": {
            "opacity": 1,
            "size": [14 if row.is_chosen else 10 for row in rows],
            "line": {"width": 2},
            "symbol": [
                SELECTION_SYMBOLS[row.is_chosen, row.has_passed_guards] for row in rows
            ],
            "color": [
                palette.INK if row.has_passed_guards else palette.WRONG for row in rows
            ],
        },
        "hovertemplate": "%{x} states: %{y:.5f}<br>%{hovertext}<extra></extra>",
        "hovertext": [chart_text(row.verdict) for row in rows],
    }
    return Chart(
        [trace] if len(rows) > 1 else [],
        layout(
            300,
            xaxis=axis("number of states", dtick=1),
            yaxis=axis("log score of next week"),
        ),
    )
