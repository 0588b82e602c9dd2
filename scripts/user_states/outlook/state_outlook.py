"""What lies ahead of each state, with the interval that the data leave open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.chain_forecasts import expected_rides
from user_states.outlook.chain_measures import (
    expected_stay,
    long_run_shares,
    weeks_to_reach,
)
from user_states.outlook.uncertainty import Draws

# Weeks over which the rides of a state are added up.
HORIZON_WEEKS = 12

# Share of the draws inside an interval.
LEVEL = 0.9

# A time beyond a hundred years is not told: it says "practically never".
LONGEST_WEEKS = 5_200.0
_TIMES = frozenset({"expected_stay_weeks", "expected_weeks_to_reach"})


@dataclass(frozen=True, eq=False)
class Measured:
    """A number of each state, or of each pair of states.

    Attributes
    ----------
    value : array, shape (K,) or (K, K)
        NaN where there is none: what never happens takes no time that could be told.
        For a pair, the row is the state that a user is in, the column the other one.
    low, high : array, of the same shape
        90 % interval; NaN where its end is not known, or is beyond what is told.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray

    def permuted(self, order: IntArray) -> Measured:
        """Return the same with the states renumbered, `order[i]` becoming i."""
        chosen = np.ix_(*[order] * self.value.ndim)
        return Measured(self.value[chosen], self.low[chosen], self.high[chosen])


@dataclass(frozen=True, eq=False)
class StateOutlook:
    """What lies ahead of each state.

    Attributes
    ----------
    by_state : mapping from name to Measured of shape (K,)
        `expected_stay_weeks`: the present week and those after it until the state is
        left. `long_run_share`: share of weeks, were the model to go on for ever.
        `expected_rides_12_weeks`: completed rides over the twelve weeks after this.
    by_pair : mapping from name to Measured of shape (K, K)
        `expected_weeks_to_reach`: weeks until a user is in the other state for the
        first time. `rides_gained_12_weeks`: by how much expected_rides_12_weeks of
        the other state exceeds that of this one. It compares users who are in the
        two states; it does not say that who is moved will ride as those do.
    """

    by_state: dict[str, Measured]
    by_pair: dict[str, Measured]

    def permuted(self, order: IntArray) -> StateOutlook:
        """Return the same with the states renumbered, `order[i]` becoming i."""
        return StateOutlook(
            {name: item.permuted(order) for name, item in self.by_state.items()},
            {name: item.permuted(order) for name, item in self.by_pair.items()},
        )


def state_outlook(
    transition_matrix: FloatArray, rides: FloatArray, draws: Draws | None
) -> StateOutlook:
    """Return the outlook of a model's states.

    Parameters
    ----------
    transition_matrix : array, shape (K, K)
    rides : array, shape (K,)
        Mean completed rides a week in each state.
    draws : Draws, optional
        What both might be as well; the intervals run from the 5th to the 95th
        percentile of what the draws imply. None for no intervals.
    """
    by_state, by_pair = _measures(transition_matrix[np.newaxis], rides[np.newaxis])
    drawn: tuple[dict[str, FloatArray], ...] = ({}, {})
    if draws is not None:
        drawn = _measures(draws.transition_matrices, draws.rides)
    return StateOutlook(
        {name: _told(name, by_state[name][0], drawn[0].get(name)) for name in by_state},
        {name: _told(name, by_pair[name][0], drawn[1].get(name)) for name in by_pair},
    )


def _measures(
    transitions: FloatArray, rides: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    ahead = expected_rides(transitions, rides, HORIZON_WEEKS)
    return (
        {
            "expected_stay_weeks": expected_stay(transitions),
            "long_run_share": long_run_shares(transitions),
            "expected_rides_12_weeks": ahead,
        },
        {
            "expected_weeks_to_reach": weeks_to_reach(transitions),
            "rides_gained_12_weeks": ahead[:, np.newaxis] - ahead[:, :, np.newaxis],
        },
    )


def _told(name: str, value: FloatArray, drawn: FloatArray | None) -> Measured:
    """Return a measure with its interval, and NaN in place of what is not told."""
    low = high = np.full_like(value, np.nan)
    if drawn is not None:
        tail = (1 - LEVEL) / 2
        # No interpolation, which would make NaN of two infinite neighbours.
        low = np.quantile(drawn, tail, axis=0, method="lower")
        high = np.quantile(drawn, 1 - tail, axis=0, method="higher")
    if name in _TIMES:
        value, low, high = (
            np.where(weeks <= LONGEST_WEEKS, weeks, np.nan)
            for weeks in (value, low, high)
        )
    unknown = np.isnan(value)
    return Measured(
        value, np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
    )
