"""The published outlook: regressions on the chain's forecast and the user's history.

A hidden Markov model with few states does not describe how regular one user is, and a
count of past rides does not contain the user's state. So regressions with both as terms
are learned from past weeks of users that the chain was not fitted on: logistic for the
probability of a ride, Poisson for the number of rides (McCullagh and Nelder 1989,
Generalized Linear Models, chapters 4 and 6; a forecast as one of the terms is the
stacking of Wolpert 1992, Neural Networks 5:241-259).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.preprocessing import StandardScaler

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.chain_forecasts import ChainForecasts
from user_states.outlook.outlook_terms import (
    FORECAST,
    HISTORY_TERMS,
    TERMS,
    history_terms,
    log_odds,
    log_rides,
)
from user_states.outlook.ride_history import (
    RideHistory,
    ride_history,
    within_next_weeks,
)

# Penalty on the squared coefficients of standardised terms, in nats: about the weight
# of one user-week.
_PENALTY = 1.0

# Linear predictors are clipped to this range: no user is more certain, and no engine
# overflows.
SCORE_RANGE = (-30.0, 20.0)

# Least user-weeks for a regression, and least with a ride (for a probability, also
# without): with fewer, the forecast of the chain is published.
_LEAST_USER_WEEKS = 200
_LEAST_OF_EACH_KIND = 20


@dataclass(frozen=True)
class Target:
    """One figure that is forecast.

    Attributes
    ----------
    name : str
    kind : str
        `probability`: of at least one ride. `rides`: their expected number.
    n_weeks : int
        Number of weeks ahead.
    """

    name: str
    kind: Literal["probability", "rides"]
    n_weeks: int


TARGETS = (
    Target("ride_probability_next_week", "probability", 1),
    Target("ride_probability_4_weeks", "probability", 4),
    Target("expected_rides_next_week", "rides", 1),
    Target("expected_rides_4_weeks", "rides", 4),
    Target("expected_rides_12_weeks", "rides", 12),
)
NEXT_WEEK = TARGETS[0]


@dataclass(frozen=True, eq=False)
class Regression:
    """One target's regression.

    Attributes
    ----------
    target : Target
    intercept : float
    coefficients : array, shape (len(TERMS),)
        In the order of TERMS, in the terms' own units.
    n_user_weeks : int
        User-weeks that it was learned from; 0 if there were too few, and the forecast
        of the chain is published.
    """

    target: Target
    intercept: float
    coefficients: FloatArray
    n_user_weeks: int

    def predict(self, forecast: FloatArray, history: FloatArray) -> FloatArray:
        """Return the published forecast for each row.

        Parameters
        ----------
        forecast : array, shape (n_rows,)
            Of the chain: a probability, or a number of rides.
        history : array, shape (n_rows, len(HISTORY_TERMS))
        """
        terms = _terms(self.target, forecast, history)
        score = np.clip(self.intercept + terms @ self.coefficients, *SCORE_RANGE)
        if self.target.kind == "probability":
            return within_margin(expit(score))
        return np.asarray(np.exp(score), dtype=np.float64)


def chain_forecast(
    forecasts: ChainForecasts, target: Target, beliefs: FloatArray
) -> FloatArray:
    """Return the forecast of the chain alone, shape (n_rows,).

    Parameters
    ----------
    forecasts : ChainForecasts
    target : Target
    beliefs : array, shape (n_rows, K)
        Filtered probability of each state.
    """
    by_horizon: Mapping[int, FloatArray] = (
        forecasts.ride_probability
        if target.kind == "probability"
        else forecasts.expected_rides
    )
    forecast: FloatArray = beliefs @ by_horizon[target.n_weeks]
    return forecast


def learn_regressions(
    forecasts: ChainForecasts,
    beliefs: FloatArray,
    n_rides: FloatArray,
    lengths: IntArray,
    targets: Sequence[Target] = TARGETS,
) -> tuple[Regression, ...]:
    """Learn the regression of each target.

    Parameters
    ----------
    forecasts : ChainForecasts
    beliefs : array, shape (n_rows, K)
        Filtered probability of each state, of users that the chain was not fitted on:
        each user's weeks in one block, in order of time, from the week of the first
        completed ride on.
    n_rides : array, shape (n_rows,)
        Completed rides of the week.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    targets : sequence of Target

    Returns
    -------
    tuple of Regression
        In the order of the targets.
    """
    history = ride_history(n_rides, lengths)
    return tuple(
        _learn(target, forecasts, beliefs, history, n_rides, lengths)
        for target in targets
    )


def _learn(
    target: Target,
    forecasts: ChainForecasts,
    beliefs: FloatArray,
    history: RideHistory,
    n_rides: FloatArray,
    lengths: IntArray,
) -> Regression:
    rows, rides = within_next_weeks(n_rides, lengths, target.n_weeks)
    if not _is_enough(target, rides):
        return Regression(target, 0.0, _forecast_alone(), 0)
    terms = _terms(
        target,
        chain_forecast(forecasts, target, beliefs[rows]),
        history_terms(history.rows(rows)),
    )
    scaler = StandardScaler().fit(terms)
    if target.kind == "probability":
        model = LogisticRegression(C=1 / _PENALTY, max_iter=2000)
        rides = (rides > 0).astype(np.float64)
    else:
        # The loss of this class is a mean; that of LogisticRegression is a sum.
        model = PoissonRegressor(alpha=_PENALTY / len(rows), max_iter=2000)
    model.fit(scaler.transform(terms), rides)
    coefficients = np.ravel(model.coef_) / scaler.scale_
    intercept = float(np.ravel(model.intercept_)[0] - coefficients @ scaler.mean_)
    return Regression(target, intercept, coefficients, len(rows))


def _is_enough(target: Target, rides: FloatArray) -> bool:
    n_active = int(np.count_nonzero(rides))
    n_kinds = (
        [n_active] if target.kind == "rides" else [n_active, len(rides) - n_active]
    )
    return len(rides) >= _LEAST_USER_WEEKS and min(n_kinds) >= _LEAST_OF_EACH_KIND


def _forecast_alone() -> FloatArray:
    """Return coefficients that do not change the forecast."""
    coefficients = np.zeros(len(TERMS))
    coefficients[TERMS.index(FORECAST)] = 1.0
    return coefficients


def _terms(target: Target, forecast: FloatArray, history: FloatArray) -> FloatArray:
    """Return all terms of one target, shape (n_rows, len(TERMS))."""
    if history.shape[1] != len(HISTORY_TERMS):
        raise ValueError(
            f"got {history.shape[1]} terms of history; expected {len(HISTORY_TERMS)}"
        )
    as_term = log_odds if target.kind == "probability" else log_rides
    return np.column_stack([as_term(forecast), history])
