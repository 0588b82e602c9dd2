"""A backtest as rows of the tables of the schema `hmm`."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from user_states.backtest.forecast_comparison import compare_forecasts
from user_states.backtest.forecast_scores import (
    ForecastScores,
    calibration_bins,
    score_forecasts,
)
from user_states.backtest.rolling_origins import PUBLISHED, Backtest
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
        "backtest_scores": _score_rows(backtest, monday),
        "backtest_differences": [
            asdict(difference)
            for difference in compare_forecasts(
                backtest.forecasts, PUBLISHED, backtest.has_ride, backtest.user, seed
            )
        ],
        "backtest_calibration": _calibration_rows(backtest),
    }


def _backtest_row(
    backtest: Backtest, monday: Any, settings: Mapping[str, Any]
) -> dict[str, Any]:
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {
        "created_at": dt.datetime.now(dt.UTC),
        "first_origin_week_start": monday(int(backtest.week.min())),
        "last_origin_week_start": monday(int(backtest.week.max())),
        "refresh_weeks": int(settings["refresh_weeks"]),
        "n_users": len(np.unique(backtest.user)),
        "n_user_weeks": len(backtest.week),
        "settings": json.dumps(dict(settings)),
        "versions": json.dumps({"python": platform.python_version(), **versions}),
    }


def _score_rows(backtest: Backtest, monday: Any) -> Rows:
    """Return the scores of every origin and model, and those over all origins."""
    order = np.argsort(backtest.week, kind="stable")
    origins, starts = np.unique(backtest.week[order], return_index=True)
    spans = zip(map(monday, origins.tolist()), np.split(order, starts[1:]), strict=True)
    found = []
    for origin, rows in [(None, order), *spans]:
        for model, probabilities in backtest.forecasts.items():
            scores = score_forecasts(probabilities[rows], backtest.has_ride[rows])
            n_users = len(np.unique(backtest.user[rows]))
            found.append(
                {
                    "origin_week_start": origin,
                    "model": model,
                    "is_published": model == PUBLISHED,
                    "n_users": n_users,
                    **_figures(scores),
                }
            )
    return found


def _figures(scores: ForecastScores) -> dict[str, Any]:
    figures = asdict(scores)
    n_user_weeks = figures.pop("n_forecasts")
    return {"n_user_weeks": n_user_weeks, **figures}


def _calibration_rows(backtest: Backtest) -> Rows:
    found = []
    for model, probabilities in backtest.forecasts.items():
        bins = calibration_bins(probabilities, backtest.has_ride)
        columns = zip(
            bins.n_forecasts.tolist(),
            bins.mean_probability.tolist(),
            bins.observed_share.tolist(),
            strict=True,
        )
        found += [
            {
                "model": model,
                "bin": number,
                "n_user_weeks": n_user_weeks,
                "mean_probability": mean,
                "observed_share": share,
            }
            for number, (n_user_weeks, mean, share) in enumerate(columns, start=1)
        ]
    return found
