"""Simpler forecasts: the rivals that the outlook should beat.

Each rival learns from the weeks known at one time, and then forecasts, for any
user-week, one target: the probability of a ride in the next weeks, the number of
rides, or what is spent. Rows are user-weeks from the week of the user's first completed
ride on (`ride_history`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from user_states.backtest.bg_bb import BGBB, fit_bg_bb
from user_states.backtest.bg_nbd import BGNBD, fit_bg_nbd
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import RATE_MARGIN, within_margin
from user_states.outlook.gamma_gamma import fit_gamma_gamma
from user_states.outlook.regressions import Target
from user_states.outlook.ride_history import RideHistory
from user_states.outlook.ridge_regression import Line, fit_line, mean_outcomes

# The feature that recency, frequency and value take for value.
PRICE = "rolling_avg_price"

# Weeks since the last ride at which a bucket of recency begins.
RECENCY_BUCKETS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 26, 52)

# Penalty on squared coefficients of standardised terms: the default of scikit-learn.
_PENALTY = 1.0


@dataclass(frozen=True, eq=False)
class PastWeeks:
    """What a rival learns from.

    Attributes
    ----------
    target : Target
        What is forecast.
    history : RideHistory
        Of every user-week whose outcome is known.
    price : array, shape (n_rows,)
        In the same weeks: mean price of the last rides, NaN if unknown.
    outcomes : array, shape (n_rows,)
        What happened in the weeks after: 0 or 1, the number of rides, or spend.
    last_history : RideHistory
        Of the last known week of every user.
    """

    target: Target
    history: RideHistory
    price: FloatArray
    outcomes: FloatArray
    last_history: RideHistory


class Rival(Protocol):
    """A rival that has learned."""

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the forecast for the weeks after, shape (n_rows,)."""


class BaseRate:
    """The mean outcome of all user-weeks."""

    def __init__(self, past: PastWeeks) -> None:
        self._target = past.target
        self._mean = float(past.outcomes.mean())

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the same forecast for everyone."""
        return _in_range(np.full(len(price), self._mean), self._target)


class RecencyBucket:
    """The same mean by weeks since the last ride, in buckets.

    Each bucket gets one more user-week with the overall mean, so that no bucket has a
    share of 0 or 1.
    """

    def __init__(self, past: PastWeeks) -> None:
        buckets = self._bucket(past.history)
        n = len(RECENCY_BUCKETS)
        mean = float(past.outcomes.mean())
        sums = np.bincount(buckets, weights=past.outcomes, minlength=n)
        self._target = past.target
        self._means = (sums + mean) / (np.bincount(buckets, minlength=n) + 1)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the mean of each row's bucket."""
        return _in_range(self._means[self._bucket(history)], self._target)

    @staticmethod
    def _bucket(history: RideHistory) -> IntArray:
        recency = history.weeks_since_last_ride
        found = np.searchsorted(RECENCY_BUCKETS, recency, side="right") - 1
        return found.astype(np.int64)


class RecencyFrequencyValue:
    """Regression on recency, frequency and value: logistic, or Poisson for rides.

    On the logarithms of 1 + weeks since the last ride, rides so far, weeks since the
    first ride (which turns rides so far into a frequency) and the mean price of the
    last rides; standardised, with scikit-learn's default penalty.
    """

    def __init__(self, past: PastWeeks) -> None:
        self._line: Line | None = None
        self._target = past.target
        self._base = BaseRate(past)
        if np.ptp(past.outcomes) > 0:
            columns = self.columns(past.history, past.price)
            self._line = fit_line(columns, past.outcomes, past.target.family, _PENALTY)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the regression's forecast."""
        if self._line is None:
            return self._base.predict(history, price)
        scores = self._line.intercept + (
            self.columns(history, price) @ self._line.slopes
        )
        return _in_range(mean_outcomes(scores, self._target.family), self._target)

    @staticmethod
    def columns(history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the terms, shape (n_rows, n_terms)."""
        columns = [
            history.weeks_since_last_ride,
            history.n_rides,
            history.weeks_since_first_ride,
            # A price below 0 is a correction; an unknown price counts as 0.
            np.maximum(np.nan_to_num(price), 0),
        ]
        return np.log1p(np.column_stack(columns).astype(np.float64))


class RecentRecencyFrequencyValue(RecencyFrequencyValue):
    """The same with recent counts and an interaction.

    Also on the logarithms of 1 + rides of this week, of the last 4 and the last 12, and
    of 1 + active weeks of the last 4, of the last 12 and so far; and on recency times
    frequency.
    """

    @staticmethod
    def columns(history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the terms, shape (n_rows, n_terms)."""
        plain = RecencyFrequencyValue.columns(history, price)
        recent = np.column_stack(
            [
                history.n_rides_this_week,
                history.n_rides_last_4,
                history.n_rides_last_12,
                history.n_active_last_4,
                history.n_active_last_12,
                history.n_active_weeks,
            ]
        ).astype(np.float64)
        interaction = plain[:, 0] * plain[:, 1]
        return np.column_stack([plain, np.log1p(recent), interaction])


class BGNBDRival:
    """BG/NBD in weeks; a week with a ride is one transaction."""

    def __init__(self, past: PastWeeks) -> None:
        self._n_weeks = past.target.n_weeks
        (x, t_x, T), counts = _distinct(past.last_history)
        self.model: BGNBD = fit_bg_nbd(
            x, t_x.astype(np.float64), T.astype(np.float64), counts
        )

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the probability of a transaction within the weeks ahead."""
        x, t_x, T = _repeats(history)
        return within_margin(
            self.model.ride_probability(
                x, t_x.astype(np.float64), T.astype(np.float64), float(self._n_weeks)
            )
        )


class BGBBRival:
    """BG/BB; its periods are weeks."""

    def __init__(self, past: PastWeeks) -> None:
        self._n_weeks = past.target.n_weeks
        (x, t_x, n), counts = _distinct(past.last_history)
        self.model: BGBB = fit_bg_bb(x, t_x, n, counts)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the probability of a ride in the next periods."""
        return within_margin(
            self.model.ride_probability(*_repeats(history), n_weeks=self._n_weeks)
        )


class BGNBDGammaGammaRival:
    """BG/NBD for weeks with a ride, times Gamma-Gamma for the spend of such a week.

    Fader, Hardie and Lee 2005, RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis, Journal of Marketing Research 42:415-430, and Fader and Hardie 2013.
    """

    def __init__(self, past: PastWeeks) -> None:
        self._target = past.target
        self.weeks = BGNBDRival(past)
        last = past.last_history
        self.spend = fit_gamma_gamma(last.n_active_weeks.astype(np.float64), last.spend)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the expected spend of the weeks ahead."""
        x, t_x, T = _repeats(history)
        transactions = self.weeks.model.expected_rides(
            x, t_x.astype(np.float64), T.astype(np.float64), float(self._target.n_weeks)
        )
        n = history.n_active_weeks.astype(np.float64)
        each = history.spend / n
        if self.spend is not None:
            each = self.spend.expected(n, history.spend)
        return _in_range(transactions * each, self._target)


# By their names in the warehouse.
RIVALS: dict[str, Callable[[PastWeeks], Rival]] = {
    "base_rate": BaseRate,
    "recency_bucket": RecencyBucket,
    "recency_frequency_value": RecencyFrequencyValue,
    "recent_recency_frequency_value": RecentRecencyFrequencyValue,
    "bg_nbd": BGNBDRival,
    "bg_bb": BGBBRival,
    "bg_nbd_gamma_gamma": BGNBDGammaGammaRival,
}
# They know weeks with and without a ride, but no number of rides.
_OF_PROBABILITIES = ("bg_nbd", "bg_bb")
# The usual model of a customer's value, for a quarter and a year.
_OF_SPEND = ("bg_nbd_gamma_gamma",)
_LEAST_WEEKS_OF_SPEND = 12


def rivals_of(target: Target) -> dict[str, Callable[[PastWeeks], Rival]]:
    """Return the rivals that forecast a target."""
    return {
        name: rival
        for name, rival in RIVALS.items()
        if (target.kind == "probability" or name not in _OF_PROBABILITIES)
        and (
            name not in _OF_SPEND
            or (target.kind == "spend" and target.n_weeks >= _LEAST_WEEKS_OF_SPEND)
        )
    }


def _in_range(forecasts: FloatArray, target: Target) -> FloatArray:
    """Return probabilities within the margin, or rides and spend above 0."""
    if target.kind == "probability":
        return within_margin(forecasts)
    return np.maximum(forecasts, RATE_MARGIN)


def _repeats(history: RideHistory) -> tuple[IntArray, IntArray, IntArray]:
    """Return x, t_x and n of BG/NBD and BG/BB, each of shape (n_rows,).

    Active weeks after the first, the number of the last of them, and the weeks since
    the first.
    """
    n = history.weeks_since_first_ride
    return history.n_active_weeks - 1, n - history.weeks_since_last_ride, n


def _distinct(
    history: RideHistory,
) -> tuple[tuple[IntArray, IntArray, IntArray], FloatArray]:
    """Return the distinct histories, and how many users have each."""
    found, counts = np.unique(
        np.column_stack(_repeats(history)), axis=0, return_counts=True
    )
    x, t_x, n = found.T
    return (x, t_x, n), counts.astype(np.float64)
