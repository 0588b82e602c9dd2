"""Rows to measure on: users drawn from a known model."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.levels import with_levels
from user_states.hmm.parameters import (
    BERNOULLI,
    COUNT,
    COUNT_CATEGORIES,
    GAUSSIAN,
    SHARE,
    HMMParameters,
    parts,
)
from user_states.hmm.sequences import Sequences

PLANTED_STATES = 8
_PLANTED_LEVELS, _DAY_PARTS = 5, 10
_LEAST_WEEKS, _MOST_WEEKS = 20, 104

# Users that are drawn at once: drawing takes several times the memory of the rows.
_DRAWN_USERS = 5000


def draw(n_users: int, n_binary: int, n_continuous: int, seed: int) -> Sequences:
    """Return users of 20 to 104 weeks, drawn from a model of eight states.

    Parameters
    ----------
    n_users : int
    n_binary, n_continuous : int
        Number of columns that are 0 or 1, and of columns that are Gaussian within a
        state.
    seed : int
    """
    rng = np.random.default_rng(seed)
    model = HiddenMarkovModel.from_parameters(_planted(n_binary, n_continuous, rng))
    lengths = rng.integers(_LEAST_WEEKS, _MOST_WEEKS + 1, size=n_users)
    X = np.empty((int(lengths.sum()), n_binary + n_continuous))
    row = 0
    for first in range(0, n_users, _DRAWN_USERS):
        block = lengths[first : first + _DRAWN_USERS]
        rows, _ = model.sample(block, random_state=int(rng.integers(2**31)))
        X[row : row + len(rows)] = rows
        row += len(rows)
    continuous = X[:, n_binary:]
    continuous -= continuous.mean(axis=0)
    continuous /= continuous.std(axis=0)
    return gaussian_sequences(X, lengths)


def draw_weekly(n_users: int, seed: int) -> tuple[Sequences, HMMParameters]:
    """Return users of the features that the project reads by default, and their model.

    A count of rides, their ten day-parts, and two shares, with five levels. As in the
    project, the count of a user's first week is not observed.
    """
    rng = np.random.default_rng(seed)
    n_states = PLANTED_STATES
    rides = np.geomspace(0.01, 4.0, n_states)[:, np.newaxis]
    counts = poisson.pmf(np.arange(COUNT_CATEGORIES), rides)
    means = np.hstack(
        [
            0.99 * counts / counts.sum(axis=1, keepdims=True) + 0.01 / COUNT_CATEGORIES,
            0.99 * rng.dirichlet(np.full(_DAY_PARTS, 0.5), n_states)
            + 0.01 / _DAY_PARTS,
            rng.uniform(0.03, 0.4, size=(n_states, 2)),
        ]
    )
    one_level = HMMParameters(
        start_probabilities=np.full(n_states, 1.0 / n_states),
        transition_matrix=0.92 * np.eye(n_states)
        + 0.08 * rng.dirichlet(np.ones(n_states), size=n_states),
        means=means,
        variances=np.ones_like(means),
        densities=(COUNT, parts(_DAY_PARTS), SHARE, SHARE),
    )
    planted = with_levels(one_level, _PLANTED_LEVELS)
    lengths = rng.integers(_LEAST_WEEKS, _MOST_WEEKS + 1, size=n_users)
    X, _ = HiddenMarkovModel.from_parameters(planted).sample(lengths, seed)
    X[np.cumsum(lengths) - lengths, 0] = np.nan
    return Sequences(X, lengths, planted.densities), one_level


def gaussian_sequences(X: FloatArray, lengths: IntArray) -> Sequences:
    """Return rows with all features Gaussian, as in hmmlearn, to compare numbers."""
    return Sequences(X, lengths, (GAUSSIAN,) * X.shape[1])


def _planted(
    n_binary: int, n_continuous: int, rng: np.random.Generator
) -> HMMParameters:
    """Return states that overlap, and that users leave about every fifth week."""
    n_states = PLANTED_STATES
    moves = rng.dirichlet(np.ones(n_states), size=n_states)
    often = np.clip(rng.beta(0.5, 0.5, size=(n_states, n_binary)), 0.02, 0.98)
    means = rng.normal(size=(n_states, n_continuous))
    variances = rng.uniform(0.3, 1.0, size=(n_states, n_continuous))
    return HMMParameters(
        start_probabilities=rng.dirichlet(np.full(n_states, 5.0)),
        transition_matrix=0.8 * np.eye(n_states) + 0.2 * moves,
        means=np.hstack([often, means]),
        variances=np.hstack([often * (1.0 - often), variances]),
        densities=(BERNOULLI,) * n_binary + (GAUSSIAN,) * n_continuous,
    )
