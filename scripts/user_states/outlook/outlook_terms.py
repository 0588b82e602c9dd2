"""The terms of the regressions that make the published outlook.

macros/outlook/outlook_terms.sql has the same terms in SQL, for the as-of week; a test
compares the two for each user.

A hinge at a knot is max(0, value - knot): with hinges the effect of a term may change
its slope there (the linear spline of Hastie, Tibshirani and Friedman 2009, The Elements
of Statistical Learning, section 5.2). Without them forecasts were too low just after a
ride and too high long after it.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.ride_history import RideHistory

INTERCEPT = "intercept"

# Least expected number of rides, so that it has a logarithm.
LEAST_RIDES = 1e-6

# Knots by the end of their hinges' names: of log-odds and logarithms of rides, and, in
# weeks since the last ride, of recency.
LOG_ODDS_KNOTS = {"low": -1.5, "middle": 0.0, "high": 1.5}
RECENCY_KNOTS = (1, 3, 8)

# The forecast of the chain: as log-odds if it is a probability, and as a logarithm if
# it is a number of rides.
FORECAST = "forecast"
FORECAST_TERMS = (FORECAST, *(f"forecast_above_{name}" for name in LOG_ODDS_KNOTS))

HISTORY_TERMS = (
    "log_weeks_since_last_ride",
    "log_weeks_since_first_ride",
    "log_active_weeks",
    "log_odds_of_active_week",
    "log_weeks_since_last_ride_times_log_active_weeks",
    "log_rides_last_4_weeks",
    "log_rides_last_12_weeks",
    "log_rides_this_week",
    "log_active_weeks_of_last_4",
    "log_active_weeks_of_last_12",
    *(f"recency_above_{weeks}" for weeks in RECENCY_KNOTS),
    *(f"log_odds_above_{name}" for name in LOG_ODDS_KNOTS),
    "recency_times_log_odds",
    "root_share_before_first_ride",
)
TERMS = (*FORECAST_TERMS, *HISTORY_TERMS)


def history_terms(history: RideHistory) -> FloatArray:
    """Return the terms that depend on past rides, in the order of HISTORY_TERMS.

    With w weeks since the last ride, n weeks since the first ride, x active weeks
    (including that of the first ride), and o = log((x - 1/2) / (n - x + 2)), they are

    - log(1 + w), log(1 + n), log x, o, and log(1 + w) log x;
    - log(1 + rides) of the last 4 weeks, of the last 12, and of this week;
    - log(1 + active weeks) of the last 4 and 12 weeks;
    - hinges of log(1 + w) at log(1 + 1), log(1 + 3) and log(1 + 8) and of o at -1.5, 0
      and 1.5, and log(1 + w) o;
    - the root of b / (b + n + 1), where b weeks of the log were before the first ride.
      Whoever rode before the log began looks new in its first weeks. Without this term
      users who join later, who are new indeed, would be taken for such.

    o is the log-odds of an active week after the first, x - 1 of n, with half a week
    added to the active and one to the silent weeks, so that it is always finite.

    Parameters
    ----------
    history : RideHistory

    Returns
    -------
    array, shape (n_rows, len(HISTORY_TERMS))
    """
    recency = np.log1p(history.weeks_since_last_ride)
    n, x = history.weeks_since_first_ride, history.n_active_weeks
    before = history.weeks_before_first_ride
    odds = np.log((x - 0.5) / (n - x + 2.0))
    columns = (
        recency,
        np.log1p(n),
        np.log(x),
        odds,
        recency * np.log(x),
        np.log1p(history.n_rides_last_4),
        np.log1p(history.n_rides_last_12),
        np.log1p(history.n_rides_this_week),
        np.log1p(history.n_active_last_4),
        np.log1p(history.n_active_last_12),
        *(np.maximum(recency - np.log1p(weeks), 0.0) for weeks in RECENCY_KNOTS),
        *(np.maximum(odds - knot, 0.0) for knot in LOG_ODDS_KNOTS.values()),
        recency * odds,
        np.sqrt(before / (before + n + 1.0)),
    )
    return np.column_stack(columns).astype(np.float64)


def forecast_terms(score: FloatArray) -> FloatArray:
    """Return the terms of the chain's forecast, in the order of FORECAST_TERMS.

    Parameters
    ----------
    score : array, shape (n_rows,)
        `log_odds` or `log_rides` of the forecast.

    Returns
    -------
    array, shape (n_rows, len(FORECAST_TERMS))
    """
    hinges = (np.maximum(score - knot, 0.0) for knot in LOG_ODDS_KNOTS.values())
    return np.column_stack([score, *hinges])


def log_odds(probabilities: FloatArray) -> FloatArray:
    """Return the log-odds of probabilities, which are clipped to [1e-6, 1 - 1e-6]."""
    inside = within_margin(probabilities)
    logits: FloatArray = np.log(inside / (1 - inside))
    return logits


def log_rides(expected_rides: FloatArray) -> FloatArray:
    """Return the logarithm of a number of rides, which is at least 1e-6."""
    logs: FloatArray = np.log(np.maximum(expected_rides, LEAST_RIDES))
    return logs
