"""Forecasts from the Markov chain for each state: rides ahead, and weeks until lapse.

They follow from the transition matrix and the mean activity of a week in each state.
States are rows, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.lapse_rule import weeks_until_lapse

# Weeks ahead that are forecast.
HORIZONS = (1, 4, 12)


@dataclass(frozen=True, eq=False)
class WeeklyRates:
    """Mean activity, requests and rides of a week in each state.

    Attributes
    ----------
    active, request : array, shape (K,)
        Share of weeks with a completed ride, and with any request, within
        [1e-6, 1 - 1e-6].
    rides : array, shape (K,)
        Mean completed rides a week.
    """

    active: FloatArray
    request: FloatArray
    rides: FloatArray


@dataclass(frozen=True, eq=False)
class ChainForecasts:
    """Forecasts for a user who is in each state now.

    Attributes
    ----------
    ride_probability : dict of int to array, shape (K,)
        By number of weeks ahead: probability of a completed ride in those weeks.
    expected_rides : dict of int to array, shape (K,)
        By number of weeks ahead: expected completed rides in those weeks.
    weeks_until_lapse : array, shape (K, L)
        Expected weeks until a user who is in state k and has been silent for s
        weeks has been silent for L weeks, at most LONGEST_LAPSE_WEEKS.
    """

    ride_probability: dict[int, FloatArray]
    expected_rides: dict[int, FloatArray]
    weeks_until_lapse: FloatArray


def weekly_rates(
    blocks: Iterable[tuple[FloatArray, FloatArray, BoolArray]],
) -> WeeklyRates:
    """Return means by state, with each week weighted by its probability of the state.

    rate_k = sum_t p_t(k) x_t / sum_t p_t(k): the M-step of EM for a feature that
    the model does not read (Zucchini, MacDonald and Langrock 2016, Hidden Markov
    Models for Time Series, section 4.2).

    Parameters
    ----------
    blocks : iterable
        Of (probabilities, n_rides, has_request), so that not all weeks are in memory
        at once: smoothed probability of each state, shape (n_rows, K); completed rides
        of the week, shape (n_rows,); weeks with any request, shape (n_rows,).

    Returns
    -------
    WeeklyRates
        A state without weeks has the means of all weeks.
    """
    sums, masses = np.zeros((1, 3)), np.zeros((1, 1))
    for probabilities, n_rides, has_request in blocks:
        values = np.column_stack([n_rides > 0, has_request, n_rides])
        sums = sums + probabilities.T @ values.astype(np.float64)
        masses = masses + probabilities.sum(axis=0)[:, np.newaxis]
    means = np.tile(np.sum(sums, axis=0) / np.sum(masses), (len(masses), 1))
    np.divide(sums, masses, out=means, where=masses > 0)
    return WeeklyRates(
        active=within_margin(means[:, 0]),
        request=within_margin(means[:, 1]),
        rides=means[:, 2],
    )


def chain_forecasts(
    transition_matrix: FloatArray, rates: WeeklyRates, lapse_after_weeks: int
) -> ChainForecasts:
    """Return the forecasts for each state.

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
        weeks_until_lapse=weeks_until_lapse(
            transition_matrix, rates.request, lapse_after_weeks
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
    active : array, shape (K,)
        Share of active weeks in each state.
    n_weeks : int
        Weeks ahead, h.

    Returns
    -------
    array, shape (K,)
    """
    silent = np.ones(len(active))
    for _ in range(n_weeks):
        silent = transition_matrix @ ((1 - active) * silent)
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
