"""Forecasts from the Markov chain: rides ahead, and weeks until lapse.

They follow from the transition matrix and the mean activity of a week, for each level
and state. States are in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.outlook.lapse_rule import weeks_until_lapse
from user_states.outlook.weekly_rates import WeeklyRates

# Weeks ahead that are forecast.
HORIZONS = (1, 4, 12, 52)


@dataclass(frozen=True, eq=False)
class ChainForecasts:
    """Forecasts for a user of each level who is in each state now.

    Attributes
    ----------
    ride_probability : dict of int to array, shape (C, K)
        By number of weeks ahead: probability of a completed ride in those weeks.
    expected_rides : dict of int to array, shape (C, K)
        By number of weeks ahead: expected completed rides in those weeks.
    weeks_until_lapse : array, shape (C, K, L)
        Expected weeks until a user who is in state k and has been silent for s
        weeks has been silent for L weeks, at most LONGEST_LAPSE_WEEKS.
    """

    ride_probability: dict[int, FloatArray]
    expected_rides: dict[int, FloatArray]
    weeks_until_lapse: FloatArray


def chain_forecasts(
    transition_matrix: FloatArray, rates: WeeklyRates, lapse_after_weeks: int
) -> ChainForecasts:
    """Return the forecasts for each level and state.

    Parameters
    ----------
    transition_matrix : array, shape (K, K)
        Probability of next week's state (column) given this week's (row).
    rates : WeeklyRates
    lapse_after_weeks : int
        Silent weeks after which a user has lapsed, L.
    """
    return ChainForecasts(
        ride_probability={
            weeks: ride_probability(transition_matrix, rates.active, weeks)
            for weeks in HORIZONS
        },
        expected_rides={
            weeks: expected_rides(transition_matrix, rates.rides, weeks)
            for weeks in HORIZONS
        },
        weeks_until_lapse=np.stack(
            [
                weeks_until_lapse(transition_matrix, request, lapse_after_weeks)
                for request in rates.request
            ]
        ),
    )


def ride_probability(
    transition_matrix: FloatArray, active: FloatArray, n_weeks: int
) -> FloatArray:
    """Return the probability of a ride in the next weeks, from each state.

    1 - (A diag(1 - a))^h 1, where the second term is the probability of h weeks
    without a ride (Zucchini, MacDonald and Langrock 2016, section 2.3,
    the likelihood of h silent weeks).

    Parameters
    ----------
    transition_matrix : array, shape (K, K)
    active : array, shape (..., K)
        Share of active weeks in each state.
    n_weeks : int
        Weeks ahead, h.

    Returns
    -------
    array, shape (..., K)
    """
    silent = np.ones_like(active)
    for _ in range(n_weeks):
        silent = ((1 - active) * silent) @ transition_matrix.T
    return 1 - silent


def expected_rides(
    transition_matrix: FloatArray, rides: FloatArray, n_weeks: int
) -> FloatArray:
    """Return the expected rides in the next weeks, from each state.

    sum of A^m r over the weeks m = 1 to h ahead; the present week is not included.

    Parameters
    ----------
    transition_matrix : array, shape (..., K, K)
        One chain, or several.
    rides : array, shape (..., K)
        Mean completed rides a week in each state, r.
    n_weeks : int
        Weeks ahead, h.

    Returns
    -------
    array, shape (..., K)
    """
    total = np.zeros_like(rides)
    for _ in range(n_weeks):
        total = (transition_matrix @ (rides + total)[..., np.newaxis])[..., 0]
    return total
