"""Scores of forecasts: of a ride, of rides or of spend; and a table of calibration.

Rows are forecasts in any order, each with its outcome: whether there was a ride (0 or
1), the number of rides, or their spend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, gammaln, logit, xlogy
from scipy.stats import rankdata

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray

ForecastKind = Literal["probability", "rides", "spend"]

N_BINS = 10

# Most Newton steps for the calibration, and the step at which it has converged.
_MAX_STEPS = 50
_LEAST_STEP = 1e-9


@dataclass(frozen=True)
class ForecastScores:
    """Scores of one model's forecasts.

    Attributes
    ----------
    n_forecasts, n_riders : int
        Forecasts, and those that were followed by a ride.
    mean_forecast, mean_outcome : float
    log_loss : float
        Mean of -log of the probability of what happened, in nats (Good 1952,
        Journal of the Royal Statistical Society B 14:107-114). A number of rides is
        taken for Poisson. Of spend it is half the Poisson deviance, in the currency: of
        all forecasts the mean has the least, as for rides (Gneiting 2011, Journal of
        the American Statistical Association 106:746-762).
    brier_score : float
        Mean squared difference to what happened (Brier 1950, Monthly Weather Review
        78:1-3).
    auc : float or None
        Probability that a rider had a greater forecast than someone who did not ride;
        ties count half (Hanley and McNeil 1982, Radiology 143:29-36). None if everyone
        or nobody rode.
    calibration_intercept, calibration_slope : float or None
        Of the regression of what happened on the forecast's log-odds (logistic), or on
        its logarithm (Poisson); 0 and 1 for calibrated forecasts (Cox 1958, Biometrika
        45:562-565). None if it has no solution, as with the same forecast for everyone.
    calibration_error : float
        Mean over the ten tenths of the forecasts, by size, of the difference between
        mean forecast and mean outcome (expected calibration error with bins of equal
        size: Naeini, Cooper and Hauskrecht 2015, AAAI 29:2901-2907).
    lift_top_tenth : float or None
        Mean outcome in the tenth with the highest forecasts over the overall mean.
        None if nobody rode.
    """

    n_forecasts: int
    n_riders: int
    mean_forecast: float
    mean_outcome: float
    log_loss: float
    brier_score: float
    auc: float | None
    calibration_intercept: float | None
    calibration_slope: float | None
    calibration_error: float
    lift_top_tenth: float | None


@dataclass(frozen=True, eq=False)
class CalibrationBins:
    """Forecasts in tenths by size, the lowest first.

    Attributes
    ----------
    n_forecasts : array of int, shape (n_bins,)
    mean_forecast, mean_outcome : array, shape (n_bins,)
    """

    n_forecasts: IntArray
    mean_forecast: FloatArray
    mean_outcome: FloatArray


def score_forecasts(
    forecasts: FloatArray,
    outcomes: FloatArray | BoolArray,
    kind: ForecastKind = "probability",
) -> ForecastScores:
    """Return the scores of some forecasts.

    Parameters
    ----------
    forecasts : array, shape (n,)
        Probabilities above 0 and below 1, or expected rides or spend above 0.
    outcomes : array, shape (n,)
        What happened.
    kind : str

    Raises
    ------
    ValueError
        If there is no forecast, or a forecast is out of its range.
    """
    if len(forecasts) == 0 or len(forecasts) != len(outcomes):
        raise ValueError(
            f"got {len(forecasts)} forecasts and {len(outcomes)} outcomes; "
            "expected the same number, at least 1"
        )
    is_inside = forecasts > 0
    if kind == "probability":
        is_inside &= forecasts < 1
    if not is_inside.all():
        raise ValueError(
            f"got a {kind} forecast that is out of its range; expected probabilities "
            "above 0 and below 1, and numbers of rides or spend above 0"
        )
    outcomes = outcomes.astype(np.float64)
    bins = calibration_bins(forecasts, outcomes)
    gaps = np.abs(bins.mean_forecast - bins.mean_outcome)
    mean = float(outcomes.mean())
    intercept, slope = _calibration(forecasts, outcomes, kind)
    return ForecastScores(
        n_forecasts=len(outcomes),
        n_riders=int(np.count_nonzero(outcomes)),
        mean_forecast=float(forecasts.mean()),
        mean_outcome=mean,
        log_loss=float(log_losses(forecasts, outcomes, kind).mean()),
        brier_score=float(brier_scores(forecasts, outcomes).mean()),
        auc=_auc(forecasts, outcomes > 0),
        calibration_intercept=intercept,
        calibration_slope=slope,
        calibration_error=float(np.average(gaps, weights=bins.n_forecasts)),
        lift_top_tenth=_lift(forecasts, outcomes) if mean else None,
    )


def log_losses(
    forecasts: FloatArray,
    outcomes: FloatArray | BoolArray,
    kind: ForecastKind = "probability",
) -> FloatArray:
    """Return -log of the probability of what happened, for each forecast."""
    if kind == "rides":
        poisson: FloatArray = (
            forecasts - outcomes * np.log(forecasts) + gammaln(outcomes + 1.0)
        )
        return poisson
    if kind == "spend":
        deviance: FloatArray = (
            forecasts
            - outcomes
            + xlogy(outcomes, outcomes)
            - xlogy(outcomes, forecasts)
        )
        return deviance
    losses: FloatArray = -np.where(
        outcomes > 0, np.log(forecasts), np.log1p(-forecasts)
    )
    return losses


def brier_scores(forecasts: FloatArray, outcomes: FloatArray | BoolArray) -> FloatArray:
    """Return the squared difference to what happened, for each forecast."""
    return np.square(forecasts - outcomes)


def calibration_bins(
    forecasts: FloatArray, outcomes: FloatArray | BoolArray
) -> CalibrationBins:
    """Return the forecasts in tenths, or in fewer bins if there are fewer forecasts."""
    order = np.argsort(forecasts, kind="stable")
    happened = _shared_by_ties(forecasts, outcomes)
    tenths = np.array_split(order, min(N_BINS, len(order)))
    return CalibrationBins(
        n_forecasts=np.array([len(rows) for rows in tenths], dtype=np.int64),
        mean_forecast=np.array([forecasts[rows].mean() for rows in tenths]),
        mean_outcome=np.array([happened[rows].mean() for rows in tenths]),
    )


def _shared_by_ties(
    forecasts: FloatArray, outcomes: FloatArray | BoolArray
) -> FloatArray:
    """Return what happened as the mean over all equal forecasts.

    So the result does not depend on the order of equal forecasts.
    """
    _, group = np.unique(forecasts, return_inverse=True)
    counts = np.bincount(group)
    means: FloatArray = (np.bincount(group, weights=outcomes) / counts)[group]
    return means


def _lift(forecasts: FloatArray, outcomes: FloatArray) -> float:
    n_top = max(1, len(forecasts) // 10)
    top = np.argsort(-forecasts, kind="stable")[:n_top]
    happened = _shared_by_ties(forecasts, outcomes)
    return float(happened[top].mean() / outcomes.mean())


def _auc(forecasts: FloatArray, has_ride: BoolArray) -> float | None:
    n_riders = int(has_ride.sum())
    n_others = len(has_ride) - n_riders
    if not n_riders or not n_others:
        return None
    rank_sum = float(rankdata(forecasts)[has_ride].sum())
    return (rank_sum - n_riders * (n_riders + 1) / 2) / (n_riders * n_others)


def _calibration(
    forecasts: FloatArray, outcomes: FloatArray, kind: ForecastKind
) -> tuple[float | None, float | None]:
    """Return intercept and slope by Newton's method, or None for both."""
    scores = logit(forecasts) if kind == "probability" else np.log(forecasts)
    design = np.column_stack([np.ones(len(forecasts)), scores])
    if np.ptp(design[:, 1]) == 0 or (outcomes > 0).all() or not outcomes.any():
        return None, None
    coefficients = np.array([0.0, 1.0])
    for _ in range(_MAX_STEPS):
        linear = design @ coefficients
        if kind == "probability":
            fitted = expit(linear)
            weights = fitted * (1 - fitted)
        else:
            fitted = weights = np.exp(np.minimum(linear, 20.0))
        information = design.T @ (design * weights[:, np.newaxis])
        if np.linalg.cond(information) > 1 / np.finfo(np.float64).eps:
            return None, None
        step = np.linalg.solve(information, design.T @ (outcomes - fitted))
        coefficients = coefficients + step
        if np.abs(step).max() < _LEAST_STEP:
            return float(coefficients[0]), float(coefficients[1])
    return None, None
