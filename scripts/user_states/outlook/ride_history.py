"""A user's rides, active weeks and spend up to the end of each week.

Rows of all users are stacked, each user's weeks in one block in order of time, with
no week missing, from the week of the user's first completed ride on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RideHistory:
    """Counts over each row's week and the user's earlier weeks.

    All arrays have the shape (n_rows,). None depends on later weeks.

    Attributes
    ----------
    weeks_since_first_ride, weeks_since_last_ride : array of int
        Weeks since the week of the first and of the last completed ride, 0 in that
        week itself; not capped.
    weeks_before_first_ride : array of int
        Weeks from the first one of the log to that of the first completed ride.
    n_active_weeks : array of int
        Weeks with a completed ride so far, including that of the first ride.
    n_active_last_4, n_active_last_12 : array of int
        Such weeks among the last 4 and 12, including this one; weeks before the first
        ride count as silent.
    n_rides : array
        Completed rides so far.
    n_rides_this_week : array
        Completed rides of this week.
    n_rides_last_4, n_rides_last_12 : array
        Completed rides in the last 4 and 12 weeks, including this one.
    spend, spend_last_4, spend_last_12 : array
        Spend so far, and of the last 4 and 12 weeks; NaN without prices.
    """

    weeks_since_first_ride: IntArray
    weeks_since_last_ride: IntArray
    weeks_before_first_ride: IntArray
    n_active_weeks: IntArray
    n_active_last_4: IntArray
    n_active_last_12: IntArray
    n_rides: FloatArray
    n_rides_this_week: FloatArray
    n_rides_last_4: FloatArray
    n_rides_last_12: FloatArray
    spend: FloatArray
    spend_last_4: FloatArray
    spend_last_12: FloatArray

    def rows(self, chosen: IntArray) -> RideHistory:
        """Return the history of some rows only."""
        return RideHistory(*(values[chosen] for values in vars(self).values()))


def ride_history(
    n_rides: FloatArray,
    lengths: IntArray,
    spend: FloatArray | None = None,
    n_weeks: int | None = None,
) -> RideHistory:
    """Return the history at the end of every row's week.

    Parameters
    ----------
    n_rides : array, shape (n_rows,)
        Completed rides of the week.
    lengths : array of int, shape (n_users,)
        Rows of each user, at least one.
    spend : array, shape (n_rows,), optional
        Spend of the week; None if the log has no prices.
    n_weeks : int, optional
        Weeks of the log; by default those of the user with the most. All users' weeks
        end with the same one.

    Raises
    ------
    ValueError
        If the lengths do not match, or a user's first week has no ride.
    """
    if lengths.sum() != len(n_rides):
        raise ValueError(
            f"got {len(n_rides)} rows; expected the {lengths.sum()} of the lengths"
        )
    first_rows = np.cumsum(lengths) - lengths
    is_active = n_rides > 0
    if not is_active[first_rows].all():
        raise ValueError("expected a completed ride in the first week of every user")
    rows = np.arange(len(n_rides))
    first = np.repeat(first_rows, lengths)
    if n_weeks is None:
        n_weeks = int(lengths.max(initial=0))
    # The first row of every user is active, so nothing carries over from another user.
    last_active = np.maximum.accumulate(np.where(is_active, rows, 0))
    active = _Sums(is_active.astype(np.int64), rows, first)
    rides = _Sums(n_rides, rows, first)
    paid = _Sums(np.full(len(rows), np.nan) if spend is None else spend, rows, first)
    return RideHistory(
        weeks_since_first_ride=rows - first,
        weeks_since_last_ride=rows - last_active,
        weeks_before_first_ride=np.repeat(n_weeks - lengths, lengths),
        n_active_weeks=active.so_far(),
        n_active_last_4=active.last(4),
        n_active_last_12=active.last(12),
        n_rides=rides.so_far(),
        n_rides_this_week=n_rides.astype(np.float64),
        n_rides_last_4=rides.last(4),
        n_rides_last_12=rides.last(12),
        spend=paid.so_far(),
        spend_last_4=paid.last(4),
        spend_last_12=paid.last(12),
    )


# Spend has four decimals. Sums are rounded, so that they do not depend on the last
# digits of what came before them.
_DECIMALS = 6


def _difference(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.round(later - earlier, _DECIMALS)
    return rounded


class _Sums:
    """Sums over a user's rows up to each row."""

    def __init__(self, values: FloatArray | IntArray, rows: IntArray, first: IntArray):
        self._before = np.concatenate(([0], np.cumsum(values)))
        self._rows, self._first = rows, first

    def so_far(self) -> np.ndarray:
        return _difference(self._before[self._rows + 1], self._before[self._first])

    def last(self, n_weeks: int) -> np.ndarray:
        since = np.maximum(self._rows + 1 - n_weeks, self._first)
        return _difference(self._before[self._rows + 1], self._before[since])


def within_next_weeks(
    values: FloatArray, lengths: IntArray, n_weeks: int
) -> tuple[IntArray, FloatArray]:
    """Return the rides or spend of the next weeks, for rows where all are known.

    Parameters
    ----------
    values : array, shape (n_rows,)
        Completed rides of the week, or spend: not negative.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    n_weeks : int
        Weeks ahead, at least one.

    Returns
    -------
    rows : array of int, shape (n,)
        Rows that are followed by at least `n_weeks` weeks of the same user.
    sums : array, shape (n,)
        Of the values in those weeks.
    """
    rows = np.arange(len(values))
    ends = np.repeat(np.cumsum(lengths), lengths)
    known = np.flatnonzero(rows + n_weeks < ends).astype(np.int64)
    before = np.concatenate(([0.0], np.cumsum(values)))
    return known, _difference(before[known + 1 + n_weeks], before[known + 1])
