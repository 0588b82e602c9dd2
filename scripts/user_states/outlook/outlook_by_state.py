"""The outlook of each state: measures of its future, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.levels import state_beliefs
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import expected_rides
from user_states.outlook.chain_measures import (
    expected_stay,
    long_run_shares,
    weeks_to_reach,
)
from user_states.outlook.parameter_draws import Draws

# Weeks ahead over which rides are summed.
HORIZON_WEEKS = 12

# Share of the draws inside an interval.
INTERVAL_LEVEL = 0.9

# Times beyond a hundred years are NaN: they mean "practically never".
LONGEST_TIME_WEEKS = 5_200.0
_TIMES = frozenset({"expected_stay_weeks", "expected_weeks_to_reach"})


@dataclass(frozen=True, eq=False)
class Measured:
    """A measure of each state, or of each pair of states, with its interval.

    Attributes
    ----------
    value : array, shape (K,) or (K, K)
        NaN if it does not exist, as the time until something that never happens. For a
        pair, the row is the user's present state, the column the other state.
    low, high : array, of the same shape
        90 % interval; NaN where an end is unknown or too large.
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
    """The outlook of each state.

    Attributes
    ----------
    by_state : mapping from name to Measured of shape (K,)
        `expected_stay_weeks`: weeks until the state is left, including the present
        week. `long_run_share`: share of weeks in the long run.
        `expected_rides_12_weeks`: completed rides in the next twelve weeks of the users
        who are in the state.
    by_pair : mapping from name to Measured of shape (K, K)
        `expected_weeks_to_reach`: weeks until a user is in the other state for the
        first time. `rides_gained_12_weeks`: what the chain expects in the other state
        minus what it expects in this one, of users with the levels of those who are in
        this one. It compares users in the two states; it does not say that a user who
        is moved to the other state will ride like its users.
    """

    by_state: dict[str, Measured]
    by_pair: dict[str, Measured]

    def permuted(self, order: IntArray) -> StateOutlook:
        """Return the same with the states renumbered, `order[i]` becoming i."""
        return StateOutlook(
            {name: item.permuted(order) for name, item in self.by_state.items()},
            {name: item.permuted(order) for name, item in self.by_pair.items()},
        )


@dataclass(frozen=True, eq=False)
class PresentUsers:
    """The users who are in each state now.

    A state's users are those of whom it is the most probable state in the newest week,
    as in `user_outlook`.

    Attributes
    ----------
    level_shares : array, shape (C, K)
        Share of a state's users at each level: columns sum to 1.
    expected_rides : array, shape (K,)
        Mean over a state's users of the rides that `user_outlook` expects in the next
        twelve weeks; NaN for a state without users.
    """

    level_shares: FloatArray
    expected_rides: FloatArray

    @classmethod
    def of(
        cls, beliefs: FloatArray, expected_rides: FloatArray, parameters: HMMParameters
    ) -> PresentUsers:
        """Return the users of each state.

        Parameters
        ----------
        beliefs : array, shape (n_users, C * K)
            Filtered, of the newest week.
        expected_rides : array, shape (n_users,)
            Published, in the next twelve weeks.
        parameters : HMMParameters
        """
        n_levels, n_states = parameters.n_levels, parameters.n_states
        by_level = beliefs.reshape(-1, n_levels, n_states)
        state = state_beliefs(beliefs, n_states).argmax(axis=1)
        is_in = (state[:, np.newaxis] == np.arange(n_states)).astype(np.float64)
        # A thousandth of a user with the levels of all users.
        mass = by_level.sum(axis=2).T @ is_in
        mass = mass + 1e-3 * parameters.level_weights[:, np.newaxis]
        users = is_in.sum(axis=0)
        rides = np.full(n_states, np.nan)
        np.divide(expected_rides @ is_in, users, out=rides, where=users > 0)
        return cls(mass / mass.sum(axis=0), rides)


def state_outlook(
    transition_matrix: FloatArray,
    rides: FloatArray,
    draws: Draws | None,
    present: PresentUsers | None = None,
) -> StateOutlook:
    """Return the outlook of a model's states.

    Parameters
    ----------
    transition_matrix : array, shape (K, K)
    rides : array, shape (C, K), or (K,) without levels
        Mean completed rides a week at each level in each state.
    draws : Draws, optional
        The intervals go from the 5th to the 95th percentile of what the draws imply.
        None for no intervals.
    present : PresentUsers, optional
        The rides of the next twelve weeks are then those that are expected of these
        users, and the intervals are moved in proportion. Needed if there are levels.
    """
    rides = np.atleast_2d(rides)
    shares = np.ones_like(rides) if present is None else present.level_shares
    by_state, by_pair = _measures(
        transition_matrix[np.newaxis], rides[np.newaxis], shares
    )
    drawn: tuple[dict[str, FloatArray], ...] = ({}, {})
    if draws is not None:
        drawn = _measures(draws.transition_matrices, draws.rides, shares)
    if present is not None:
        _scale_to(present.expected_rides, by_state, drawn[0])
    return StateOutlook(
        {
            name: _with_interval(name, by_state[name][0], drawn[0].get(name))
            for name in by_state
        },
        {
            name: _with_interval(name, by_pair[name][0], drawn[1].get(name))
            for name in by_pair
        },
    )


def _scale_to(
    expected: FloatArray,
    by_state: dict[str, FloatArray],
    drawn: dict[str, FloatArray],
) -> None:
    """Multiply a state's rides and their draws, so that they are those expected."""
    name = "expected_rides_12_weeks"
    chain = by_state[name][0]
    is_known = np.isfinite(expected) & (chain > 0)
    ratio = np.divide(expected, chain, out=np.ones_like(chain), where=is_known)
    for measures in (by_state, drawn):
        if name in measures:
            measures[name] = measures[name] * ratio


def _measures(
    transitions: FloatArray, rides: FloatArray, shares: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return every measure of n chains.

    Parameters
    ----------
    transitions : array, shape (n, K, K)
    rides : array, shape (n, C, K)
    shares : array, shape (C, K)
        Of levels among the users of each state.
    """
    by_level = expected_rides(transitions[:, np.newaxis], rides, HORIZON_WEEKS)
    ahead = (by_level * shares).sum(axis=1)
    # Of users of state i in state j, at the levels of the former.
    elsewhere = np.einsum("ci,ncj->nij", shares, by_level)
    return (
        {
            "expected_stay_weeks": expected_stay(transitions),
            "long_run_share": long_run_shares(transitions),
            "expected_rides_12_weeks": ahead,
        },
        {
            "expected_weeks_to_reach": weeks_to_reach(transitions),
            "rides_gained_12_weeks": elsewhere - ahead[:, :, np.newaxis],
        },
    )


def _with_interval(name: str, value: FloatArray, drawn: FloatArray | None) -> Measured:
    """Return a measure with its interval, and NaN for times that are too large."""
    low = high = np.full_like(value, np.nan)
    if drawn is not None:
        tail = (1 - INTERVAL_LEVEL) / 2
        # No interpolation, which would give NaN between two infinite values.
        low = np.quantile(drawn, tail, axis=0, method="lower")
        high = np.quantile(drawn, 1 - tail, axis=0, method="higher")
    if name in _TIMES:
        value, low, high = (
            np.where(weeks <= LONGEST_TIME_WEEKS, weeks, np.nan)
            for weeks in (value, low, high)
        )
    unknown = np.isnan(value)
    return Measured(
        value, np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
    )
