"""The published spend: regressions on the published rides and the user's own prices.

Poisson with a log link, as for rides, in units of the mean price; of money only the
mean has to be right for that (quasi-likelihood: McCullagh and Nelder 1989, Generalized
Linear Models, chapter 9). The states are among the terms through the rides that they
forecast. A user's own mean price is drawn to that of all users where there are few
rides (Fader and Hardie 2013, The Gamma-Gamma Model of Monetary Value).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.forecast_level import LEVEL_WEEKS, level_shift
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import (
    Regression,
    Target,
    published_rides,
)
from user_states.outlook.ride_history import (
    RideHistory,
    ride_history,
    within_next_weeks,
)
from user_states.outlook.ridge_regression import fit_line, mean_outcomes
from user_states.outlook.spend_terms import SPEND_TERMS, RidePrice, spend_terms

SPEND_TARGETS = (
    Target("expected_spend_next_week", "spend", 1),
    Target("expected_spend_4_weeks", "spend", 4),
    Target("expected_spend_12_weeks", "spend", 12),
    Target("expected_spend_52_weeks", "spend", 52),
)

# As in `regressions`.
_PENALTY = 30.0

# Least user-weeks whose outcome is known, and least with spend: with fewer, nothing is
# published.
_LEAST_USER_WEEKS = 200
_LEAST_WITH_SPEND = 20


@dataclass(frozen=True, eq=False)
class SpendRegression:
    """The regression of one span.

    Attributes
    ----------
    target : Target
    intercept : float
    coefficients : array, shape (len(SPEND_TERMS),)
    n_user_weeks : int
        User-weeks that it was learned from.
    """

    target: Target
    intercept: float
    coefficients: FloatArray
    n_user_weeks: int

    @property
    def by_rides(self) -> float:
        """The coefficient of the logarithm of the expected rides."""
        return float(self.coefficients[SPEND_TERMS.index("log_expected_rides")])

    def predict(self, terms: FloatArray) -> FloatArray:
        """Return the spend of each row, in mean prices of a ride."""
        return mean_outcomes(self.intercept + terms @ self.coefficients, "poisson")


@dataclass(frozen=True, eq=False)
class SpendOutlook:
    """What users are expected to spend.

    Attributes
    ----------
    price : RidePrice
    regressions : tuple of SpendRegression
        Those of spans that the log has shown, the shortest first.
    """

    price: RidePrice
    regressions: tuple[SpendRegression, ...]

    @property
    def next_week(self) -> SpendRegression | None:
        """The regression of the next week; None if too few users have spent."""
        return next(
            (found for found in self.regressions if found.target.n_weeks == 1), None
        )

    def predict(
        self,
        rides: Mapping[int, FloatArray],
        history: RideHistory,
        shift: FloatArray | float = 0.0,
    ) -> dict[str, FloatArray]:
        """Return the published spend by target; longer spans are at least shorter ones.

        Parameters
        ----------
        rides : mapping from weeks ahead to array, shape (n_rows,)
            As from `published_rides`; only these spans are forecast.
        history : RideHistory
            With spend.
        shift : array, shape (n_rows,), or float
            Of prices at the end of the row's week (`forecast_level`).
        """
        found: dict[str, FloatArray] = {}
        shorter = np.zeros(len(history.spend))
        level = self.price.mean * np.exp(shift)
        for regression in self.regressions:
            if regression.target.n_weeks not in rides:
                continue
            terms = spend_terms(rides[regression.target.n_weeks], self.price, history)
            forecast = level * regression.predict(terms)
            shorter = found[regression.target.name] = np.maximum(forecast, shorter)
        return found


def learn_spend(
    regressions: Sequence[Regression],
    chain: Mapping[str, FloatArray],
    n_rides: FloatArray,
    spend: FloatArray | None,
    lengths: IntArray,
) -> SpendOutlook | None:
    """Learn the regression of each span that is forecast for rides.

    Parameters
    ----------
    regressions : sequence of Regression
        Of rides, learned from the same weeks.
    chain, n_rides, lengths
        As in `learn_regressions`.
    spend : array, shape (n_rows,), or None
        Of the week, in the reporting currency.

    Returns
    -------
    SpendOutlook or None
        None if the log has no prices.
    """
    if spend is None or not spend.any():
        return None
    history = ride_history(n_rides, lengths, spend)
    price = RidePrice.of(history.rows(np.cumsum(lengths) - 1))
    if price is None:
        return None
    rides = published_rides(regressions, chain, history_terms(history))
    ends = np.repeat(np.cumsum(lengths), lengths)
    found, shift = [], 0.0
    for target in SPEND_TARGETS:
        rows, ahead = within_next_weeks(spend, lengths, target.n_weeks)
        if (
            target.n_weeks not in rides
            or len(rows) < _LEAST_USER_WEEKS
            or np.count_nonzero(ahead) < _LEAST_WITH_SPEND
        ):
            continue
        terms = spend_terms(rides[target.n_weeks][rows], price, history.rows(rows))
        came = ahead / price.mean
        line = fit_line(terms, came, "poisson", _PENALTY)
        regression = SpendRegression(target, line.intercept, line.slopes, len(rows))
        if target.n_weeks == 1:
            is_newest = ends[rows] - rows - 1 < 1 + LEVEL_WEEKS
            expected = regression.predict(terms[is_newest]).sum()
            shift = level_shift(float(expected), float(came[is_newest].sum()))
        found.append(replace(regression, intercept=regression.intercept + shift))
    return SpendOutlook(price, tuple(found))
