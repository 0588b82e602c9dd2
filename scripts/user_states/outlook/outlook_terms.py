"""The terms of the regressions that make the published outlook.

macros/outlook/outlook_terms.sql has the same terms in SQL, for the as-of week; a test
compares the two for each user.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.ride_history import RideHistory

# The forecast of the chain: as log-odds if it is a probability, and as a logarithm if
# it is a number of rides.
FORECAST = "forecast"
INTERCEPT = "intercept"

# Least expected number of rides, so that it has a logarithm.
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
    """Return the terms that depend on past rides, in the order of HISTORY_TERMS.

    With w weeks since the last ride, n weeks since the first ride, and x active weeks
    (including that of the first ride), they are log(1 + w), log(1 + n), log x,
    log((x - 1/2) / (n - x + 2)), log(1 + w) log x, and log(1 + rides) of the last 4
    and 12 weeks. The fourth is the log-odds of an active week after the first, x - 1 of
    n, with half a week added to the active and one to the silent weeks, so that it is
    always finite.

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
    """Return the forecast term of a probability, clipped to [1e-6, 1 - 1e-6]."""
    inside = within_margin(probabilities)
    logits: FloatArray = np.log(inside / (1 - inside))
    return logits


def log_rides(expected_rides: FloatArray) -> FloatArray:
    """Return the forecast term of a number of rides, which is at least 1e-6."""
    logs: FloatArray = np.log(np.maximum(expected_rides, LEAST_RIDES))
    return logs
