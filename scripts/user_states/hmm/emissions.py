"""The densities of the features: the only file with formulas of Gaussian and Bernoulli.

Both are exponential families, so a log-density is linear in a few columns of the data
(see packing.py), and its parameters are estimated from the expected sums of those
columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.packing import Columns
from user_states.hmm.parameters import HMMParameters

# A state with fewer expected weeks of a feature keeps its parameters of the feature.
LEAST_MASS = 1e-5


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Log-densities as a function of the packed columns.

    Attributes
    ----------
    constant : array, shape (K,)
    linear : array, shape (K, C)
    quadratic : array, shape (K, Q)
    """

    constant: FloatArray
    linear: FloatArray
    quadratic: FloatArray

    def log_densities(self, values: FloatArray) -> FloatArray:
        """Return log b_k of rows of packed columns, shapes (n, C) -> (n, K)."""
        n_quadratic = self.quadratic.shape[1]
        squares = values[:, :n_quadratic] ** 2
        return self.constant + values @ self.linear.T + squares @ self.quadratic.T


@dataclass(frozen=True, eq=False)
class FeatureSums:
    """Expected sums over the rows in which each feature was observed.

    Attributes
    ----------
    weight : array, shape (K, D)
        Sum of the probabilities of the state.
    value, square : array, shape (K, D)
        The same, times the feature minus its offset, and times the square of that.
    """

    weight: FloatArray
    value: FloatArray
    square: FloatArray


def coefficients(parameters: HMMParameters, columns: Columns) -> Coefficients:
    """Return the coefficients of every state's log-density.

    A Gaussian one is -log(2 pi v)/2 - (x - m)^2 / (2 v), a Bernoulli one
    x log p + (1 - x) log(1 - p). A feature that was not observed adds 0.
    """
    mean, variance = parameters.means - columns.offset, parameters.variances
    constant = -0.5 * (np.log(2.0 * np.pi * variance) + mean**2 / variance)
    linear, quadratic = mean / variance, -0.5 / variance
    own = columns.is_own_square
    linear[:, own] += quadratic[:, own]
    coin = parameters.is_bernoulli
    p = parameters.means[:, coin]
    constant[:, coin] = np.log1p(-p)
    linear[:, coin] = np.log(p) - np.log1p(-p)

    always = columns.observed < 0
    n_states = parameters.n_states
    linear_columns = np.zeros((n_states, columns.n_columns))
    linear_columns[:, columns.position] = linear
    for feature in np.flatnonzero(~always):
        linear_columns[:, columns.observed[feature]] += constant[:, feature]
    quadratic_columns = np.zeros((n_states, columns.n_quadratic))
    is_quadratic = columns.position < columns.n_quadratic
    quadratic_columns[:, columns.position[is_quadratic]] = quadratic[:, is_quadratic]
    return Coefficients(
        constant[:, always].sum(axis=1), linear_columns, quadratic_columns
    )


def feature_sums(
    weight: FloatArray, value: FloatArray, square: FloatArray, columns: Columns
) -> FeatureSums:
    """Return sums for each feature from sums for each packed column.

    Parameters
    ----------
    weight : array, shape (K,)
        Expected weeks in each state.
    value : array, shape (K, C)
    square : array, shape (K, Q)
    columns : Columns
    """
    by_feature = value[:, columns.position]
    squares = by_feature.copy()
    is_quadratic = columns.position < columns.n_quadratic
    squares[:, is_quadratic] = square[:, columns.position[is_quadratic]]
    weights = np.where(
        columns.observed < 0, weight[:, np.newaxis], value[:, columns.observed]
    )
    return FeatureSums(weights, by_feature, squares)


def estimate(
    sums: FeatureSums,
    columns: Columns,
    before: HMMParameters,
    variance_floor: float | FloatArray,
    probability_floor: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the means and variances that maximise the expected log-likelihood.

    For a Gaussian with weighted mean square s about the mean, the expected
    log-likelihood as a function of the variance v is -n/2 (log v + s/v). It rises up to
    v = s and falls after it, so its maximum on v >= floor is at max(s, floor). For a
    Bernoulli the maximum is at the share of ones, clipped to [floor, 1 - floor]. So EM
    never lowers the likelihood with these floors.
    """
    unseen = sums.weight < LEAST_MASS
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = sums.value / sums.weight
        spread = sums.square / sums.weight - centred**2
    means = np.where(unseen, before.means, centred + columns.offset)
    variances = np.where(unseen, before.variances, np.maximum(spread, variance_floor))
    coin = before.is_bernoulli
    means[:, coin] = np.clip(means[:, coin], probability_floor, 1 - probability_floor)
    return means, variances
