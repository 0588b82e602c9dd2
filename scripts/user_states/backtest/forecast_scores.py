"""Scores of forecasts of a ride: seven figures, and a table of calibration.

Rows are forecasts in any order: a probability, and whether there was a ride.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray

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
    mean_probability : float
    log_loss : float
        Mean of -log of the probability of what happened, in nats (Good 1952,
        Journal of the Royal Statistical Society B 14:107-114).
    brier_score : float
        Mean squared difference to what happened (Brier 1950, Monthly Weather Review
        78:1-3).
    auc : float or None
        Probability that a rider had a greater forecast than someone who did not ride;
        ties count half (Hanley and McNeil 1982, Radiology 143:29-36). None if everyone
        or nobody rode.
    calibration_intercept, calibration_slope : float or None
        Of the logistic regression of what happened on the log-odds of the forecast; 0
        and 1 for calibrated forecasts (Cox 1958, Biometrika 45:562-565). None if it has
        no solution, as with the same forecast for everyone.
    calibration_error : float
        Mean over the ten tenths of the forecasts, by size, of the difference between
        mean forecast and share of riders (expected calibration error with bins of equal
        size: Naeini, Cooper and Hauskrecht 2015, AAAI 29:2901-2907).
    lift_top_tenth : float or None
        Share of riders in the tenth with the highest forecasts over the overall share.
        None if nobody rode.
    """

    n_forecasts: int
    n_riders: int
    mean_probability: float
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
    mean_probability, observed_share : array, shape (n_bins,)
    """

    n_forecasts: IntArray
    mean_probability: FloatArray
    observed_share: FloatArray


def score_forecasts(probabilities: FloatArray, has_ride: BoolArray) -> ForecastScores:
    """Return the scores of some forecasts.

    Parameters
    ----------
    probabilities : array, shape (n,)
        Above 0 and below 1.
    has_ride : array of bool, shape (n,)
        What happened.

    Raises
    ------
    ValueError
        If there is no forecast, or a forecast is not above 0 and below 1.
    """
    if len(probabilities) == 0 or len(probabilities) != len(has_ride):
        raise ValueError(
            f"got {len(probabilities)} forecasts and {len(has_ride)} outcomes; "
            "expected the same number, at least 1"
        )
    if not ((probabilities > 0) & (probabilities < 1)).all():
        raise ValueError(
            "got a probability that is not above 0 and below 1; expected 0 < p < 1"
        )
    bins = calibration_bins(probabilities, has_ride)
    gaps = np.abs(bins.mean_probability - bins.observed_share)
    share = float(has_ride.mean())
    intercept, slope = _calibration(probabilities, has_ride)
    return ForecastScores(
        n_forecasts=len(has_ride),
        n_riders=int(has_ride.sum()),
        mean_probability=float(probabilities.mean()),
        log_loss=float(log_losses(probabilities, has_ride).mean()),
        brier_score=float(brier_scores(probabilities, has_ride).mean()),
        auc=_auc(probabilities, has_ride),
        calibration_intercept=intercept,
        calibration_slope=slope,
        calibration_error=float(np.average(gaps, weights=bins.n_forecasts)),
        lift_top_tenth=_lift(probabilities, has_ride) if share else None,
    )


def log_losses(probabilities: FloatArray, has_ride: BoolArray) -> FloatArray:
    """Return -log of the probability of what happened, for each forecast."""
    losses: FloatArray = -np.where(
        has_ride, np.log(probabilities), np.log1p(-probabilities)
    )
    return losses


def brier_scores(probabilities: FloatArray, has_ride: BoolArray) -> FloatArray:
    """Return the squared difference to what happened, for each forecast."""
    return np.square(probabilities - has_ride)


def calibration_bins(probabilities: FloatArray, has_ride: BoolArray) -> CalibrationBins:
    """Return the forecasts in tenths, or in fewer bins if there are fewer forecasts."""
    order = np.argsort(probabilities, kind="stable")
    happened = _shared_by_ties(probabilities, has_ride)
    tenths = np.array_split(order, min(N_BINS, len(order)))
    return CalibrationBins(
        n_forecasts=np.array([len(rows) for rows in tenths], dtype=np.int64),
        mean_probability=np.array([probabilities[rows].mean() for rows in tenths]),
        observed_share=np.array([happened[rows].mean() for rows in tenths]),
    )


def _shared_by_ties(probabilities: FloatArray, has_ride: BoolArray) -> FloatArray:
    """Return what happened as the mean over all equal forecasts.

    So the result does not depend on the order of equal forecasts.
    """
    _, group = np.unique(probabilities, return_inverse=True)
    counts = np.bincount(group)
    means: FloatArray = (np.bincount(group, weights=has_ride) / counts)[group]
    return means


def _lift(probabilities: FloatArray, has_ride: BoolArray) -> float:
    n_top = max(1, len(probabilities) // 10)
    top = np.argsort(-probabilities, kind="stable")[:n_top]
    happened = _shared_by_ties(probabilities, has_ride)
    return float(happened[top].mean() / has_ride.mean())


def _auc(probabilities: FloatArray, has_ride: BoolArray) -> float | None:
    n_riders = int(has_ride.sum())
    n_others = len(has_ride) - n_riders
    if not n_riders or not n_others:
        return None
    rank_sum = float(rankdata(probabilities)[has_ride].sum())
    return (rank_sum - n_riders * (n_riders + 1) / 2) / (n_riders * n_others)


def _calibration(
    probabilities: FloatArray, has_ride: BoolArray
) -> tuple[float | None, float | None]:
    """Return intercept and slope by Newton's method, or None for both."""
    design = np.column_stack([np.ones(len(probabilities)), logit(probabilities)])
    if np.ptp(design[:, 1]) == 0 or has_ride.all() or not has_ride.any():
        return None, None
    coefficients = np.array([0.0, 1.0])
    for _ in range(_MAX_STEPS):
        fitted = expit(design @ coefficients)
        information = design.T @ (design * (fitted * (1 - fitted))[:, np.newaxis])
        if np.linalg.cond(information) > 1 / np.finfo(np.float64).eps:
            return None, None
        step = np.linalg.solve(information, design.T @ (has_ride - fitted))
        coefficients = coefficients + step
        if np.abs(step).max() < _LEAST_STEP:
            return float(coefficients[0]), float(coefficients[1])
    return None, None
