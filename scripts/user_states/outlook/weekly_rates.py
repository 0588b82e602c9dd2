"""Mean activity, requests and rides of a week, for each level and state.

A model with a count of rides says it itself (`counted_rides`). For any other model the
means are taken over weeks, each weighted by the probability of its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.counted_rides import CountedRides, counts_rides
from user_states.outlook.state_rides import StateRides, state_rides
from user_states.panel.user_weeks import UserWeeks

# Rows that are smoothed at once.
_SMOOTHED_ROWS = 500_000

# Smoothed probabilities of the states, completed rides, and weeks with any request:
# shapes (n_rows, K), (n_rows,) and (n_rows,).
Block = tuple[FloatArray, FloatArray, BoolArray]


@dataclass(frozen=True, eq=False)
class WeeklyRates:
    """Mean activity, requests and rides of a week.

    Attributes
    ----------
    active, request : array, shape (C, K)
        Share of weeks with a completed ride, and with any request, within
        [1e-6, 1 - 1e-6], of a user at each level in each state.
    rides : array, shape (C, K)
        Mean completed rides a week.
    """

    active: FloatArray
    request: FloatArray
    rides: FloatArray


def learn_weekly_rates(parameters: HMMParameters, weeks: UserWeeks) -> WeeklyRates:
    """Return the rates of a model.

    Parameters
    ----------
    parameters : HMMParameters
    weeks : UserWeeks
        Of the users that the model was fitted on, in its units.
    """
    rides = rides_of(parameters, weeks)
    if isinstance(rides, CountedRides):
        return count_rates(parameters, rides, _smoothed(parameters, weeks))
    rates = mean_rates(_smoothed(parameters, weeks))
    levels = np.ones((parameters.n_levels, 1))
    return WeeklyRates(
        active=rates.active * levels,
        request=rates.request * levels,
        rides=rides.per_week * levels,
    )


def rides_of(parameters: HMMParameters, weeks: UserWeeks) -> CountedRides | StateRides:
    """Return where the rides of a week come from: the model's count, or an average.

    Parameters
    ----------
    parameters : HMMParameters
    weeks : UserWeeks
        As in `learn_weekly_rates`.
    """
    if counts_rides(parameters, weeks.names):
        return CountedRides.of(weeks.n_rides[~weeks.is_first])
    return state_rides(parameters, weeks)


def mean_rates(blocks: Iterable[Block]) -> WeeklyRates:
    """Return means by state, with each week weighted by its probability of the state.

    rate_k = sum_t p_t(k) x_t / sum_t p_t(k): the M-step of EM for a feature that
    the model does not read (Zucchini, MacDonald and Langrock 2016, Hidden Markov
    Models for Time Series, section 4.2).

    Parameters
    ----------
    blocks : iterable of Block
        So that not all weeks are in memory at once. Without users' first weeks, which
        have a ride by selection.

    Returns
    -------
    WeeklyRates
        Of one level. A state without weeks has the means of all weeks, and without
        any weeks nothing happens.
    """
    sums, masses = np.zeros((1, 3)), np.zeros((1, 1))
    for probabilities, n_rides, has_request in blocks:
        values = np.column_stack([n_rides > 0, has_request, n_rides])
        sums = sums + probabilities.T @ values.astype(np.float64)
        masses = masses + probabilities.sum(axis=0)[:, np.newaxis]
    overall = np.sum(sums, axis=0) / max(np.sum(masses), 1.0)
    means = np.tile(overall, (len(masses), 1))
    np.divide(sums, masses, out=means, where=masses > 0)
    return WeeklyRates(
        active=within_margin(means[:, 0])[np.newaxis],
        request=within_margin(means[:, 1])[np.newaxis],
        rides=means[np.newaxis, :, 2],
    )


def count_rates(
    parameters: HMMParameters, rides: CountedRides, blocks: Iterable[Block]
) -> WeeklyRates:
    """Return the rates of a model with a count of rides.

    A week is active with 1 - p_kc(0). A week without a ride has a request with the
    probability that such weeks of the state have.

    Parameters
    ----------
    parameters : HMMParameters
    rides : CountedRides
    blocks : iterable of Block
        As in `mean_rates`.
    """
    rideless, asked = np.zeros((2, parameters.n_states))
    for probabilities, n_rides, has_request in blocks:
        silent = n_rides == 0
        rideless += silent.astype(np.float64) @ probabilities
        asked += (silent & has_request).astype(np.float64) @ probabilities
    # One rideless week is added to each state, with the share of all states.
    overall = asked.sum() / max(rideless.sum(), 1.0)
    request = (asked + overall) / (rideless + 1.0)
    active = 1 - parameters.count_probabilities()[:, :, 0]
    return WeeklyRates(
        active=within_margin(active),
        request=within_margin(active + (1 - active) * request),
        rides=rides.per_week(parameters, parameters.means),
    )


def _smoothed(parameters: HMMParameters, weeks: UserWeeks) -> Iterator[Block]:
    """Yield blocks of whole users, without their first weeks."""
    model = HiddenMarkovModel.from_parameters(parameters)
    for block in weeks.blocks(_SMOOTHED_ROWS):
        probabilities = model.predict_proba(block.X, block.lengths)
        rows = ~block.is_first
        yield probabilities[rows], block.n_rides[rows], block.has_request[rows]
