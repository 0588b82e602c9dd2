"""Rows to measure on: users drawn from a known model."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import BERNOULLI, GAUSSIAN, HMMParameters
from user_states.hmm.sequences import Sequences

PLANTED_STATES = 8
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
