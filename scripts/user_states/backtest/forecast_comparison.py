"""How much better one model's forecasts are than another's, with an interval.

Resamples are of whole users: the weeks of a user depend on each other, users do not
(the cluster bootstrap: Davison and Hinkley 1997, Bootstrap Methods and their
Application, section 3.8). All models have the same resamples, so effects of users that
are hard for both models cancel out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from user_states.backtest.forecast_scores import ForecastKind, brier_scores, log_losses
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.threads import in_order

DIFFERENCE_RESAMPLES = 500
DIFFERENCE_LEVEL = 0.95

# Measures of the comparison; for the first two, less is better. Numbers of rides are
# compared by those two.
COMPARED_MEASURES = ("log_loss", "brier_score", "auc")
_LESS_IS_BETTER = ("log_loss", "brier_score")


@dataclass(frozen=True)
class ForecastDifference:
    """How much better the published forecasts are than a rival's.

    Attributes
    ----------
    rival, measure : str
        The measure is one of COMPARED_MEASURES.
    difference : float
        Above 0 if the published forecasts are better.
    low, high : float
        Ends of the interval that contains the share DIFFERENCE_LEVEL of resamples.
    """

    rival: str
    measure: str
    difference: float
    low: float
    high: float


def compare_forecasts(
    forecasts: Mapping[str, FloatArray],
    published: str,
    outcomes: FloatArray | BoolArray,
    users: IntArray,
    seed: int,
    kind: ForecastKind = "probability",
    n_resamples: int = DIFFERENCE_RESAMPLES,
) -> list[ForecastDifference]:
    """Return the difference to every rival in every measure.

    Parameters
    ----------
    forecasts : mapping from model to array, shape (n,)
        Probabilities, numbers of rides, or spend, for the same rows in the same order.
    published : str
        The model that the others are compared with.
    outcomes : array, shape (n,)
    users : array of int, shape (n,)
        User of each row, numbered from 0.
    seed : int
        Of the resamples.
    kind : str
        Of the forecasts.
    n_resamples : int
    """
    n_users = int(users.max()) + 1
    rng = np.random.default_rng(seed)
    even = np.full(n_users, 1 / n_users)
    # The first is the sample itself.
    times = np.vstack(
        [np.ones(n_users), rng.multinomial(n_users, even, size=n_resamples)]
    )
    figures = {
        model: resampled_figures(forecast, outcomes, users, times, kind)
        for model, forecast in forecasts.items()
    }
    return [
        _difference(rival, measure, figures[published][measure], rows[measure])
        for rival, rows in figures.items()
        if rival != published
        for measure in COMPARED_MEASURES
        if measure in rows
    ]


def _difference(
    rival: str, measure: str, published: FloatArray, other: FloatArray
) -> ForecastDifference:
    gains = other - published if measure in _LESS_IS_BETTER else published - other
    tail = (1 - DIFFERENCE_LEVEL) / 2
    # A resample without riders, or with riders only, has no AUC.
    low, high = np.nanquantile(gains[1:], [tail, 1 - tail])
    return ForecastDifference(rival, measure, float(gains[0]), float(low), float(high))


def resampled_figures(
    forecasts: FloatArray,
    outcomes: FloatArray | BoolArray,
    users: IntArray,
    times: FloatArray,
    kind: ForecastKind = "probability",
) -> dict[str, FloatArray]:
    """Return every measure of one model in every resample.

    Parameters
    ----------
    forecasts : array, shape (n,)
    outcomes : array, shape (n,)
    users : array of int, shape (n,)
    times : array, shape (n_resamples, n_users)
        How often each user was drawn.
    kind : str
        Of the forecasts.

    Returns
    -------
    dict of str to array, shape (n_resamples,)
        By measure. The AUC, of probabilities only, is NaN if only riders were drawn, or
        none.
    """
    counts = times @ np.bincount(users, minlength=times.shape[1])
    means = {
        name: times @ np.bincount(users, weights=losses, minlength=times.shape[1])
        for name, losses in (
            ("log_loss", log_losses(forecasts, outcomes, kind)),
            ("brier_score", brier_scores(forecasts, outcomes)),
        )
    }
    found = {name: sums / counts for name, sums in means.items()}
    if kind == "probability":
        found["auc"] = _resampled_aucs(forecasts, outcomes > 0, users, times)
    return found


def _resampled_aucs(
    forecasts: FloatArray, has_ride: BoolArray, users: IntArray, times: FloatArray
) -> FloatArray:
    """Return the AUC in every resample; a user counts as often as it was drawn."""
    _, group = np.unique(forecasts, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    riders, owners = has_ride[order], users[order]

    def auc(drawn: FloatArray) -> float:
        weights = drawn[owners]
        positive = np.add.reduceat(weights * riders, starts)
        negative = np.add.reduceat(weights * ~riders, starts)
        pairs = positive.sum() * negative.sum()
        # Others with a smaller forecast, and half of those with the same.
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below / pairs) if pairs else float("nan")

    return np.array(list(in_order(auc, times)))
