"""The scores of a backtest as lines for a person to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from user_states.backtest.forecast_comparison import COMPARED_MEASURES, DIFFERENCE_LEVEL
from user_states.console import format_table
from user_states.runs.table_writer import Rows

_SCORES = (
    "log_loss",
    "brier_score",
    "auc",
    "calibration_intercept",
    "calibration_slope",
    "calibration_error",
    "lift_top_tenth",
)
_HEADER = ("model", "log loss", "Brier", "AUC", "intercept", "slope", "error", "lift")


def describe(tables: Mapping[str, Rows]) -> list[str]:
    """Return the scores over all forecast weeks together, as aligned lines.

    Parameters
    ----------
    tables : mapping from table to rows
        As from `backtest_tables`.
    """
    (backtest,) = tables["backtests"]
    first, last = (backtest[f"{end}_origin_week_start"] for end in ("first", "last"))
    title = (
        f"{backtest['n_user_weeks']:,} forecasts for {backtest['n_users']:,} users, "
        f"from {first} to {last}. Gains of the published model over each other, with "
        f"{DIFFERENCE_LEVEL:.0%} intervals by user:"
    )
    lines = [title]
    for target in dict.fromkeys(row["target"] for row in tables["backtest_scores"]):
        lines += ["", target.replace("_", " "), *_target_lines(tables, target)]
    return lines


def _target_lines(tables: Mapping[str, Rows], target: str) -> list[str]:
    differences = {
        (row["rival"], row["measure"]): row
        for row in tables["backtest_differences"]
        if row["target"] == target
    }
    measures = [
        measure
        for measure in COMPARED_MEASURES
        if any(compared == measure for _, compared in differences)
    ]
    rows = []
    for row in tables["backtest_scores"]:
        if row["target"] != target or row["origin_week_start"] is not None:
            continue
        gains = [
            "" if row["is_published"] else _interval(differences[row["model"], measure])
            for measure in measures
        ]
        rows.append((row["model"], *(_score(row[name]) for name in _SCORES), *gains))
    header = [f"gain in {measure.replace('_', ' ')}" for measure in measures]
    ratios = [
        row["mean_forecast"] / row["mean_outcome"]
        for row in tables["backtest_scores"]
        if row["target"] == target
        and row["is_published"]
        and row["origin_week_start"] is not None
        and row["mean_outcome"]
    ]
    ends = f"{min(ratios):.3f} to {max(ratios):.3f}"
    return [
        *format_table((*_HEADER, *header), rows),
        f"sum of published forecasts over what happened, by origin week: {ends}",
    ]


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{row['difference']:.4f} ({row['low']:.4f} to {row['high']:.4f})"
