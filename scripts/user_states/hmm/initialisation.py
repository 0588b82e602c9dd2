"""Rough models where EM begins: from clusters, or from rows that are far apart."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning

from user_states.hmm.arrays import FloatArray, IntArray, count_moves
from user_states.hmm.emissions import as_means, probabilities_above
from user_states.hmm.parameters import (
    DensityLike,
    HMMParameters,
    as_densities,
    is_kind,
)

# Distance between 0 and 1 of a binary feature when rough models are made, in standard
# deviations of a continuous feature. Within a state a binary feature can be the same in
# every row, so separating its values raises the likelihood most.
_BINARY_DISTANCE = 5.0
# Probability of staying in a state for a week, in a rough model without moves.
_STAY = 0.8
# Weight of the overall mean in a state's Bernoulli probability, so that a rough model
# rules nothing out.
_DOUBT = 0.1


def rough_from_kmeans(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    densities: Sequence[DensityLike],
    rng: np.random.Generator,
) -> HMMParameters:
    """Return clusters as states, with the moves between clusters.

    Parameters
    ----------
    X : array, shape (n_rows, n_data_columns)
        Scaled rows of all users, stacked; NaN where not observed.
    lengths : array of int, shape (n_users,)
    n_states : int
        Number of states, K.
    densities : sequence of Density or str, length D
    rng : numpy.random.Generator
    """
    kmeans = KMeans(n_states, n_init=1, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        # With fewer distinct rows than states, some clusters are empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = kmeans.fit_predict(_comparable(X)).astype(np.int64)
    members = np.eye(n_states)[labels]
    value, weight = as_means(X, densities)
    sizes = members.T @ weight
    overall = _overall(value, weight)
    means = np.where(sizes > 0, members.T @ value / np.maximum(sizes, 1e-9), overall)
    squares = members.T @ ((value - means[labels] * weight) ** 2)
    variances = np.where(
        sizes > 1, squares / np.maximum(sizes, 1.0), _variances(value, weight)
    )
    # One more first week and one more move than observed, so that no probability starts
    # at 0: EM could never raise it.
    firsts = labels[np.cumsum(lengths) - lengths]
    starts = np.bincount(firsts, minlength=n_states) + 1.0
    moves = count_moves(labels, lengths, n_states) + 1.0
    return _rough(
        starts / starts.sum(),
        moves / moves.sum(axis=1, keepdims=True),
        means,
        variances,
        densities,
        overall,
    )


def rough_from_distant_rows(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    densities: Sequence[DensityLike],
    rng: np.random.Generator,
) -> HMMParameters:
    """Return states centred at distant rows, each with the variance of all rows.

    Parameters are those of `rough_from_kmeans`.
    """
    _, rows = kmeans_plusplus(
        _comparable(X), n_states, random_state=int(rng.integers(2**31))
    )
    move = (1.0 - _STAY) / max(n_states - 1, 1)
    transition_matrix = np.full((n_states, n_states), move)
    np.fill_diagonal(transition_matrix, _STAY if n_states > 1 else 1.0)
    value, weight = as_means(X, densities)
    overall = _overall(value, weight)
    is_seen = weight[rows] > 0
    centres = value[rows] / np.where(is_seen, weight[rows], 1.0)
    return _rough(
        np.full(n_states, 1.0 / n_states),
        transition_matrix,
        np.where(is_seen, centres, overall),
        np.tile(_variances(value, weight), (n_states, 1)),
        densities,
        overall,
    )


def split_state(
    parameters: HMMParameters, state: int, rng: np.random.Generator
) -> HMMParameters:
    """Return the model with one more state: one state is split in two.

    Parameters
    ----------
    parameters : HMMParameters
        Of K - 1 states.
    state : int
        The state to split. The means of the two move apart by half a standard
        deviation, in a random direction for each feature.
    rng : numpy.random.Generator
    """
    keep = np.append(np.arange(parameters.n_states), state)
    halves = np.ones(len(keep))
    halves[[state, -1]] = 0.5
    transition_matrix = parameters.transition_matrix[np.ix_(keep, keep)] * halves
    step = 0.25 * np.sqrt(parameters.variances[state])
    step *= rng.choice((-1.0, 1.0), size=len(step))
    means = parameters.means[keep]
    means[state] -= step
    means[-1] += step
    return replace(
        parameters,
        start_probabilities=parameters.start_probabilities[keep] * halves,
        transition_matrix=transition_matrix,
        means=probabilities_above(
            np.where(parameters.is_gaussian, means, np.maximum(means, 1e-6)),
            parameters.densities,
            1e-6,
        ),
        variances=parameters.variances[keep],
    )


def without_state(parameters: HMMParameters, state: int) -> HMMParameters:
    """Return the model without a state; its moves go to the other states.

    Parameters
    ----------
    parameters : HMMParameters
        Of at least two states.
    state : int
        The state to remove.
    """
    keep = np.delete(np.arange(parameters.n_states), state)
    # A state that could only move to the removed state may now move anywhere.
    moves = parameters.transition_matrix[np.ix_(keep, keep)] + 1e-9
    starts = parameters.start_probabilities[keep] + 1e-9
    return replace(
        parameters,
        start_probabilities=starts / starts.sum(),
        transition_matrix=moves / moves.sum(axis=1, keepdims=True),
        means=parameters.means[keep],
        variances=parameters.variances[keep],
    )


def _rough(
    start_probabilities: FloatArray,
    transition_matrix: FloatArray,
    means: FloatArray,
    variances: FloatArray,
    densities: Sequence[DensityLike],
    overall: FloatArray,
) -> HMMParameters:
    known = as_densities(densities)
    likely = probabilities_above(overall, known, 0.01)
    doubtful = (1.0 - _DOUBT) * means + _DOUBT * likely
    is_gaussian = is_kind(known, "gaussian")
    return HMMParameters(
        start_probabilities=start_probabilities,
        transition_matrix=transition_matrix,
        means=np.where(is_gaussian, means, doubtful),
        # Without a floor, equal rows still need a positive variance.
        variances=np.maximum(variances, 1e-6),
        densities=known,
    )


def _comparable(X: FloatArray) -> FloatArray:
    """Return `X` for distances: without NaN, and with binary features stretched."""
    filled = np.where(np.isnan(X), _column_means(X), X)
    is_binary = ((X == 0.0) | (X == 1.0) | np.isnan(X)).all(axis=0)
    return filled * np.where(is_binary, _BINARY_DISTANCE, 1.0)


def _column_means(X: FloatArray) -> FloatArray:
    """Return the mean of each column's observed values, 0 if there are none."""
    is_observed = ~np.isnan(X)
    total = np.where(is_observed, X, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(is_observed.sum(axis=0), 1))


def _overall(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the mean of all rows, 0 without observations, shape (P,)."""
    return np.asarray(value.sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9))


def _variances(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the variance of all rows, 1 without observations, shape (P,)."""
    squares = (value - _overall(value, weight) * weight) ** 2
    n_observed = weight.sum(axis=0)
    variances = squares.sum(axis=0) / np.maximum(n_observed, 1e-9)
    return np.where(n_observed > 0, variances, 1.0)
