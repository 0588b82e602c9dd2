"""Sums of the published forecasts by origin week, beside what came.

Of all users and of those in each state at the origin. The states are those of the
model in use, as known at the end of the origin week: they only say whose forecasts are
added up. Weeks that the first refresh learned from are there as well, marked, so that
ranges of later sums can be learned from their errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.backtest.origin_levels import OriginShifts
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import Target, chain_forecast, published_rides
from user_states.outlook.ride_history import ride_history, within_next_weeks
from user_states.outlook.user_outlook import UserOutlook
from user_states.panel.user_weeks import UserWeeks

# A state's number where a sum is of all users, or a user's state is not known.
NO_STATE = -1


@dataclass(frozen=True, eq=False)
class KnownStates:
    """The state of each user-week, as known at its end.

    Attributes
    ----------
    keys : tuple of str
        Keys of the states, by number.
    state : array of int, shape (n_rows,)
        Number of the state, NO_STATE if not known.
    """

    keys: tuple[str, ...]
    state: IntArray


@dataclass(frozen=True, eq=False)
class OriginSums:
    """Sums of one target.

    Attributes
    ----------
    target : Target
    week, state : array of int, shape (n,)
        Origin week, and number of the state or NO_STATE.
    n_users : array of int, shape (n,)
    expected, observed : array, shape (n,)
    is_learned : array of bool, shape (n,)
        Whether the model learned from the weeks after the origin.
    """

    target: Target
    week: IntArray
    state: IntArray
    n_users: IntArray
    expected: FloatArray
    observed: FloatArray
    is_learned: BoolArray


def origin_sums(
    weeks: UserWeeks,
    outlook: UserOutlook,
    beliefs: FloatArray,
    states: KnownStates | None,
    targets: tuple[Target, ...],
    span: tuple[int, int, int],
    shifts: OriginShifts,
) -> list[OriginSums]:
    """Return the sums of each target that is forecast, from the origins of a refresh.

    Parameters
    ----------
    weeks : UserWeeks
        Of all users.
    outlook : UserOutlook
        Learned from the weeks up to the refresh.
    beliefs : array, shape (n_rows, C * K)
        Of the rows of the weeks of `span`, in the order of `weeks`.
    states : KnownStates or None
    targets : tuple of Target
        Of rides or spend.
    span : tuple of 3 int
        The first week of the sums, the week of the refresh, and the week after the last
        origin. Before the refresh, only weeks are summed whose outcome it knew.
    shifts : OriginShifts
        Of the level at the end of each week.
    """
    first, start, end = span
    week = weeks.week
    rows = np.flatnonzero((week >= first) & (week < end))
    history = ride_history(weeks.n_rides, weeks.lengths, weeks.spend).rows(rows)
    chain = {
        regression.target.name: chain_forecast(
            outlook.forecasts, regression.target, beliefs
        )
        for regression in outlook.regressions
        if regression.target.kind == "rides"
    }
    rides = published_rides(
        outlook.regressions, chain, history_terms(history), shifts.rides[week[rows]]
    )
    spend = {}
    if outlook.spend is not None:
        spend = outlook.spend.predict(rides, history, shifts.prices[week[rows]])
    found = []
    for target in targets:
        expected = (
            rides.get(target.n_weeks)
            if target.kind == "rides"
            else spend.get(target.name)
        )
        values = weeks.n_rides if target.kind == "rides" else weeks.spend
        if expected is None or values is None:
            continue
        known, ahead = within_next_weeks(values, weeks.lengths, target.n_weeks)
        came = np.full(weeks.n_rows, np.nan)
        came[known] = ahead
        is_learned = week[rows] < start
        is_in = ~np.isnan(came[rows])
        is_in &= ~is_learned | (week[rows] + target.n_weeks <= start)
        at = rows[is_in]
        sums = _sums(
            week[at],
            np.full(len(at), NO_STATE) if states is None else states.state[at],
            expected[is_in],
            came[at],
        )
        found.append(OriginSums(target, *sums, is_learned=sums[0] < start))
    return found


def _sums(
    week: IntArray, state: IntArray, expected: FloatArray, came: FloatArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Return weeks, states, users, and sums: of all users, and by state.

    By state only in weeks in which the state of every user is known.
    """
    n_states = int(state.max(initial=NO_STATE)) + 1
    shape = (int(week.max(initial=-1)) + 1, n_states + 1)
    # One column for each state, and the last one for users whose state is not known.
    column = np.where(state == NO_STATE, n_states, state)

    def total(values: FloatArray | None) -> FloatArray:
        size = shape[0] * shape[1]
        sums = np.bincount(week * shape[1] + column, values, size).reshape(shape)
        is_known = n_unknown == 0
        by_state = np.where(is_known[:, np.newaxis], sums[:, :n_states], 0)
        return np.column_stack([sums.sum(axis=1), by_state])

    n_unknown = np.bincount(week[state == NO_STATE], minlength=shape[0])
    n_users = total(None).astype(np.int64)
    weeks, groups = np.nonzero(n_users)
    return (
        weeks,
        groups - 1,
        n_users[weeks, groups],
        total(expected)[weeks, groups],
        total(came)[weeks, groups],
    )
