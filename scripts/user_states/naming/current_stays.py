"""What users did in their current stay: the weeks since they entered their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.decoded_stays import stay_begins


@dataclass(frozen=True, eq=False)
class CurrentStays:
    """The current stay of each user: the last weeks in a row in the same state.

    Attributes
    ----------
    states : array of int, shape (n_users,)
        State of the user's last week, from 0.
    weeks : array of int, shape (n_users,)
        Length of the stay so far, the last week included.
    n_rides : array, shape (n_users,)
        Completed rides of the stay.
    ride_weeks : array, shape (n_users,)
        Weeks of the stay with a completed ride.
    silent_weeks : array of int, shape (n_users,)
        Weeks since the last completed ride, whichever stay it was in: 0 if the last
        week has one.
    counts : mapping from str to array of shape (n_users,)
        Sums over the stay of further columns of the panel, such as
        `n_weekend_rides`; NaN if a week of the stay has no value.
    """

    states: IntArray
    weeks: IntArray
    n_rides: FloatArray
    ride_weeks: FloatArray
    silent_weeks: IntArray
    counts: Mapping[str, FloatArray]

    def sum_of(self, columns: tuple[str, ...]) -> FloatArray:
        """Return the sum of some columns over each stay, NaN where one is unknown."""
        unknown = np.full(len(self.states), np.nan)
        known = {"n_rides": self.n_rides, **self.counts}
        total: FloatArray = np.sum(
            [known.get(column, unknown) for column in columns], axis=0
        )
        return total


def current_stays(
    states: IntArray,
    lengths: IntArray,
    n_rides: FloatArray,
    columns: Mapping[str, FloatArray],
) -> CurrentStays:
    """Return the current stay of each user.

    Parameters
    ----------
    states : array of int, shape (n_rows,)
        Decoded state of each row, from 0. Each user's rows are in one block, in order
        of time, and begin with a completed ride.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    n_rides : array, shape (n_rows,)
        Completed rides of each row.
    columns : mapping from str to array of shape (n_rows,)
        Further columns to sum over the stay, NaN where there is no value.
    """
    rows = np.arange(len(states))
    last = np.cumsum(lengths) - 1
    first = _latest(rows, stay_begins(states, lengths))[last]
    return CurrentStays(
        states=states[last],
        weeks=last - first + 1,
        n_rides=_sums(n_rides, first, last),
        ride_weeks=_sums((n_rides > 0).astype(float), first, last),
        silent_weeks=last - _latest(rows, n_rides > 0)[last],
        counts={name: _sums(values, first, last) for name, values in columns.items()},
    )


def _latest(rows: IntArray, is_marked: BoolArray) -> IntArray:
    """Return the latest marked row up to each row."""
    latest: IntArray = np.maximum.accumulate(np.where(is_marked, rows, 0))
    return latest


def _sums(values: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Return the sum from a first to a last row; NaN if a value between is NaN."""
    is_missing = np.isnan(values)
    totals, n_missing = (
        np.concatenate(([0.0], np.cumsum(column)))
        for column in (np.where(is_missing, 0.0, values), is_missing)
    )
    sums: FloatArray = np.where(
        n_missing[last + 1] > n_missing[first], np.nan, totals[last + 1] - totals[first]
    )
    return sums
