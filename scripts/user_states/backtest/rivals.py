"""Simpler forecasts of who rides next week: the rivals that the outlook should beat.

Each rival learns from the weeks known at one time, and then forecasts, for any
user-week, the probability of a ride in the next week. Rows are user-weeks from the week
of the user's first completed ride on (`ride_history`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from user_states.backtest.bg_bb import BGBB, fit_bg_bb
from user_states.backtest.bg_nbd import BGNBD, fit_bg_nbd
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.ride_history import RideHistory

# The feature that recency, frequency and value take for value.
PRICE = "rolling_avg_price"

# Weeks since the last ride at which a bucket of recency begins.
RECENCY_BUCKETS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 26, 52)


@dataclass(frozen=True, eq=False)
class PastWeeks:
    """What a rival learns from.

    Attributes
    ----------
    history : RideHistory
        Of every user-week whose next week is known.
    price : array, shape (n_rows,)
        In the same weeks: mean price of the last rides, NaN if unknown.
    rides_next_week : array of bool, shape (n_rows,)
        Whether the next week had a completed ride.
    last_history : RideHistory
        Of the last known week of every user.
    """

    history: RideHistory
    price: FloatArray
    rides_next_week: BoolArray
    last_history: RideHistory


class Rival(Protocol):
    """A rival that has learned."""

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the probability of a ride in the week after, shape (n_rows,)."""


class BaseRate:
    """The share of user-weeks that were followed by a week with a ride."""

    def __init__(self, past: PastWeeks) -> None:
        self._rate = float(past.rides_next_week.mean())

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the same probability for everyone."""
        return within_margin(np.full(len(price), self._rate))


class RecencyBucket:
    """The same share by weeks since the last ride, in buckets.

    Each bucket gets one more user-week, which counts as a ride with the overall share,
    so that no bucket has a share of 0 or 1.
    """

    def __init__(self, past: PastWeeks) -> None:
        buckets = self._bucket(past.history)
        n = len(RECENCY_BUCKETS)
        rate = float(past.rides_next_week.mean())
        riders = np.bincount(buckets, weights=past.rides_next_week, minlength=n)
        self._rates = (riders + rate) / (np.bincount(buckets, minlength=n) + 1)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the share of each row's bucket."""
        return within_margin(self._rates[self._bucket(history)])

    @staticmethod
    def _bucket(history: RideHistory) -> IntArray:
        recency = history.weeks_since_last_ride
        found = np.searchsorted(RECENCY_BUCKETS, recency, side="right") - 1
        return found.astype(np.int64)


class RecencyFrequencyValue:
    """Logistic regression on recency, frequency and value (scikit-learn).

    On the logarithms of 1 + weeks since the last ride, rides so far, weeks since the
    first ride (which turns rides so far into a frequency) and the mean price of the
    last rides; standardised, with scikit-learn's default penalty.
    """

    def __init__(self, past: PastWeeks) -> None:
        self._model: Pipeline | None = None
        self._base = BaseRate(past)
        if 0 < past.rides_next_week.sum() < len(past.rides_next_week):
            self._model = make_pipeline(
                StandardScaler(), LogisticRegression(max_iter=1000)
            )
            columns = self._columns(past.history, past.price)
            self._model.fit(columns, past.rides_next_week)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the regression's probability."""
        if self._model is None:
            return self._base.predict(history, price)
        columns = self._columns(history, price)
        return within_margin(self._model.predict_proba(columns)[:, 1])

    @staticmethod
    def _columns(history: RideHistory, price: FloatArray) -> FloatArray:
        columns = [
            history.weeks_since_last_ride,
            history.n_rides,
            history.weeks_since_first_ride,
            # A price below 0 is a correction; an unknown price counts as 0.
            np.maximum(np.nan_to_num(price), 0),
        ]
        return np.log1p(np.column_stack(columns).astype(np.float64))


class BGNBDRival:
    """BG/NBD in weeks; a week with a ride is one transaction."""

    def __init__(self, past: PastWeeks) -> None:
        (x, t_x, T), counts = _distinct(past.last_history)
        self.model: BGNBD = fit_bg_nbd(
            x, t_x.astype(np.float64), T.astype(np.float64), counts
        )

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the probability of a transaction within one week."""
        x, t_x, T = _repeats(history)
        return within_margin(
            self.model.ride_probability(
                x, t_x.astype(np.float64), T.astype(np.float64), 1.0
            )
        )


class BGBBRival:
    """BG/BB; its periods are weeks."""

    def __init__(self, past: PastWeeks) -> None:
        (x, t_x, n), counts = _distinct(past.last_history)
        self.model: BGBB = fit_bg_bb(x, t_x, n, counts)

    def predict(self, history: RideHistory, price: FloatArray) -> FloatArray:
        """Return the probability of a ride in the next period."""
        return within_margin(self.model.ride_probability(*_repeats(history)))


# By their names in the warehouse.
RIVALS: dict[
    str, type[BaseRate | RecencyBucket | RecencyFrequencyValue | BGNBDRival | BGBBRival]
] = {
    "base_rate": BaseRate,
    "recency_bucket": RecencyBucket,
    "recency_frequency_value": RecencyFrequencyValue,
    "bg_nbd": BGNBDRival,
    "bg_bb": BGBBRival,
}


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
