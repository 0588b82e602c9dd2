"""Held-out forecasts beside what came: by week, and by tenth of the forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.propensity.propensity_scores import N_TENTHS, calibration_error


@dataclass(frozen=True)
class JudgedGroup:
    """Forecasts of one class for some rows, and what came.

    Attributes
    ----------
    number : int
        Of the week; or of the tenth, from 1.
    n_rows : int
    lowest, highest : float
        Of the forecasts.
    mean_forecast, observed_rate : float
    calibration_error : float
        As of `calibration_error`.
    """

    number: int
    n_rows: int
    lowest: float
    highest: float
    mean_forecast: float
    observed_rate: float
    calibration_error: float


def judged_weeks(
    chances: FloatArray, came: BoolArray, weeks: IntArray
) -> Iterator[JudgedGroup]:
    """Yield a group for each week.

    Parameters
    ----------
    chances : array, shape (n_rows,)
        Forecasts of one class for customers whom the model did not know.
    came : array of bool, shape (n_rows,)
    weeks : array of int, shape (n_rows,)
    """
    for week in np.unique(weeks).tolist():
        yield _group(week, chances, came, weeks == week)


def judged_tenths(chances: FloatArray, came: BoolArray) -> Iterator[JudgedGroup]:
    """Yield ten groups of about as many rows, the least likely first.

    Equal forecasts are in one group, so that there may be fewer. Parameters as of
    `judged_weeks`.
    """
    edges = np.quantile(chances, np.linspace(0, 1, N_TENTHS + 1)[1:-1])
    tenths = np.searchsorted(edges, chances, side="left")
    for tenth in np.unique(tenths).tolist():
        yield _group(tenth + 1, chances, came, tenths == tenth)


def _group(
    number: int, chances: FloatArray, came: BoolArray, is_in: BoolArray
) -> JudgedGroup:
    own, own_came = chances[is_in], came[is_in].astype(np.float64)
    return JudgedGroup(
        number,
        len(own),
        float(own.min()),
        float(own.max()),
        float(own.mean()),
        float(own_came.mean()),
        calibration_error(own, own_came),
    )
