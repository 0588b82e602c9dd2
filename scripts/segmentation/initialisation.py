"""Where EM begins: one starting model for each start.

EM climbs to the nearest optimum, and an HMM on mixed features has many: what
matters most is where it begins. Each start therefore makes many rough models,
lets each climb a little on a few users, and goes on with the best one: the
"short runs" of Biernacki, Celeux and Govaert 2003 (Computational Statistics &
Data Analysis 41:561-575).
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning

from segmentation.arrays import FloatArray, IntArray, count_moves
from segmentation.engine import sequence_model
from segmentation.parameters import HMMParameters

# Rough models per start, users they climb on, and EM iterations they get.
_SHORT_RUNS = 50
_SHORT_RUN_USERS = 200
_SHORT_RUN_ITERATIONS = 10
# What 0 and 1 of a binary feature are apart when rough models are made, in
# standard deviations of a continuous one. Within a state a binary feature can
# be the same in every row, so the likelihood asks first that states split it.
_BINARY_DISTANCE = 5.0
# Probability of staying in a state for a week, where nothing is known of it.
_STAY = 0.8


def initial_parameters(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    start: int,
    seed: int,
    variance_floor: float | FloatArray,
) -> HMMParameters:
    """Return the parameters with which EM begins in start number `start`.

    Parameters
    ----------
    X : array, shape (n_rows, D)
        Scaled rows of all users, stacked; a binary feature is 0 and 1.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    n_states : int
        Number of states, K.
    start : int
        Number of the start: even ones make their rough models by k-means, odd
        ones by rows that are far from each other.
    seed : int
        With `n_states` and `start`, all that the result depends on besides the
        data.
    variance_floor : float or array, shape (D,)
        Least variance.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, n_states, start]))
    first_lengths = lengths[:_SHORT_RUN_USERS]
    first_X = X[: first_lengths.sum()]
    rough_model = _from_kmeans if start % 2 == 0 else _from_distant_rows
    best, best_log_likelihood = None, -np.inf
    for _ in range(_SHORT_RUNS if n_states > 1 else 1):
        rough = rough_model(first_X, first_lengths, n_states, rng)
        model = sequence_model(
            rough,
            variance_floor=variance_floor,
            tolerance=1e-3,
            max_iterations=_SHORT_RUN_ITERATIONS,
        )
        model.fit(first_X, first_lengths)
        if best is None or model.history_[-1] > best_log_likelihood:
            best, best_log_likelihood = model.parameters, model.history_[-1]
    assert best is not None
    return best


def _distance_weights(X: FloatArray) -> FloatArray:
    """Return what each column of `X` is multiplied by before distances."""
    is_binary = ((X == 0.0) | (X == 1.0)).all(axis=0)
    return np.where(is_binary, _BINARY_DISTANCE, 1.0)


def _from_kmeans(
    X: FloatArray, lengths: IntArray, n_states: int, rng: np.random.Generator
) -> HMMParameters:
    """Clusters as states; moves between clusters as moves between states."""
    kmeans = KMeans(n_states, n_init=1, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        # Fewer distinct rows than states: the clusters left over are empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = kmeans.fit_predict(X * _distance_weights(X)).astype(np.int64)
    members = np.eye(n_states)[labels]
    sizes = members.sum(axis=0)[:, np.newaxis]
    means = np.where(sizes > 0, members.T @ X / np.maximum(sizes, 1.0), X.mean(axis=0))
    squares = members.T @ (X - means[labels]) ** 2
    variances = np.where(sizes > 1, squares / np.maximum(sizes, 1.0), X.var(axis=0))
    # One first week and one move more than were seen: nothing starts at zero,
    # from which EM could never raise it.
    firsts = labels[np.cumsum(lengths) - lengths]
    starts = np.bincount(firsts, minlength=n_states) + 1.0
    moves = count_moves(labels, lengths, n_states) + 1.0
    return HMMParameters(
        start_probabilities=starts / starts.sum(),
        transition_matrix=moves / moves.sum(axis=1, keepdims=True),
        means=means,
        variances=_positive(variances),
    )


def _from_distant_rows(
    X: FloatArray, lengths: IntArray, n_states: int, rng: np.random.Generator
) -> HMMParameters:
    """States centred on rows drawn far apart, as wide as all rows together."""
    _, rows = kmeans_plusplus(
        X * _distance_weights(X), n_states, random_state=int(rng.integers(2**31))
    )
    move = (1.0 - _STAY) / max(n_states - 1, 1)
    transition_matrix = np.full((n_states, n_states), move)
    np.fill_diagonal(transition_matrix, _STAY if n_states > 1 else 1.0)
    return HMMParameters(
        start_probabilities=np.full(n_states, 1.0 / n_states),
        transition_matrix=transition_matrix,
        means=X[rows],
        variances=_positive(np.tile(X.var(axis=0), (n_states, 1))),
    )


def _positive(variances: FloatArray) -> FloatArray:
    # Where there is no floor, equal rows still need a variance to begin with.
    return np.maximum(variances, 1e-6)
