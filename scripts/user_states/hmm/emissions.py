"""The densities of the features: the only file with their formulas, but for levels.

All are exponential families, so a log-density is linear in a few columns of the data
(see packing.py), and its parameters are estimated from the expected sums of those
columns. levels.py has what levels change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.packed_columns import Columns
from user_states.hmm.parameters import (
    Density,
    DensityKind,
    DensityLike,
    HMMParameters,
    as_densities,
    is_kind,
    slices,
)

# A state with fewer expected weeks of a feature keeps its parameters of the feature.
LEAST_MASS = 1e-5
# Floor of the probabilities of a count. The smoothing holds them above it, unless a
# category was never seen.
COUNT_FLOOR = 1e-12
# Observations that each state gets beside its own, of categories, shares and parts, in
# the proportions of all rows together: so that no state rules out what it has not seen.
SMOOTHING = 0.1
_SMOOTHED: tuple[DensityKind, ...] = ("share", "parts", "categorical", "count")


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Log-densities as a function of the packed columns.

    Attributes
    ----------
    constant : array, shape (K,)
    linear : array, shape (K, M)
    quadratic : array, shape (K, Q)
    """

    constant: FloatArray
    linear: FloatArray
    quadratic: FloatArray

    def log_densities(self, values: FloatArray) -> FloatArray:
        """Return log b_k of rows of packed columns, shapes (n, M) -> (n, K)."""
        n_quadratic = self.quadratic.shape[1]
        squares = values[:, :n_quadratic] ** 2
        return self.constant + values @ self.linear.T + squares @ self.quadratic.T


@dataclass(frozen=True, eq=False)
class FeatureSums:
    """Expected sums for each mean, over the rows in which its feature was observed.

    Attributes
    ----------
    weight : array, shape (K, P)
        Sum of the probabilities of the state; of a share times m, of parts times the
        number of all parts.
    value, square : array, shape (K, P)
        Sum of the probabilities times the feature minus its offset, and times the
        square of that. Of a category, the sum over its rows; of a share times s, of
        parts times the number of each. Squares are of Gaussian features.
    """

    weight: FloatArray
    value: FloatArray
    square: FloatArray


def coefficients(parameters: HMMParameters, columns: Columns) -> Coefficients:
    """Return the coefficients of every state's log-density.

    - Gaussian: -log(2 pi v)/2 - (x - m)^2 / (2 v)
    - Bernoulli: x log p + (1 - x) log(1 - p)
    - categorical, and a count with its last category open: log p_x
    - share: s log p + (m - s) log(1 - p)
    - parts: sum_j c_j log p_j

    The number of ways to draw s of m, or the parts, is left out: it is the same in all
    states. A feature that was not observed adds 0.
    """
    mean, variance = parameters.means - columns.offset, parameters.variances
    constant = -0.5 * (np.log(2.0 * np.pi * variance) + mean**2 / variance)
    linear, quadratic = mean / variance, -0.5 / variance
    own = columns.is_own_square
    linear[:, own] += quadratic[:, own]
    one_of_two = is_kind(parameters.densities, "bernoulli", "share")
    p = parameters.means[:, one_of_two]
    constant[:, one_of_two] = np.log1p(-p)
    linear[:, one_of_two] = np.log(p) - np.log1p(-p)
    for feature, density in enumerate(parameters.densities):
        if density.is_distribution:
            place = parameters.columns(feature)
            log_p = np.log(parameters.means[:, place])
            constant[:, place] = 0.0
            linear[:, place] = log_p
            if density.kind != "parts":
                constant[:, place.start] = log_p[:, 0]
                linear[:, place] -= log_p[:, :1]

    always = columns.observed < 0
    n_states = parameters.n_states
    linear_columns = np.zeros((n_states, columns.n_columns))
    has_column = columns.position >= 0
    linear_columns[:, columns.position[has_column]] = linear[:, has_column]
    for mean_number in np.flatnonzero(~always):
        linear_columns[:, columns.observed[mean_number]] += constant[:, mean_number]
    quadratic_columns = np.zeros((n_states, columns.n_quadratic))
    is_quadratic = columns.is_quadratic
    quadratic_columns[:, columns.position[is_quadratic]] = quadratic[:, is_quadratic]
    return Coefficients(
        constant[:, always].sum(axis=1), linear_columns, quadratic_columns
    )


def feature_sums(
    weight: FloatArray, value: FloatArray, square: FloatArray, columns: Columns
) -> FeatureSums:
    """Return sums for each mean from sums for each packed column.

    Parameters
    ----------
    weight : array, shape (K,)
        Expected weeks in each state.
    value : array, shape (K, M)
    square : array, shape (K, Q)
    columns : Columns
    """
    values = value[:, columns.position]
    squares = values.copy()
    is_quadratic = columns.is_quadratic
    squares[:, is_quadratic] = square[:, columns.position[is_quadratic]]
    weights = np.where(
        columns.observed < 0, weight[:, np.newaxis], value[:, columns.observed]
    )
    first = 0
    for density in columns.densities:
        place = slice(first, first + density.size)
        first = place.stop
        if density.kind == "parts":
            weights[:, place] = values[:, place].sum(axis=1, keepdims=True)
        elif density.is_distribution:
            others = values[:, place.start + 1 : place.stop].sum(axis=1)
            rest = weights[:, place.start] - others
            values[:, place.start] = np.maximum(rest, 0.0)
    return FeatureSums(weights, values, squares)


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

    For shares, parts and categories it is the maximum of the expected log-likelihood
    plus `log_prior`, on p >= floor. EM never lowers the sum of both.

    Returns
    -------
    means, variances : array, shape (K, P)
        Of a count, as if there were no levels.
    """
    unseen = sums.weight < LEAST_MASS
    smoothing = SMOOTHING * is_kind(before.densities, *_SMOOTHED)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = sums.value / sums.weight
        spread = sums.square / sums.weight - centred**2
        smooth = (sums.value + smoothing * columns.overall) / (sums.weight + smoothing)
    means = np.where(smoothing > 0, smooth, centred + columns.offset)
    variances = np.where(unseen, before.variances, np.maximum(spread, variance_floor))
    means = np.where(unseen, before.means, means)
    return probabilities_above(means, before.densities, probability_floor), variances


def log_prior(parameters: HMMParameters, columns: Columns) -> float:
    """Return the logarithm of the prior whose mode the smoothed M-step finds.

    Up to a constant; Dirichlet with `SMOOTHING` more observations of each feature in
    each state.
    """
    smoothed = is_kind(parameters.densities, *_SMOOTHED)
    if not smoothed.any():
        return 0.0
    p, overall = parameters.means[:, smoothed], columns.overall[smoothed]
    total = (overall * np.log(p)).sum()
    share = is_kind(parameters.densities, "share")
    p, overall = parameters.means[:, share], columns.overall[share]
    total += ((1.0 - overall) * np.log1p(-p)).sum()
    return float(SMOOTHING * total)


def as_means(
    X: FloatArray, densities: Sequence[DensityLike]
) -> tuple[FloatArray, FloatArray]:
    """Return each row as what the P means of a model are the means of.

    Parameters
    ----------
    X : array, shape (n_rows, n_data_columns)
    densities : sequence of Density or str, length D

    Returns
    -------
    value, weight : array, shape (n_rows, P)
        A mean is a sum of values over the sum of weights: of a category 0 or 1, and 1;
        of a share s and m; of parts the number of each and of all. Both are 0 where
        nothing was observed.
    """
    values, weights, first = [], [], 0
    for density in as_densities(densities):
        columns = X[:, first : first + density.n_columns]
        first += density.n_columns
        observed = ~np.isnan(columns[:, :1])
        filled = np.where(observed, columns, 0.0)
        value, weight = filled, observed.astype(np.float64)
        if density.kind == "share":
            value, weight = filled[:, :1], filled[:, 1:]
        elif density.kind == "parts":
            weight = filled.sum(axis=1, keepdims=True)
        elif density.is_distribution:
            category = np.minimum(filled[:, 0], density.size - 1).astype(np.int64)
            value = np.eye(density.size)[category] * observed
        values.append(value)
        weights.append(np.broadcast_to(weight, value.shape))
    return np.hstack(values), np.hstack(weights)


def probabilities_above(
    means: FloatArray, densities: tuple[Density, ...], floor: float
) -> FloatArray:
    """Return means, shape (..., P), whose probabilities are moved up to a floor.

    That of a count is at most `COUNT_FLOOR`: levels multiply p(n) by a^n, so that with
    a higher floor many rides would be likely at a high level in every state.
    """
    above = means.copy()
    one_of_two = is_kind(densities, "bernoulli", "share")
    above[..., one_of_two] = np.clip(above[..., one_of_two], floor, 1.0 - floor)
    places = slices([density.size for density in densities])
    for density, place in zip(densities, places, strict=True):
        if density.is_distribution:
            own = min(floor, COUNT_FLOOR) if density.kind == "count" else floor
            above[..., place] = distributions_above(above[..., place], own)
    return above


def distributions_above(shares: FloatArray, floor: float) -> FloatArray:
    """Return the probabilities p >= floor that maximise sum_j shares_j log p_j.

    Where a share is too small p is the floor; the other shares are scaled to the rest.

    Parameters
    ----------
    shares : array, shape (..., J)
        At least 0, and scaled here to sum to 1; equal if all are 0.
    floor : float
        At most half of 1 / J is used.
    """
    n_categories = shares.shape[-1]
    shares = np.where(shares.any(axis=-1, keepdims=True), shares, 1.0)
    floor = min(floor, 0.5 / n_categories)
    is_low: BoolArray = np.zeros(shares.shape, dtype=np.bool_)
    while True:
        rest = np.where(is_low, 0.0, shares)
        free = 1.0 - floor * is_low.sum(axis=-1, keepdims=True)
        scaled = rest * (free / rest.sum(axis=-1, keepdims=True))
        lower = ~is_low & (scaled < floor)
        if not lower.any():
            return np.where(is_low, floor, scaled)
        is_low |= lower
