"""What the published outlook is made of: the terms of its regressions.

macros/outlook/outlook_terms.sql has the same list in SQL, which computes them for
the as-of week; a test holds the two against each other, user by user.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.probabilities import within_margin
from user_states.outlook.ride_history import RideHistory

# The forecast that follows from the chain: its log-odds where it is a probability,
# its logarithm where it is a number of rides.
FORECAST = "forecast"
INTERCEPT = "intercept"

# No expected number of rides counts as less, so that it has a logarithm.
LEAST_RIDES = 1e-6

HISTORY_TERMS = (
    "log_weeks_since_last_ride",
    "log_weeks_since_first_ride",
    "log_active_weeks",
    "log_odds_of_active_week",
    "log_weeks_since_last_ride_times_log_active_weeks",
    "log_rides_last_4_weeks",
    "log_rides_last_12_weeks",
)
TERMS = (FORECAST, *HISTORY_TERMS)


def history_terms(history: RideHistory) -> FloatArray:
    """Return the terms that are made of past rides, as in HISTORY_TERMS.

    With w weeks since the last ride, n weeks since the first, and x active weeks,
    that of the first ride included, they are log(1 + w), log(1 + n), log x,
    log((x - 1/2) / (n - x + 2)), log(1 + w) log x, and log(1 + rides) of the last 4
    and 12 weeks. The fourth is the log-odds of an active week after the first, of
    x - 1 in n, with half a week added to the active and one to the silent ones, so
    that it is always finite.

    Parameters
    ----------
    history : RideHistory

    Returns
    -------
    array, shape (n_rows, len(HISTORY_TERMS))
    """
    recency = np.log1p(history.weeks_since_last_ride)
    n, x = history.weeks_since_first_ride, history.n_active_weeks
    columns = (
        recency,
        np.log1p(n),
        np.log(x),
        np.log((x - 0.5) / (n - x + 2.0)),
        recency * np.log(x),
        np.log1p(history.n_rides_last_4),
        np.log1p(history.n_rides_last_12),
    )
    return np.column_stack(columns).astype(np.float64)


def log_odds(probabilities: FloatArray) -> FloatArray:
    """Return the forecast term of a probability, of within 1e-6 of 0 and 1."""
    inside = within_margin(probabilities)
    logits: FloatArray = np.log(inside / (1 - inside))
    return logits


def log_rides(expected_rides: FloatArray) -> FloatArray:
    """Return the forecast term of a number of rides, of 1e-6 at least."""
    logs: FloatArray = np.log(np.maximum(expected_rides, LEAST_RIDES))
    return logs
