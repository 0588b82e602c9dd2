"""A backtest as rows of the tables of the schema `hmm`."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from user_states.backtest.forecast_comparison import (
    DIFFERENCE_RESAMPLES,
    compare_forecasts,
)
from user_states.backtest.forecast_scores import (
    ForecastScores,
    calibration_bins,
    score_forecasts,
)
from user_states.backtest.origin_forecasts import PARTS, PUBLISHED, TargetForecasts
from user_states.backtest.origin_sums import NO_STATE
from user_states.backtest.rolling_origins import Backtest
from user_states.runs.table_writer import Rows

_PACKAGES = ("numba", "numpy", "scikit-learn", "scipy")


def new_backtest_id() -> str:
    """Return a unique id that sorts by time."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}_{secrets.token_hex(3)}"


def backtest_tables(
    backtest: Backtest,
    last_week_start: dt.date,
    n_weeks: int,
    settings: Mapping[str, Any],
    seed: int,
    n_resamples: int = DIFFERENCE_RESAMPLES,
    share: float = 1.0,
) -> dict[str, Rows]:
    """Return the rows of every table, without backtest_id.

    Parameters
    ----------
    backtest : Backtest
    last_week_start : datetime.date
        Monday of the last week of the panel.
    n_weeks : int
        Number of weeks of the panel.
    settings : mapping
        Settings of the backtest.
    seed : int
        Of the resamples.
    n_resamples : int
    share : float
        Share of all users in the sample: sums are divided by it.
    """

    def monday(week: int) -> dt.date:
        return last_week_start - dt.timedelta(weeks=n_weeks - 1 - week)

    return {
        "backtests": [_backtest_row(backtest, monday, settings)],
        "backtest_refreshes": [
            {
                "origin_week_start": monday(refresh.week),
                "n_states": refresh.n_states,
                "n_training_users": refresh.n_training_users,
                "n_training_user_weeks": refresh.n_training_user_weeks,
                "has_passed_guards": refresh.has_passed_guards,
                "choice": refresh.choice,
            }
            for refresh in backtest.refreshes
        ],
        "backtest_scores": _of_each_target(
            backtest, lambda found: _score_rows(found, monday)
        ),
        "backtest_differences": _of_each_target(
            backtest, lambda found: _difference_rows(found, seed, n_resamples)
        ),
        "backtest_calibration": _of_each_target(backtest, _calibration_rows),
        "backtest_sums": _sum_rows(backtest, monday, share),
    }


def _of_each_target(
    backtest: Backtest, rows: Callable[[TargetForecasts], Rows]
) -> Rows:
    """Return the rows of every target, with its name."""
    return [
        {"target": found.target.name, **row}
        for found in backtest.targets
        for row in rows(found)
    ]


def _backtest_row(
    backtest: Backtest,
    monday: Callable[[int], dt.date],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the row of the backtest; its numbers are those of next week's ride."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    first = backtest.targets[0]
    return {
        "created_at": dt.datetime.now(dt.UTC),
        "first_origin_week_start": monday(int(first.week.min())),
        "last_origin_week_start": monday(int(first.week.max())),
        "refresh_weeks": int(settings["refresh_weeks"]),
        "n_users": len(np.unique(first.user)),
        "n_user_weeks": len(first.week),
        "settings": json.dumps(dict(settings)),
        "versions": json.dumps({"python": platform.python_version(), **versions}),
    }


def _score_rows(found: TargetForecasts, monday: Callable[[int], dt.date]) -> Rows:
    """Return the scores of every origin and model, and those over all origins."""
    order = np.argsort(found.week, kind="stable")
    origins, starts = np.unique(found.week[order], return_index=True)
    spans = zip(map(monday, origins.tolist()), np.split(order, starts[1:]), strict=True)
    return [
        {
            "origin_week_start": origin,
            "model": model,
            "is_published": model == PUBLISHED,
            "is_rival": model not in (PUBLISHED, *PARTS),
            "n_users": len(np.unique(found.user[rows])),
            **_figures(
                score_forecasts(forecasts[rows], found.outcome[rows], found.target.kind)
            ),
        }
        for origin, rows in [(None, order), *spans]
        for model, forecasts in found.forecasts.items()
    ]


def _figures(scores: ForecastScores) -> dict[str, Any]:
    figures = asdict(scores)
    n_user_weeks = figures.pop("n_forecasts")
    return {"n_user_weeks": n_user_weeks, **figures}


def _sum_rows(
    backtest: Backtest, monday: Callable[[int], dt.date], share: float
) -> Rows:
    return [
        {
            "target": found.target.name,
            "origin_week_start": monday(week),
            "state_key": None if state == NO_STATE else backtest.state_keys[state],
            "n_users": round(n_users / share),
            "expected": expected / share,
            "observed": observed / share,
            "is_learned": is_learned,
        }
        for found in backtest.sums
        for week, state, n_users, expected, observed, is_learned in zip(
            found.week.tolist(),
            found.state.tolist(),
            found.n_users.tolist(),
            found.expected.tolist(),
            found.observed.tolist(),
            found.is_learned.tolist(),
            strict=True,
        )
    ]


def _difference_rows(found: TargetForecasts, seed: int, n_resamples: int) -> Rows:
    return [
        asdict(difference)
        for difference in compare_forecasts(
            found.forecasts,
            PUBLISHED,
            found.outcome,
            found.user,
            seed,
            found.target.kind,
            n_resamples,
        )
    ]


def _calibration_rows(found: TargetForecasts) -> Rows:
    rows: Rows = []
    for model, forecasts in found.forecasts.items():
        bins = calibration_bins(forecasts, found.outcome)
        columns = zip(
            bins.n_forecasts.tolist(),
            bins.mean_forecast.tolist(),
            bins.mean_outcome.tolist(),
            strict=True,
        )
        rows += [
            {
                "model": model,
                "bin": number,
                "n_user_weeks": n_user_weeks,
                "mean_forecast": forecast,
                "mean_outcome": outcome,
            }
            for number, (n_user_weeks, forecast, outcome) in enumerate(columns, start=1)
        ]
    return rows
