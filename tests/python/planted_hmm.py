"""Data from a known HMM, and exact answers for it from enumeration and hmmlearn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from scipy.stats import norm

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import (
    Density,
    DensityLike,
    HMMParameters,
    as_densities,
    kinds_of,
    slices,
)


def random_parameters(
    n_states: int,
    n_features: int,
    seed: int = 0,
    spread: float = 3.0,
    densities: Sequence[DensityLike] = (),
    n_levels: int = 1,
) -> HMMParameters:
    """Return a model with sticky states, `spread` apart."""
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(n_states), size=n_states)
    start_probabilities = rng.dirichlet(np.full(n_states, 5.0))
    known = as_densities(densities)
    n_means = sum(density.size for density in known) or n_features
    means = spread * rng.normal(size=(n_states, n_means))
    variances = rng.uniform(0.3, 1.5, size=(n_states, n_means))
    coin = np.array([kind == "bernoulli" for kind in kinds_of(known)], bool)
    if coin.any():
        means[:, coin] = rng.uniform(0.02, 0.98, size=(n_states, int(coin.sum())))
    for density, place in zip(known, slices([d.size for d in known]), strict=True):
        if density.kind == "share":
            means[:, place] = rng.uniform(0.02, 0.98, size=(n_states, 1))
        elif density.is_distribution:
            shares = rng.dirichlet(np.full(density.size, 0.7), size=n_states)
            means[:, place] = 0.95 * shares + 0.05 / density.size
    effects = np.exp(rng.normal(0.0, 0.6, size=n_levels))
    weights = rng.dirichlet(np.full(n_levels, 5.0))
    effects /= np.exp(weights @ np.log(effects))
    return HMMParameters(
        start_probabilities=start_probabilities,
        transition_matrix=0.8 * np.eye(n_states) + 0.2 * transitions,
        means=means,
        variances=variances,
        densities=known,
        level_weights=weights if n_levels > 1 else np.ones(1),
        level_effects=effects if n_levels > 1 else np.ones(1),
    )


def simulate(
    parameters: HMMParameters, lengths: IntArray, seed: int = 0
) -> tuple[FloatArray, IntArray]:
    """Return rows, shape (n_rows, n_data_columns), and the states behind them."""
    X, states, _ = simulate_levels(parameters, lengths, seed)
    return X, states


def simulate_levels(
    parameters: HMMParameters, lengths: IntArray, seed: int = 0
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the same, and the level of each user, shape (n_users,)."""
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
    noise = rng.normal(size=(len(path), parameters.means.shape[1]))
    numbers = parameters.means[path] + np.sqrt(parameters.variances[path]) * noise
    coins = (norm.cdf(noise) < parameters.means[path]) * 1.0
    levels = rng.choice(
        parameters.n_levels, size=len(lengths), p=parameters.level_weights
    )
    level = np.repeat(levels, lengths)
    columns: list[npt.NDArray[Any]] = []
    for feature, density in enumerate(parameters.densities):
        place = parameters.columns(feature)
        p = parameters.means[:, place]
        if density.kind == "gaussian":
            columns.append(numbers[:, place])
        elif density.kind == "bernoulli":
            columns.append(coins[:, place])
        elif density.kind == "share":
            m = rng.poisson(3.0, size=len(path))
            s = rng.binomial(m, p[path, 0])
            columns.append(np.column_stack([s, m]))
        elif density.kind == "parts":
            total = rng.poisson(3.0, size=len(path))
            columns.append(rng.multinomial(total, p[path] / p[path].sum(1)[:, None]))
        else:
            of_level = np.tile(p, (parameters.n_levels, 1, 1))
            if feature == parameters.count_feature:
                of_level = tilted(parameters)
            categories = [
                rng.choice(density.size, p=of_level[c, k] / of_level[c, k].sum())
                for c, k in zip(level, path, strict=True)
            ]
            columns.append(np.array(categories)[:, np.newaxis])
    return np.hstack(columns).astype(np.float64), path, levels


def tilted(parameters: HMMParameters) -> FloatArray:
    """Return p_k(n) a_c^n / Z_kc by its definition, shape (C, K, 8)."""
    assert parameters.count_feature is not None
    p = parameters.means[:, parameters.columns(parameters.count_feature)]
    return np.asarray(
        [
            [row * a ** np.arange(8) / (row * a ** np.arange(8)).sum() for row in p]
            for a in parameters.level_effects
        ]
    )


def log_densities(parameters: HMMParameters, X: FloatArray) -> FloatArray:
    """Return the log-density of each row in each state, shape (n_rows, K).

    Uses the textbook formulas, without levels; NaN adds nothing.
    """
    (of_one_level,) = level_log_densities(parameters, X, with_levels=False)
    return np.asarray(of_one_level)


def level_log_densities(
    parameters: HMMParameters, X: FloatArray, *, with_levels: bool = True
) -> FloatArray:
    """Return the log-density of each row in each level and state, (C, n_rows, K)."""
    n_levels = parameters.n_levels if with_levels else 1
    total = np.zeros((n_levels, len(X), parameters.n_states))
    first = 0
    for feature, density in enumerate(parameters.densities):
        columns = X[:, first : first + density.n_columns]
        first += density.n_columns
        place = parameters.columns(feature)
        p, variance = parameters.means[:, place], parameters.variances[:, place]
        seen = ~np.isnan(columns[:, 0])
        x = columns[seen]
        if density.kind == "gaussian":
            each = norm.logpdf(x, p[:, 0], np.sqrt(variance[:, 0]))
        elif density.kind == "bernoulli":
            each = np.log(np.where(x == 1.0, p[:, 0], 1.0 - p[:, 0]))
        elif density.kind == "share":
            each = x[:, :1] * np.log(p[:, 0]) + (x[:, 1:] - x[:, :1]) * np.log(
                1.0 - p[:, 0]
            )
        elif density.kind == "parts":
            each = x @ np.log(p).T
        else:
            category = np.minimum(x[:, 0], density.size - 1).astype(int)
            each = np.log(p[:, category]).T
            if with_levels and feature == parameters.count_feature:
                each = np.moveaxis(np.log(tilted(parameters)[:, :, category]), 1, 2)
        total[:, seen] += each
    return total


def with_missing(X: FloatArray, share: float, seed: int = 0) -> FloatArray:
    """Return the rows with a share of their values missing."""
    hidden = np.random.default_rng(seed).random(X.shape) < share
    return np.where(hidden, np.nan, X)


def with_missing_features(
    X: FloatArray, densities: Sequence[Density], share: float, seed: int = 0
) -> FloatArray:
    """Return the rows with a share of their features missing, all columns of each."""
    hidden = np.random.default_rng(seed).random((len(X), len(densities))) < share
    sizes = [density.n_columns for density in densities]
    return np.where(np.repeat(hidden, sizes, axis=1), np.nan, X)


@dataclass(frozen=True)
class Enumerated:
    """Exact answers for one user.

    `probabilities` has shape (T, K): the probability of each state, given all weeks.
    `smoothed_levels` and `filtered`, shape (T, C * K), have those of each level and
    state, given all weeks and given the weeks so far.
    """

    log_likelihood: float
    filtered: FloatArray
    probabilities: FloatArray
    smoothed_levels: FloatArray
    level_probabilities: FloatArray
    expected_moves: FloatArray
    best_path: IntArray
    best_log_likelihood: float


def enumerate_paths(parameters: HMMParameters, X: FloatArray) -> Enumerated:
    """Sum over all levels and all K^T paths of one user's rows."""
    n_states, n_weeks = parameters.n_states, len(X)
    n_levels = parameters.n_levels
    paths = np.array(list(itertools.product(range(n_states), repeat=n_weeks)))
    joint = np.concatenate(
        [
            log_weight + _joint_by_week(parameters, log_b, paths)
            for log_weight, log_b in zip(
                np.log(parameters.level_weights),
                level_log_densities(parameters, X),
                strict=True,
            )
        ]
    )
    levels = np.repeat(np.arange(n_levels), len(paths))
    paths = np.tile(paths, (n_levels, 1))
    log_likelihood = float(logsumexp(joint[:, -1]))
    weights = np.exp(joint[:, -1] - log_likelihood)
    smoothed = np.zeros((n_weeks, n_levels * n_states))
    moves = np.zeros((n_states, n_states))
    for level, path, weight in zip(levels, paths, weights, strict=True):
        smoothed[np.arange(n_weeks), level * n_states + path] += weight
        np.add.at(moves, (path[:-1], path[1:]), weight)
    # Every start of a path is repeated equally often, so the shares stay correct.
    filtered = np.zeros((n_weeks, n_levels * n_states))
    for week in range(n_weeks):
        so_far = np.exp(joint[:, week] - joint[:, week].max())
        np.add.at(filtered[week], levels * n_states + paths[:, week], so_far)
    best = int(joint[:, -1].argmax())
    by_level = smoothed.reshape(n_weeks, n_levels, n_states)
    return Enumerated(
        log_likelihood=log_likelihood,
        filtered=filtered / filtered.sum(axis=1, keepdims=True),
        probabilities=by_level.sum(axis=1),
        smoothed_levels=smoothed,
        level_probabilities=by_level[0].sum(axis=1),
        expected_moves=moves,
        best_path=paths[best],
        best_log_likelihood=float(joint[best, -1]),
    )


def _joint_by_week(
    parameters: HMMParameters, log_b: FloatArray, paths: IntArray
) -> FloatArray:
    """Return log p(rows so far, path so far), shape (n_paths, T)."""
    with np.errstate(divide="ignore"):
        log_start = np.log(parameters.start_probabilities)
        log_transitions = np.log(parameters.transition_matrix)
    steps = log_b[np.arange(len(log_b)), paths]
    steps[:, 0] += log_start[paths[:, 0]]
    steps[:, 1:] += log_transitions[paths[:, :-1], paths[:, 1:]]
    return np.asarray(np.cumsum(steps, axis=1))


class Rival(GaussianHMM):  # type: ignore[misc]
    """hmmlearn's model with our parameters, fitted by maximum likelihood on v >= floor.

    Parameters
    ----------
    parameters : HMMParameters
        Starting values of a fit.
    implementation : str
        `log`, which is slow and safe, or `scaling`, which can underflow.
    variance_floor : float
    n_iter : int
        EM iterations; the fit never stops early.
    """

    def __init__(
        self,
        parameters: HMMParameters,
        implementation: str = "log",
        variance_floor: float = 0.0,
        n_iter: int = 10,
    ) -> None:
        super().__init__(
            parameters.n_states,
            covars_prior=0.0,
            covars_weight=1.0,
            n_iter=n_iter,
            tol=-np.inf,
            init_params="",
            implementation=implementation,
        )
        self.variance_floor = variance_floor
        self.n_features = parameters.n_features
        self.startprob_ = parameters.start_probabilities.copy()
        self.transmat_ = parameters.transition_matrix.copy()
        self.means_ = parameters.means.copy()
        self._covars_ = np.maximum(parameters.variances, variance_floor)

    @property
    def parameters(self) -> HMMParameters:
        """The current parameters."""
        return HMMParameters(
            self.startprob_, self.transmat_, self.means_, self._covars_
        )

    def _do_mstep(self, stats: dict[str, FloatArray]) -> None:
        super()._do_mstep(stats)
        self._covars_ = np.maximum(self._covars_, self.variance_floor)
