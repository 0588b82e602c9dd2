"""The level of forecasts: made right for the newest weeks, week by week.

All users ride more in some months than in others, and a forecast of one user knows
nothing of it. So the next week's rides that would have been expected at the ends of the
newest weeks are compared with those that came, and the ratio serves every span up to
twelve weeks: an intercept that follows the log between two fits. Over a year seasons
even out. In the same way the log-odds of a ride follow the number of users who rode,
and expected spend follows the prices that were paid.
macros/outlook/level_shift.sql does the same at each build.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray

# Longest span that the level of the newest weeks is applied to.
LONGEST_LEVEL_SPAN = 12

# Newest weeks that say what the level is.
LEVEL_WEEKS = 4

# The level is half of what they say if that many rides came.
_LEVEL_RIDES = 500.0

# The shift of the odds is half of what they say if that is the variance of the number
# of riders; and the longest step.
_LEVEL_VARIANCE = 100.0
_LONGEST_STEP = 1.0


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


def odds_shift(expected: float, variance: float, came: float) -> float:
    """Return what to add to all log-odds, so that as many riders are expected as came.

    It is the step of Newton's method for the intercept of a logistic regression
    (McCullagh and Nelder 1989, Generalized Linear Models, section 4.4), with a normal
    prior of variance 1/100; never longer than 1.

    Parameters
    ----------
    expected, came : float
        Riders.
    variance : float
        Sum of p (1 - p) over the probabilities p.
    """
    step = (came - expected) / (variance + _LEVEL_VARIANCE)
    return float(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))


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
    return _shifts(level_shift, week, (expected, came), n_weeks)


def odds_shifts(
    week: IntArray, probability: FloatArray, has_ride: FloatArray, n_weeks: int
) -> FloatArray:
    """Return the shift of the log-odds of every week, from what was known at its end.

    Parameters
    ----------
    week : array of int, shape (n_rows,)
        Number of each row's calendar week, an origin.
    probability : array, shape (n_rows,)
        Of a ride in the week after the origin.
    has_ride : array, shape (n_rows,)
        1 if there was one, else 0.
    n_weeks : int
        Calendar weeks of the log.

    Returns
    -------
    array, shape (n_weeks,)
        0 for a week without origins before it.
    """
    variance = probability * (1 - probability)
    return _shifts(odds_shift, week, (probability, variance, has_ride), n_weeks)


def price_shifts(
    week: IntArray, expected: FloatArray, came: FloatArray, by_rides: FloatArray
) -> FloatArray:
    """Return the shift of prices of every week, from what was known at its end.

    What came is compared with what those rides would have cost that came, so that a
    shift of the rides is not counted twice.

    Parameters
    ----------
    week : array of int, shape (n_rows,)
        Number of each row's calendar week, an origin.
    expected, came : array, shape (n_rows,)
        Spend of the week after the origin, in mean prices of a ride.
    by_rides : array, shape (n_weeks,)
        Of the logarithm of spend, what the shift of the rides of each week adds.

    Returns
    -------
    array, shape (n_weeks,)
        0 for a week without origins before it.
    """
    n_weeks = len(by_rides)
    sums = _newest_sums(week, expected, n_weeks) * np.exp(by_rides)
    came_sums = _newest_sums(week, came, n_weeks)
    return np.array([level_shift(*pair) for pair in zip(sums, came_sums, strict=True)])


def _shifts(
    shift: Callable[..., float],
    week: IntArray,
    values: Sequence[FloatArray],
    n_weeks: int,
) -> FloatArray:
    """Return the shift of each week, from sums of the values of the weeks before it."""
    sums = np.column_stack([_newest_sums(week, of_rows, n_weeks) for of_rows in values])
    return np.array([shift(*newest) for newest in sums.tolist()])


def _newest_sums(week: IntArray, values: FloatArray, n_weeks: int) -> FloatArray:
    """Return the sum over the origins of the four weeks before each week."""
    total = np.concatenate(([0.0], np.cumsum(np.bincount(week, values, n_weeks))))
    ends = np.arange(n_weeks)
    sums: FloatArray = total[ends] - total[np.maximum(ends - LEVEL_WEEKS, 0)]
    return sums
