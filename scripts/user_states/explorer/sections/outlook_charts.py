"""Charts of how good the outlook's forecasts were: backtest and calibration."""

from __future__ import annotations

from typing import Any

from user_states.explorer.charts import Chart, axis, layout, layout_with_legend
from user_states.explorer.inline import chart_text
from user_states.marts import palette
from user_states.marts.forecast_models import FIRST_TARGET, model_words, ordered
from user_states.marts.marts import Marts
from user_states.marts.texts import signed
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CalibrationBinRow,
)

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def backtest_gains(marts: Marts) -> Chart:
    """Return the gain of the outlook over each rival, with intervals."""
    rivals = [
        row
        for row in ordered(marts.rows(BacktestSummaryRow))
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
    """Return the distance of an interval's end from its value; None if it has none."""
    return None if value is None or end is None else abs(end - value)


def calibration(marts: Marts) -> Chart:
    """Return, for tenths of the forecasts, the mean forecast and what happened."""
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
    for model in ordered(marts.rows(BacktestSummaryRow)):
        bins = [
            row
            for row in marts.rows(CalibrationBinRow)
            if row.target == FIRST_TARGET and row.model == model.model
        ]
        rivals += not model.is_published
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": chart_text(model_words(model.model)),
                "x": [row.mean_forecast for row in bins],
                "y": [row.mean_outcome for row in bins],
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
        traces if marts.rows(CalibrationBinRow) else [],
        layout_with_legend(
            380,
            xaxis=axis(
                "forecast of riding next week", tickformat=".0%", range=[0, 1.02]
            ),
            yaxis=axis("share who rode", tickformat=".0%", range=[0, 1.02]),
        ),
    )
