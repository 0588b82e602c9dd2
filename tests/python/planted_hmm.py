"""Data from a known Gaussian HMM, and its exact answers by enumeration."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from segmentation.arrays import FloatArray, IntArray
from segmentation.parameters import HMMParameters


def random_parameters(
    n_states: int, n_features: int, seed: int = 0, spread: float = 3.0
) -> HMMParameters:
    """Return a model with sticky states, `spread` apart."""
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(n_states), size=n_states)
    return HMMParameters(
        start_probabilities=rng.dirichlet(np.full(n_states, 5.0)),
        transition_matrix=0.8 * np.eye(n_states) + 0.2 * transitions,
        means=spread * rng.normal(size=(n_states, n_features)),
        variances=rng.uniform(0.3, 1.5, size=(n_states, n_features)),
    )


def simulate(
    parameters: HMMParameters, lengths: IntArray, seed: int = 0
) -> tuple[FloatArray, IntArray]:
    """Return rows, shape (n_rows, D), and the states that made them."""
    rng = np.random.default_rng(seed)
    states = []
    for length in lengths:
        state = rng.choice(parameters.n_states, p=parameters.start_probabilities)
        for _ in range(length):
            states.append(state)
            state = rng.choice(
                parameters.n_states, p=parameters.transition_matrix[state]
            )
    path = np.array(states, dtype=np.int64)
    noise = rng.normal(size=(len(path), parameters.n_features))
    return parameters.means[path] + np.sqrt(parameters.variances[path]) * noise, path


@dataclass(frozen=True)
class Enumerated:
    """Exact answers for one user: see `segmentation.decoding.Decoded`."""

    log_likelihood: float
    probabilities: FloatArray
    expected_moves: FloatArray
    best_path: IntArray
    best_log_likelihood: float


def enumerate_paths(parameters: HMMParameters, X: FloatArray) -> Enumerated:
    """Sum over all K^T paths of one user's rows, shape (T, D)."""
    n_states, n_weeks = parameters.n_states, len(X)
    log_densities = norm.logpdf(
        X[:, np.newaxis], parameters.means, np.sqrt(parameters.variances)
    ).sum(axis=2)
    paths = np.array(list(itertools.product(range(n_states), repeat=n_weeks)))
    with np.errstate(divide="ignore"):
        log_start = np.log(parameters.start_probabilities)
        log_transitions = np.log(parameters.transition_matrix)
    joint = log_start[paths[:, 0]] + log_densities[np.arange(n_weeks), paths].sum(1)
    joint += log_transitions[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    log_likelihood = float(logsumexp(joint))
    weights = np.exp(joint - log_likelihood)
    probabilities = np.zeros((n_weeks, n_states))
    moves = np.zeros((n_states, n_states))
    for path, weight in zip(paths, weights, strict=True):
        probabilities[np.arange(n_weeks), path] += weight
        np.add.at(moves, (path[:-1], path[1:]), weight)
    best = int(joint.argmax())
    return Enumerated(
        log_likelihood, probabilities, moves, paths[best], float(joint[best])
    )
