"""Rough models where EM begins: from clusters, or from rows that are far apart.

Weeks of few rides are compared by the weeks around them (windows.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit, softmax
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin

from user_states.hmm.arrays import FloatArray, IntArray, count_moves
from user_states.hmm.parameters import (
    Density,
    DensityLike,
    HMMParameters,
    as_densities,
    slices,
)
from user_states.hmm.windows import are_sparse, occurrences, windows

# Distance between 0 and 1 of a binary feature when rough models are made, in standard
# deviations of a continuous feature. Within a state a binary feature can be the same in
# every row, so separating its values raises the likelihood most.
_BINARY_DISTANCE = 5.0
# Probability of staying in a state for a week, in a rough model without moves.
_STAY = 0.8
# Weight of the overall shares in a state's probabilities, so that a rough model rules
# nothing out.
_DOUBT = 0.1
# Half the distance of the log-odds in the two halves of a state that is split.
_LOG_ODDS_STEP = 0.25


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
    densities = as_densities(densities)
    kmeans = KMeans(n_states, n_init=1, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        # With fewer distinct rows than states, some clusters are empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = kmeans.fit_predict(comparable(X, lengths, densities))
    return rough_from_labels(X, lengths, labels.astype(np.int64), n_states, densities)


def rough_from_distant_rows(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    densities: Sequence[DensityLike],
    rng: np.random.Generator,
) -> HMMParameters:
    """Return states centred at distant rows, each with the variance of all rows.

    Where single weeks say little, the rows nearest to each of them are its state.
    Parameters are those of `rough_from_kmeans`.
    """
    densities = as_densities(densities)
    rows = comparable(X, lengths, densities)
    centres, numbers = kmeans_plusplus(
        rows, n_states, random_state=int(rng.integers(2**31))
    )
    if are_sparse(densities):
        labels = pairwise_distances_argmin(rows, centres).astype(np.int64)
        return rough_from_labels(X, lengths, labels, n_states, densities)
    move = (1.0 - _STAY) / max(n_states - 1, 1)
    transition_matrix = np.full((n_states, n_states), move)
    np.fill_diagonal(transition_matrix, _STAY if n_states > 1 else 1.0)
    means, variances = _emissions(X, numbers, np.eye(n_states), densities)
    return HMMParameters(
        np.full(n_states, 1.0 / n_states),
        transition_matrix,
        means,
        variances,
        densities,
    )


def rough_from_labels(
    X: FloatArray,
    lengths: IntArray,
    labels: IntArray,
    n_states: int,
    densities: Sequence[Density],
) -> HMMParameters:
    """Return the model of given states, with the moves between them.

    Parameters
    ----------
    X, lengths, n_states, densities
        As of `rough_from_kmeans`.
    labels : array of int, shape (n_rows,)
        State of each row, from 0.
    """
    members = np.eye(n_states)[labels]
    means, variances = _emissions(X, np.arange(len(X)), members, densities)
    # One more first week and one more move than observed, so that no probability starts
    # at 0: EM could never raise it.
    firsts = labels[np.cumsum(lengths) - lengths]
    starts = np.bincount(firsts, minlength=n_states) + 1.0
    moves = count_moves(labels, lengths, n_states) + 1.0
    return HMMParameters(
        starts / starts.sum(),
        moves / moves.sum(axis=1, keepdims=True),
        means,
        variances,
        tuple(densities),
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
        The state to split. The two move apart in a random direction for each mean: by
        half a standard deviation, or by half in the log-odds of shares, and of the
        probabilities of categories and parts.
    rng : numpy.random.Generator
    """
    keep = np.append(np.arange(parameters.n_states), state)
    halves = np.ones(len(keep))
    halves[[state, -1]] = 0.5
    transition_matrix = parameters.transition_matrix[np.ix_(keep, keep)] * halves
    signs = rng.choice((-1.0, 1.0), size=parameters.means.shape[1])
    means = parameters.means[keep]
    means[state] = _moved_apart(parameters, state, -signs)
    means[-1] = _moved_apart(parameters, state, signs)
    return replace(
        parameters,
        start_probabilities=parameters.start_probabilities[keep] * halves,
        transition_matrix=transition_matrix,
        means=means,
        variances=parameters.variances[keep],
    )


def _moved_apart(
    parameters: HMMParameters, state: int, signs: FloatArray
) -> FloatArray:
    """Return a state's means, each moved in its direction."""
    own = parameters.means[state]
    moved = own + 0.25 * np.sqrt(parameters.variances[state]) * signs
    coin = parameters.is_bernoulli
    moved[coin] = np.clip(moved[coin], 1e-6, 1.0 - 1e-6)
    for feature, density in enumerate(parameters.densities):
        columns = parameters.columns(feature)
        own_signs = signs[columns]
        if density.is_distribution and (own_signs == own_signs[0]).all():
            # The same step for all of them changes nothing.
            own_signs = own_signs * np.append(-1.0, np.ones(density.size - 1))
        steps = _LOG_ODDS_STEP * own_signs
        if density.kind == "share":
            moved[columns] = expit(logit(own[columns]) + steps)
        elif density.is_distribution:
            moved[columns] = softmax(np.log(own[columns]) + steps)
    return np.asarray(moved)


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


def comparable(
    X: FloatArray, lengths: IntArray, densities: Sequence[Density]
) -> FloatArray:
    """Return values by which rows can be compared, without NaN.

    Windows where single weeks say little; else the rows themselves, with binary
    features and categories stretched.
    """
    if are_sparse(densities):
        return windows(X, lengths, densities)
    values = []
    columns = slices([density.n_columns for density in densities])
    for density, own in zip(densities, columns, strict=True):
        if density.kind == "categorical":
            values.append(_BINARY_DISTANCE * occurrences(X[:, own], density))
            continue
        filled = np.where(np.isnan(X[:, own]), _column_means(X[:, own]), X[:, own])
        is_binary = (X[:, own] == 0.0) | (X[:, own] == 1.0) | np.isnan(X[:, own])
        values.append(filled * (_BINARY_DISTANCE if is_binary.all() else 1.0))
    return np.concatenate(values, axis=1)


def _emissions(
    X: FloatArray, rows: IntArray, members: FloatArray, densities: Sequence[Density]
) -> tuple[FloatArray, FloatArray]:
    """Return the means and variances of states, each of shape (K, P).

    Parameters
    ----------
    X : array, shape (n_rows, n_data_columns)
    rows : array of int, shape (n_members,)
        Numbers of the rows that the states are made of.
    members : array of 0/1, shape (n_members, K)
        The state of each of them.
    densities : sequence of Density, length D
    """
    means, variances = [], []
    columns = slices([density.n_columns for density in densities])
    for density, own in zip(densities, columns, strict=True):
        if density.kind == "gaussian":
            mean, variance = _gaussian(X[:, own], rows, members)
        else:
            mean = _probabilities(occurrences(X[:, own], density), rows, members)
            # Of a Bernoulli feature and a share, the second says nothing new.
            mean = mean[:, : density.size]
            variance = mean * (1.0 - mean)
        means.append(mean)
        variances.append(variance)
    return np.concatenate(means, axis=1), np.concatenate(variances, axis=1)


def _gaussian(
    X: FloatArray, rows: IntArray, members: FloatArray
) -> tuple[FloatArray, FloatArray]:
    own = X[rows]
    is_observed = ~np.isnan(own)
    sizes = members.T @ is_observed
    sums = members.T @ np.where(is_observed, own, 0.0)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1.0), _column_means(X))
    squares = members.T @ np.where(is_observed, (own - members @ means) ** 2, 0.0)
    variances = np.where(
        sizes > 1, squares / np.maximum(sizes, 1.0), _column_variances(X)
    )
    # Without a floor, equal rows still need a positive variance.
    return means, np.maximum(variances, 1e-6)


def _probabilities(
    outcomes: FloatArray, rows: IntArray, members: FloatArray
) -> FloatArray:
    """Return each state's share of each outcome, drawn towards the overall shares."""
    overall = outcomes.sum(axis=0) / max(outcomes.sum(), 1.0)
    likely = np.clip(overall, 0.01, 0.99)
    likely /= likely.sum()
    sums = members.T @ outcomes[rows]
    totals = sums.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, sums / np.maximum(totals, 1e-9), likely)
    return np.asarray((1.0 - _DOUBT) * shares + _DOUBT * likely)


def _column_means(X: FloatArray) -> FloatArray:
    """Return the mean of each column's observed values, 0 if there are none."""
    is_observed = ~np.isnan(X)
    total = np.where(is_observed, X, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(is_observed.sum(axis=0), 1))


def _column_variances(X: FloatArray) -> FloatArray:
    """Return the variance of each column's observed values, 1 if there are none."""
    is_observed = ~np.isnan(X)
    squares = np.where(is_observed, (X - _column_means(X)) ** 2, 0.0).sum(axis=0)
    n_observed = is_observed.sum(axis=0)
    return np.where(n_observed > 0, squares / np.maximum(n_observed, 1), 1.0)
