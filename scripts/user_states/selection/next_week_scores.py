"""How well the states known at the end of a week predict next week's activity.

The score is the log probability that a model gave to what a user then did. It uses
filtered states, which depend on the weeks up to t only, so nothing of week t+1 leaks
into its own forecast. The density of the features is no such score: values that are
carried from week to week raise it without saying anything new.

Rows of all users are stacked, each user's weeks in one block in order of time,
with no week missing between a user's first row and the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin

# 0 and 1, of any type.
Flags = FloatArray | IntArray | npt.NDArray[np.bool_]


# A difference below this share of a user's score is rounding.
ROUNDING = 1e-12

# Most resamples times users in memory at once.
BOOTSTRAP_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class UserScores:
    """Log scores of next week's activity, summed by user.

    Attributes
    ----------
    log_scores : array, shape (n_users,)
        Sum of log p(what happened in the second week) over the user's pairs of weeks,
        in nats.
    n_pairs : array of int, shape (n_users,)
        Pairs of weeks (t, t+1) of the user.
    """

    log_scores: FloatArray
    n_pairs: IntArray

    def __post_init__(self) -> None:
        if self.log_scores.shape != self.n_pairs.shape or self.n_pairs.ndim != 1:
            raise ValueError(
                f"got log_scores of shape {self.log_scores.shape} and n_pairs of "
                f"shape {self.n_pairs.shape}; expected one of each per user"
            )

    @property
    def n_users(self) -> int:
        """Number of users with at least one pair."""
        return int(np.count_nonzero(self.n_pairs))

    @property
    def mean(self) -> float:
        """Mean log score in nats a user-week, NaN without a pair."""
        n_pairs = int(self.n_pairs.sum())
        return float(self.log_scores.sum()) / n_pairs if n_pairs else math.nan

    @property
    def standard_error(self) -> float:
        """Standard error of `mean`, in nats a user-week; see `_ratio_error`."""
        return _ratio_error(self.log_scores, self.n_pairs)


@dataclass(frozen=True)
class Difference:
    """How much better one model scores than another on the same users.

    Attributes
    ----------
    mean : float
        In nats a user-week, above 0 if the first is better.
    standard_error : float
        Of the difference, by user.
    """

    mean: float
    standard_error: float


def rows_with_next_week(lengths: IntArray) -> IntArray:
    """Return the rows that have a next week: all but the last of each user.

    Parameters
    ----------
    lengths : array of int, shape (n_users,)
        Rows of each user, at least one.

    Returns
    -------
    array of int, shape (n_rows - n_users,)
        In order; the next week of row i is row i + 1.
    """
    has_next = np.ones(int(lengths.sum()), dtype=np.bool_)
    has_next[np.cumsum(lengths) - 1] = False
    return np.flatnonzero(has_next).astype(np.int64)


def as_flags(is_active: Flags) -> npt.NDArray[np.bool_]:
    """Return 0/1 numbers as booleans.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1, as in a scaled column.
    """
    flags = np.asarray(is_active).astype(np.bool_)
    n_bad = int(np.count_nonzero(flags != is_active))
    if n_bad:
        raise ValueError(
            f"got {n_bad} values of is_active that are neither 0 nor 1; expected the "
            "unscaled column of the panel"
        )
    return flags


def activity_rates(probabilities: FloatArray, is_active: Flags) -> FloatArray:
    """Return the share of active weeks in each state.

    rate_k = sum_t p_t(k) active_t / sum_t p_t(k), the estimate of a Bernoulli
    emission in the M-step of EM (Zucchini, MacDonald and Langrock 2016, Hidden
    Markov Models for Time Series, section 4.2).

    Parameters
    ----------
    probabilities : array, shape (n_rows, K)
        Smoothed probability of each state, of the users the model was fitted on.
    is_active : array of 0/1, shape (n_rows,)
        Activity in the same weeks.

    Returns
    -------
    array, shape (K,)
        Within [1e-6, 1 - 1e-6]. An empty state has the overall rate.
    """
    active = as_flags(is_active)
    masses = probabilities.sum(axis=0)
    rates = np.full(len(masses), active.mean())
    np.divide(probabilities[active].sum(axis=0), masses, out=rates, where=masses > 0)
    return within_margin(rates)


def next_week_probabilities(
    beliefs: FloatArray, transition_matrix: FloatArray, rates: FloatArray
) -> FloatArray:
    """Return the probability of activity in the next week, for each row.

    P(active_{t+1} | weeks up to t) =
        sum_cij P(level c and z_t = i | weeks up to t) A_ij rate_cj.

    Parameters
    ----------
    beliefs : array, shape (n_rows, C * K)
        Filtered probability of each level and state, level by level.
    transition_matrix : array, shape (K, K)
        Probability of next week's state (column) given this week's (row).
    rates : array, shape (C, K), or (K,) of a single level
        Share of active weeks at each level in each state.

    Returns
    -------
    array, shape (n_rows,)
    """
    probabilities: FloatArray = beliefs @ (rates @ transition_matrix.T).ravel()
    return probabilities


def score_next_week(
    probabilities: FloatArray, is_active: Flags, lengths: IntArray
) -> UserScores:
    """Score forecasts of next week's activity by their log probability.

    The logarithmic score is proper: no forecast beats the true probability in
    expectation (Gneiting and Raftery 2007, Journal of the American Statistical
    Association 102:359-378). The forecast of a user's last row is not scored, because
    the next week is not known; the first week is not forecast.

    Parameters
    ----------
    probabilities : array, shape (n_rows,)
        Probability, at the end of each row's week, of being active in the next.
    is_active : array of 0/1, shape (n_rows,)
        Activity in each row's own week.
    lengths : array of int, shape (n_users,)
        Rows of each user.

    Raises
    ------
    ValueError
        If a probability is not above 0 and below 1, or the lengths do not match.
    """
    active = as_flags(is_active)
    if not len(probabilities) == len(active) == lengths.sum():
        raise ValueError(
            f"got {len(probabilities)} probabilities and {len(active)} rows of "
            f"activity; expected the {lengths.sum()} of the lengths"
        )
    rows = rows_with_next_week(lengths)
    chances = probabilities[rows]
    if not ((chances > 0) & (chances < 1)).all():
        raise ValueError("expected probabilities above 0 and below 1")
    scores = np.where(active[rows + 1], np.log(chances), np.log1p(-chances))
    users = np.repeat(np.arange(len(lengths)), lengths - 1)
    sums = np.bincount(users, weights=scores, minlength=len(lengths))
    return UserScores(sums.astype(np.float64), (lengths - 1).astype(np.int64))


def base_scores(rate: float, is_active: Flags, lengths: IntArray) -> UserScores:
    """Score the same forecast for everyone, which a model should beat.

    Parameters
    ----------
    rate : float
        Share of active user-weeks of the users that the model was fitted on.
    is_active : array of 0/1, shape (n_rows,)
    lengths : array of int, shape (n_users,)
        Rows of each user.
    """
    forecasts = within_margin(np.full(len(is_active), rate, dtype=np.float64))
    return score_next_week(forecasts, is_active, lengths)


def paired_difference(a: UserScores, b: UserScores) -> Difference:
    """Return how much better `a` scores than `b`, with an error by user.

    Both were scored on the same users, so effects of users that are hard for both
    cancel out: the error of the difference is smaller than the errors of the means.

    Raises
    ------
    ValueError
        If they were not scored on the same pairs of weeks.
    """
    differences = _paired(a, b)
    mean = float(differences.sum()) / int(a.n_pairs.sum())
    return Difference(mean, _ratio_error(differences, a.n_pairs))


def bootstrap_interval(
    a: UserScores, b: UserScores, n_resamples: int, seed: int, level: float
) -> tuple[float, float]:
    """Return an interval for how much better `a` scores than `b`.

    Parameters as of `bootstrap_intervals`.

    Returns
    -------
    low, high : float
        In nats a user-week.
    """
    return bootstrap_intervals([(a, b)], n_resamples, seed, level)[0]


def bootstrap_intervals(
    pairs: Sequence[tuple[UserScores, UserScores]],
    n_resamples: int,
    seed: int,
    level: float,
) -> list[tuple[float, float]]:
    """Return intervals for how much better the first of each pair scores.

    Percentiles of the difference of means over resamples of whole users (Efron
    and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13). Drawing n users
    with replacement is drawing the number of times that each occurs. All pairs have the
    same resamples.

    Parameters
    ----------
    pairs : sequence of pairs of UserScores
        At least one, all of the same users.
    n_resamples : int
    seed : int
    level : float
        Share of the resamples inside the interval.

    Returns
    -------
    list of (low, high)
        In nats a user-week.
    """
    n_pairs = pairs[0][0].n_pairs
    has_pair = n_pairs > 0
    columns = np.column_stack([*(_paired(a, b) for a, b in pairs), n_pairs])[has_pair]
    n_users = len(columns)
    rng = np.random.default_rng(seed)
    chunk = max(1, BOOTSTRAP_CELLS // n_users)
    means = []
    for first in range(0, n_resamples, chunk):
        n_draws = min(chunk, n_resamples - first)
        times = rng.multinomial(n_users, np.full(n_users, 1 / n_users), size=n_draws)
        sums = times @ columns
        means.append(sums[:, :-1] / sums[:, -1:])
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _paired(a: UserScores, b: UserScores) -> FloatArray:
    if not np.array_equal(a.n_pairs, b.n_pairs):
        raise ValueError("expected scores of the same pairs of weeks of the same users")
    if a.n_users == 0:
        raise ValueError("got no pair of weeks; expected at least one")
    differences = a.log_scores - b.log_scores
    # Two equivalent models differ by rounding only, but for all users in the same
    # direction: a tiny difference that would be many standard errors.
    is_rounding = np.abs(differences) <= ROUNDING * np.abs(a.log_scores)
    return np.where(is_rounding, 0.0, differences)


def _ratio_error(sums: FloatArray, n_pairs: IntArray) -> float:
    """Return the standard error of sum(sums) / sum(n_pairs), by user.

    Users are independent, the weeks of a user are not. So the mean is a ratio of two
    sums over U users, linearised: sqrt(U/(U-1) sum_u (s_u - n_u mean)^2) / sum n
    (Cochran 1977, Sampling Techniques, chapter 6). Infinite for a single user: one
    user shows no spread between users.
    """
    n_users = int(np.count_nonzero(n_pairs))
    if n_users < 2:
        return math.inf
    total = int(n_pairs.sum())
    residuals = sums - n_pairs * (float(sums.sum()) / total)
    spread = float(residuals @ residuals) * n_users / (n_users - 1)
    return math.sqrt(spread) / total
