"""Users' levels: what they change in the densities, and how they are estimated.

At level c a count has the probabilities p_kc(n) = p_k(n) a_c^n / Z_kc, where n is at
most 7. Everything else is the same for all levels, so that

    log b_kc = log b_k + observed (n log a_c - log Z_kc)

The level is a random effect with C values: a mixture of hidden Markov models that
share most parameters (Maruotti and Rydén 2009, Statistics and Computing 19:381-393).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from user_states.hmm.arrays import FloatArray
from user_states.hmm.emissions import LEAST_MASS, SMOOTHING, distributions_above
from user_states.hmm.parameters import COUNT_CATEGORIES, HMMParameters

_COUNTS = np.arange(COUNT_CATEGORIES)
# Sweeps over the probabilities and the effects in an M-step, and the largest step of a
# log-effect in a sweep.
_SWEEPS = 4
_LARGEST_STEP = 0.3
# Standard deviation of the log-effects that EM begins with.
_FIRST_DEVIATION = 0.5


@dataclass(frozen=True, eq=False)
class LevelTerms:
    """What levels add to log-densities, with log Z_kc = least_c - log_tilt_kc.

    Attributes
    ----------
    log_weights, log_effects, least : array, shape (C,)
    log_tilts : array, shape (C, K)
        At most 0.
    """

    log_weights: FloatArray
    log_effects: FloatArray
    least: FloatArray
    log_tilts: FloatArray

    @classmethod
    def of(cls, parameters: HMMParameters) -> LevelTerms:
        """Return the terms of a model; all 0 if it has one level."""
        n_levels, n_states = parameters.n_levels, parameters.n_states
        log_effects = np.log(parameters.level_effects)
        log_normalisers = np.zeros((n_levels, n_states))
        if n_levels > 1:
            p = _count_means(parameters)
            log_normalisers = logsumexp(
                log_effects[:, np.newaxis, np.newaxis] * _COUNTS + np.log(p), axis=-1
            )
        least = log_normalisers.min(axis=1)
        with np.errstate(divide="ignore"):
            log_weights = np.log(parameters.level_weights)
        return cls(
            log_weights, log_effects, least, least[:, np.newaxis] - log_normalisers
        )

    def log_densities(self, log_b: FloatArray, counts: FloatArray) -> FloatArray:
        """Return a user's log b_kc, shape (C, n_weeks, K).

        Parameters
        ----------
        log_b : array, shape (n_weeks, K)
        counts : array, shape (n_weeks, 2)
            min(n, 7) and 1 where the count was observed; no rows without a count.
        """
        if len(self.log_weights) == 1:
            return log_b[np.newaxis]
        n, observed = counts.T
        common = self.log_effects[:, np.newaxis] * n - np.outer(self.least, observed)
        of_state = self.log_tilts[:, np.newaxis] * observed[:, np.newaxis]
        by_level: FloatArray = log_b + common[:, :, np.newaxis] + of_state
        return by_level


@dataclass(frozen=True, eq=False)
class LevelSums:
    """Expected sums for each level; zeros, but for `users`, if there is only one.

    Attributes
    ----------
    users : array, shape (C,)
        Expected users.
    weeks : array, shape (C, K)
        Expected weeks in each state in which the count was observed.
    rides : array, shape (C, K)
        The same, times min(n, 7).
    """

    users: FloatArray
    weeks: FloatArray
    rides: FloatArray


def state_beliefs(beliefs: FloatArray, n_states: int) -> FloatArray:
    """Return the probability of each state, summed over levels, shape (n, K).

    Parameters
    ----------
    beliefs : array, shape (n, C * K)
        Of each level and state, level by level.
    n_states : int
        Number of states, K.
    """
    return np.asarray(beliefs.reshape(len(beliefs), -1, n_states).sum(axis=1))


def expected_level(beliefs: FloatArray, parameters: HMMParameters) -> FloatArray:
    """Return the mean of the level effects, sum_c P(c) a_c, shape (n,).

    Parameters
    ----------
    beliefs : array, shape (n, C * K)
        Of each level and state, level by level.
    parameters : HMMParameters
    """
    by_level = beliefs.reshape(len(beliefs), parameters.n_levels, -1).sum(axis=2)
    return np.asarray(by_level @ parameters.level_effects)


def with_levels(parameters: HMMParameters, n_levels: int) -> HMMParameters:
    """Return a model of one level with several, from which EM can begin.

    The levels have equal weights, and the effects are quantiles of a log-normal
    distribution whose logarithms have the standard deviation 0.5.
    """
    quantiles = norm.ppf((np.arange(n_levels) + 0.5) / n_levels)
    return HMMParameters(
        parameters.start_probabilities,
        parameters.transition_matrix,
        parameters.means,
        parameters.variances,
        parameters.densities,
        level_weights=np.full(n_levels, 1.0 / n_levels),
        level_effects=np.exp(_FIRST_DEVIATION * quantiles),
    )


def estimate_levels(
    sums: LevelSums,
    categories: FloatArray,
    overall: FloatArray,
    before: HMMParameters,
    probability_floor: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the count's probabilities, the level weights and the level effects.

    The weights maximise the expected log-likelihood plus `log_prior`. For the others it
    rises in each of a few sweeps. With H_k(n) the expected weeks in each category, M_kc
    the expected weeks, and E and Var of n under p_kc,

        p_k(n)    <- H_k(n) / sum_c M_kc a_c^n / Z_kc
        log a_c   += (g_c - lambda w_c) / h_c

        g_c = sum_k (sum_n n H_kc(n) - M_kc E_kc) - log a_c
        h_c = sum_k M_kc Var_kc + 1

    The first is the maximum of a function below the expected log-likelihood that
    touches it: log Z_kc is concave in p. The second is Newton's step, with the prior of
    the log-effects, and with lambda such that sum_c w_c log a_c stays 0: only the
    product of p and effects is determined. Where probabilities are at the floor, a
    sweep may lose a little, far less than the tolerance of EM.

    Parameters
    ----------
    sums : LevelSums
    categories : array, shape (K, 8)
        H_k(n), summed over levels.
    overall : array, shape (8,)
        Share of each category in all rows together.
    before : HMMParameters
    probability_floor : float

    Returns
    -------
    probabilities : array, shape (K, 8)
    weights, effects : array, shape (C,)
    """
    users = sums.users + SMOOTHING / len(sums.users)
    weights = users / users.sum()
    p = _count_means(before)
    log_effects = np.log(before.level_effects)
    p, log_effects = _centred(p, log_effects, weights, probability_floor)
    unseen = sums.weeks.sum(axis=0) < LEAST_MASS
    observed = categories + SMOOTHING * overall
    for _ in range(_SWEEPS):
        # The smoothing acts as if its observations were at a level with a = 1.
        powers = np.exp(np.outer(log_effects, _COUNTS))
        expected = (sums.weeks.T / (p @ powers.T)) @ powers + SMOOTHING
        better = distributions_above(observed / expected, probability_floor)
        p = np.where(unseen[:, np.newaxis], p, better)
        by_level = p * powers[:, np.newaxis]
        by_level /= by_level.sum(axis=-1, keepdims=True)
        mean = by_level @ _COUNTS
        variance = by_level @ _COUNTS**2 - mean**2
        slope = (sums.rides - sums.weeks * mean).sum(axis=1) - log_effects
        curvature = (sums.weeks * variance).sum(axis=1) + 1.0
        pull = (weights * slope / curvature).sum() / (weights**2 / curvature).sum()
        step = (slope - pull * weights) / curvature
        largest = np.abs(step).max()
        log_effects = log_effects + step * min(1.0, _LARGEST_STEP / max(largest, 1e-9))
    p, log_effects = _centred(p, log_effects, weights, probability_floor)
    return p, weights, np.exp(log_effects)


def log_level_prior(parameters: HMMParameters) -> float:
    """Return the logarithm of the prior of weights and effects, up to a constant.

    Dirichlet with `SMOOTHING` more users, and standard normal for the log-effects: so
    that a level of users without any rides has an effect above 0.
    """
    if parameters.n_levels == 1:
        return 0.0
    weights = SMOOTHING * np.log(parameters.level_weights).mean()
    return float(weights - 0.5 * (np.log(parameters.level_effects) ** 2).sum())


def _centred(
    p: FloatArray, log_effects: FloatArray, weights: FloatArray, floor: float
) -> tuple[FloatArray, FloatArray]:
    """Return the same model with a weighted mean of the log-effects of 0."""
    shift = weights @ log_effects
    if abs(shift) < 1e-12:
        return p, log_effects
    p = distributions_above(p * np.exp(shift * _COUNTS), floor)
    return p, log_effects - shift


def _count_means(parameters: HMMParameters) -> FloatArray:
    """Return the count's probabilities where a = 1, shape (K, 8)."""
    feature = parameters.count_feature
    if feature is None:
        raise ValueError("got levels without a count; expected a count")
    return parameters.means[:, parameters.columns(feature)]
