"""The level of expected rides: made right for the newest weeks, week by week.

All users ride more in some months than in others, and a forecast of one user knows
nothing of it. So the next week's rides that would have been expected at the ends of the
newest weeks are compared with those that came, and the ratio serves every span up to
twelve weeks: an intercept that follows the log between two fits. Over a year seasons
even out. macros/outlook/level_shift.sql does the same at each build.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray

# Longest span that the level of the newest weeks is applied to.
LONGEST_LEVEL_SPAN = 12

# Newest weeks that say what the level is.
LEVEL_WEEKS = 4

# The level is half of what they say if that many rides came.
_LEVEL_RIDES = 500.0


def level_shift(expected: float, came: float) -> float:
    """Return the logarithm of what came over what was expected.

    With few rides it is closer to 0.

    Parameters
    ----------
    expected, came : float
        In rides, or in mean prices of a ride.
    """
    weight = came / (came + _LEVEL_RIDES)
    return float(weight * np.log((came + 1.0) / (expected + 1.0)))


def level_shifts(
    week: IntArray, expected: FloatArray, came: FloatArray, n_weeks: int
) -> FloatArray:
    """Return the shift of every week, from what was known at its end.

    That of a week is of the origins of the four weeks before it: their next weeks are
    over.

    Parameters
    ----------
    week : array of int, shape (n_rows,)
        Number of each row's calendar week, an origin.
    expected, came : array, shape (n_rows,)
        Rides of the week after the origin.
    n_weeks : int
        Calendar weeks of the log.

    Returns
    -------
    array, shape (n_weeks,)
        0 for a week without origins before it.
    """
    sums = [
        np.concatenate(([0.0], np.cumsum(np.bincount(week, values, n_weeks))))
        for values in (expected, came)
    ]
    ends = np.arange(n_weeks)
    starts = np.maximum(ends - LEVEL_WEEKS, 0)
    return np.array(
        [
            level_shift(*(float(total[end] - total[start]) for total in sums))
            for start, end in zip(starts, ends, strict=True)
        ]
    )
