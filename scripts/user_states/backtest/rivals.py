"""Simpler forecasts of who rides next week: what the outlook has to beat.

Each rival learns from what was known at one time, and then says, of any user-week,
how probable a ride is in the week after it. Whoever reads rows here gets rows of
users' weeks from that of the first completed ride on (`ride_history`).
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
from user_states.hmm.probabilities import within_margin
from user_states.outlook.ride_history import RideHistory

# Weeks since the last ride at which a bucket of recency begins.
RECENCY_BUCKETS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 26, 52)


@dataclass(frozen=True, eq=False)
class KnownWeeks:
    """User-weeks at whose end a forecast is made.

    Attributes
    ----------
    history : RideHistory
    price : array, shape (n_rows,)
        Mean price of the last rides; NaN where none is known.
    """

    history: RideHistory
    price: FloatArray

    def rows(self, chosen: IntArray) -> KnownWeeks:
        """Return some of the rows."""
        return KnownWeeks(self.history.rows(chosen), self.price[chosen])


@dataclass(frozen=True, eq=False)
class PastWeeks:
    """What a rival may learn from.

    Attributes
    ----------
    pairs : KnownWeeks
        Every user-week of which the week after is known.
    rides_next_week : array of bool, shape (n_pairs,)
        Whether it had a completed ride.
    users : KnownWeeks
        Every user's last known week.
    """

    pairs: KnownWeeks
    rides_next_week: BoolArray
    users: KnownWeeks


class Rival(Protocol):
    """A forecast that has been learned."""

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the probability of a ride in the week after, shape (n_rows,)."""


class BaseRate:
    """The share of all user-weeks that were followed by a week with a ride."""

    def __init__(self, past: PastWeeks) -> None:
        self._rate = float(past.rides_next_week.mean())

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the same for everyone."""
        return within_margin(np.full(len(weeks.price), self._rate))


class RecencyBucket:
    """That share by weeks since the last ride, in buckets.

    A bucket counts one user-week more with, and one more without a ride, each times
    the overall share, so that no bucket is certain of anything.
    """

    def __init__(self, past: PastWeeks) -> None:
        buckets = self._bucket(past.pairs)
        n = len(RECENCY_BUCKETS)
        rate = float(past.rides_next_week.mean())
        riders = np.bincount(buckets, weights=past.rides_next_week, minlength=n)
        self._rates = (riders + rate) / (np.bincount(buckets, minlength=n) + 1)

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the share of each row's bucket."""
        return within_margin(self._rates[self._bucket(weeks)])

    def _bucket(self, weeks: KnownWeeks) -> IntArray:
        recency = weeks.history.weeks_since_last_ride
        found = np.searchsorted(RECENCY_BUCKETS, recency, side="right") - 1
        return found.astype(np.int64)


class RecencyFrequencyValue:
    """Logistic regression on recency, frequency and value (scikit-learn).

    On logarithms of 1 + weeks since the last ride, rides so far, weeks since the
    first ride (without which rides so far are no frequency) and the mean price of
    the last rides; standardised, with scikit-learn's own light penalty.
    """

    def __init__(self, past: PastWeeks) -> None:
        self._model: Pipeline | None = None
        self._base = BaseRate(past)
        if 0 < past.rides_next_week.sum() < len(past.rides_next_week):
            self._model = make_pipeline(
                StandardScaler(), LogisticRegression(max_iter=1000)
            )
            self._model.fit(self._columns(past.pairs), past.rides_next_week)

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the regression's probability."""
        if self._model is None:
            return self._base.predict(weeks)
        return within_margin(self._model.predict_proba(self._columns(weeks))[:, 1])

    @staticmethod
    def _columns(weeks: KnownWeeks) -> FloatArray:
        history = weeks.history
        columns = [
            history.weeks_since_last_ride,
            history.n_rides,
            history.weeks_since_first_ride,
            # A price below 0 is a correction, and none known is as none paid.
            np.maximum(np.nan_to_num(weeks.price), 0),
        ]
        return np.log1p(np.column_stack(columns).astype(np.float64))


class BGNBDRival:
    """BG/NBD, a week with a ride being one transaction, in weeks."""

    def __init__(self, past: PastWeeks) -> None:
        (x, t_x, T), counts = _distinct(past.users.history)
        self.model: BGNBD = fit_bg_nbd(
            x, t_x.astype(np.float64), T.astype(np.float64), counts
        )

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the probability of a transaction within one week."""
        x, t_x, T = _repeats(weeks.history)
        return within_margin(
            self.model.ride_probability(
                x, t_x.astype(np.float64), T.astype(np.float64), 1.0
            )
        )


class BGBBRival:
    """BG/BB, weeks being its periods."""

    def __init__(self, past: PastWeeks) -> None:
        (x, t_x, n), counts = _distinct(past.users.history)
        self.model: BGBB = fit_bg_bb(x, t_x, n, counts)

    def predict(self, weeks: KnownWeeks) -> FloatArray:
        """Return the probability of a ride in the next period."""
        return within_margin(self.model.ride_probability(*_repeats(weeks.history)))


# What each is called in the warehouse.
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
    """Return active weeks after the first, the last of them, and weeks since the first.

    x, t_x and n of the two models, each of shape (n_rows,).
    """
    n = history.weeks_since_first_ride
    return history.n_active_weeks - 1, n - history.weeks_since_last_ride, n


def _distinct(
    history: RideHistory,
) -> tuple[tuple[IntArray, IntArray, IntArray], FloatArray]:
    """Return the different histories, and how many users have each."""
    found, counts = np.unique(
        np.column_stack(_repeats(history)), axis=0, return_counts=True
    )
    x, t_x, n = found.T
    return (x, t_x, n), counts.astype(np.float64)
