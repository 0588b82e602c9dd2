"""The terms of the regressions that forecast spend.

macros/outlook/outlook_spend_terms.sql has the same terms in SQL; a test compares the
two for each user.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.outlook.gamma_gamma import fit_gamma_gamma
from user_states.outlook.outlook_terms import log_rides
from user_states.outlook.ride_history import RideHistory

# Rides of the user's own price that are added to the rides of the last 4 and 12 weeks.
RECENT_WEIGHT = 2.0

# Least and greatest weight of the mean price, in rides: if all users pay the same, or
# nobody twice, the likelihood keeps rising.
_WEIGHTS = (0.1, 1_000.0)

SPEND_TERMS = (
    "log_expected_rides",
    "log_price",
    "log_price_of_last_12_weeks",
    "log_price_of_last_4_weeks",
    "log_weeks_since_last_ride",
    "log_weeks_since_first_ride",
    "log_active_weeks",
)


@dataclass(frozen=True)
class RidePrice:
    """What is known of the price of a ride without knowing the user.

    Attributes
    ----------
    mean : float
        Mean price of a ride over users, in the reporting currency; above 0.
    weight : float
        Rides of a user that weigh as much as the mean.
    """

    mean: float
    weight: float

    @classmethod
    def of(cls, newest: RideHistory) -> RidePrice | None:
        """Learn it from the history of every user's newest week.

        By the Gamma-Gamma model. None if fewer than two users have paid.
        """
        found = fit_gamma_gamma(newest.n_rides, newest.spend)
        if found is None:
            return None
        return cls(found.mean, float(np.clip(found.weight, *_WEIGHTS)))


def spend_terms(
    expected_rides: FloatArray, price: RidePrice, history: RideHistory
) -> FloatArray:
    """Return the terms, in the order of SPEND_TERMS.

    With the user's own price, m = (weight mean + spend) / (weight + rides), over all
    weeks so far, they are

    - the logarithm of the published number of rides, and log(m / mean);
    - log((2 m + spend) / (2 + rides) / m), over the last 12 and the last 4 weeks;
    - log(1 + weeks since the last ride), log(1 + weeks since the first), and the
      logarithm of the active weeks.

    Parameters
    ----------
    expected_rides : array, shape (n_rows,)
        Published, of the span.
    price : RidePrice
    history : RideHistory
        With spend.

    Returns
    -------
    array, shape (n_rows, len(SPEND_TERMS))
    """
    own = own_price(price, history)

    def recent(spend: FloatArray, rides: FloatArray) -> FloatArray:
        price_now = (RECENT_WEIGHT * own + spend) / (RECENT_WEIGHT + rides)
        logs: FloatArray = np.log(price_now / own)
        return logs

    columns = (
        log_rides(expected_rides),
        np.log(own / price.mean),
        recent(history.spend_last_12, history.n_rides_last_12),
        recent(history.spend_last_4, history.n_rides_last_4),
        np.log1p(history.weeks_since_last_ride),
        np.log1p(history.weeks_since_first_ride),
        np.log(history.n_active_weeks),
    )
    return np.column_stack(columns).astype(np.float64)


def own_price(price: RidePrice, history: RideHistory) -> FloatArray:
    """Return each user's own price of a ride, shrunk to the mean, shape (n_rows,)."""
    own: FloatArray = (price.weight * price.mean + history.spend) / (
        price.weight + history.n_rides
    )
    return own
