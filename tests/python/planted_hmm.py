"""Data from a known HMM, and exact answers for it from enumeration and hmmlearn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from scipy.stats import norm

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import DensityLike, HMMParameters, as_densities


def random_parameters(
    n_states: int,
    n_features: int,
    seed: int = 0,
    spread: float = 3.0,
    densities: Sequence[DensityLike] = (),
) -> HMMParameters:
    """Return a model with sticky states, `spread` apart."""
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(n_states), size=n_states)
    start_probabilities = rng.dirichlet(np.full(n_states, 5.0))
    means = spread * rng.normal(size=(n_states, n_features))
    variances = rng.uniform(0.3, 1.5, size=(n_states, n_features))
    coin = np.array([one.kind == "bernoulli" for one in as_densities(densities)], bool)
    if coin.any():
        means[:, coin] = rng.uniform(0.02, 0.98, size=(n_states, int(coin.sum())))
    return HMMParameters(
        start_probabilities=start_probabilities,
        transition_matrix=0.8 * np.eye(n_states) + 0.2 * transitions,
        means=means,
        variances=variances,
        densities=as_densities(densities),
    )


def simulate(
    parameters: HMMParameters, lengths: IntArray, seed: int = 0
) -> tuple[FloatArray, IntArray]:
    """Return rows, shape (n_rows, D), and the states that generated them."""
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
    X = parameters.means[path] + np.sqrt(parameters.variances[path]) * noise
    coin = parameters.is_bernoulli
    X[:, coin] = norm.cdf(noise[:, coin]) < parameters.means[path][:, coin]
    return X, path


def log_densities(parameters: HMMParameters, X: FloatArray) -> FloatArray:
    """Return the log-density of each row in each state, shape (n_rows, K).

    Uses the textbook formulas; NaN adds nothing.
    """
    rows = X[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        each = np.where(
            parameters.is_bernoulli,
            np.log(np.where(rows == 1.0, parameters.means, 1.0 - parameters.means)),
            norm.logpdf(rows, parameters.means, np.sqrt(parameters.variances)),
        )
    return np.asarray(np.where(np.isnan(rows), 0.0, each).sum(axis=2))


def with_missing(X: FloatArray, share: float, seed: int = 0) -> FloatArray:
    """Return the rows with a share of their values missing."""
    hidden = np.random.default_rng(seed).random(X.shape) < share
    return np.where(hidden, np.nan, X)


@dataclass(frozen=True)
class Enumerated:
    """Exact answers for one user.

    `filtered` and `probabilities` have shape (T, K): the probability of each state,
    given the weeks so far and given all weeks.
    """

    log_likelihood: float
    filtered: FloatArray
    probabilities: FloatArray
    expected_moves: FloatArray
    best_path: IntArray
    best_log_likelihood: float


def enumerate_paths(parameters: HMMParameters, X: FloatArray) -> Enumerated:
    """Sum over all K^T paths of one user's rows, shape (T, D)."""
    n_states, n_weeks = parameters.n_states, len(X)
    paths = np.array(list(itertools.product(range(n_states), repeat=n_weeks)))
    joint = _joint_by_week(parameters, X, paths)
    log_likelihood = float(logsumexp(joint[:, -1]))
    weights = np.exp(joint[:, -1] - log_likelihood)
    probabilities = np.zeros((n_weeks, n_states))
    moves = np.zeros((n_states, n_states))
    for path, weight in zip(paths, weights, strict=True):
        probabilities[np.arange(n_weeks), path] += weight
        np.add.at(moves, (path[:-1], path[1:]), weight)
    # Every start of a path is repeated equally often, so the shares stay correct.
    filtered = np.zeros((n_weeks, n_states))
    for week in range(n_weeks):
        so_far = np.exp(joint[:, week] - joint[:, week].max())
        np.add.at(filtered[week], paths[:, week], so_far)
    best = int(joint[:, -1].argmax())
    return Enumerated(
        log_likelihood=log_likelihood,
        filtered=filtered / filtered.sum(axis=1, keepdims=True),
        probabilities=probabilities,
        expected_moves=moves,
        best_path=paths[best],
        best_log_likelihood=float(joint[best, -1]),
    )


def _joint_by_week(
    parameters: HMMParameters, X: FloatArray, paths: IntArray
) -> FloatArray:
    """Return log p(rows so far, path so far), shape (n_paths, T)."""
    with np.errstate(divide="ignore"):
        log_start = np.log(parameters.start_probabilities)
        log_transitions = np.log(parameters.transition_matrix)
    steps = log_densities(parameters, X)[np.arange(len(X)), paths]
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
