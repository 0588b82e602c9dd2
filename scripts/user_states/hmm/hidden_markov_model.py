"""The estimator: a hidden Markov model of many users, in the scikit-learn shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from user_states.hmm import inference
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.emissions import LEAST_MASS, estimate
from user_states.hmm.fit_settings import (
    MAX_ITERATIONS,
    PROBABILITY_FLOOR,
    TOLERANCE,
    VARIANCE_FLOOR,
)
from user_states.hmm.inference import ExpectedStatistics, Smoothed
from user_states.hmm.initialisation import rough_from_kmeans
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import DensityLike, HMMParameters, as_densities

logger = logging.getLogger(__name__)

# Rounding error of a log-likelihood, relative to its size and to the rows in it.
_ROUNDING = 1e-10

Data = FloatArray | PackedSequences


class HiddenMarkovModel(BaseEstimator):  # type: ignore[misc]
    """Hidden Markov model with Gaussian and Bernoulli features.

    Features are independent of each other within a state. NaN means "not observed"
    and adds nothing to the likelihood. With Gaussian features only, the numbers are
    those of hmmlearn's `GaussianHMM(covariance_type="diag")`, to rounding.

    `X` is an array of shape (n_rows, D): the rows of all users stacked, each user's
    weeks in order of time. `lengths` is an array of shape (n_users,): the rows of each
    user. Without it all rows belong to one user. Methods also take packed data in
    place of both (`pack(X, lengths, densities)`, or `Sequences.packed`), which saves
    the packing of data that is used several times.

    Parameters
    ----------
    n_states : int
        Number of states, K.
    densities : sequence of str, optional
        `gaussian` or `bernoulli` for each feature; by default all Gaussian.
    variance_floor : float or array, shape (D,)
        Least variance of a Gaussian feature, in squared units of `X`; the default is
        meant for standardised features. Above 0 it removes the spurious maxima of
        states that shrink onto one value (Hathaway 1985, Annals of Statistics
        13:795-800).
    probability_floor : float
        A Bernoulli probability is at least this far from 0 and from 1.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    max_iterations : int
        Most EM iterations.
    initial : HMMParameters, optional
        Where EM begins; by default at clusters found by k-means.
    random_state : int
        Seed of the k-means.
    n_threads : int, optional
        By default all cores. Results do not depend on it.
    on_iteration : callable, optional
        Called with each iteration's number and log-likelihood in nats.

    Attributes
    ----------
    parameters_ : HMMParameters
    log_likelihood_ : float
        Of the fitted data under `parameters_`, in nats.
    history_ : list of float
        Log-likelihood before each M-step; the last is `log_likelihood_`.
    n_iter_ : int
        Number of E-steps.
    converged_ : bool
        Whether the last iteration gained less than the tolerance, without a loss.
    """

    parameters_: HMMParameters
    log_likelihood_: float
    history_: list[float]
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        n_states: int = 1,
        *,
        densities: Sequence[DensityLike] | None = None,
        variance_floor: float | FloatArray = VARIANCE_FLOOR,
        probability_floor: float = PROBABILITY_FLOOR,
        tolerance: float = TOLERANCE,
        max_iterations: int = MAX_ITERATIONS,
        initial: HMMParameters | None = None,
        random_state: int = 0,
        n_threads: int | None = None,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> None:
        self.n_states = n_states
        self.densities = densities
        self.variance_floor = variance_floor
        self.probability_floor = probability_floor
        self.tolerance = tolerance
        self.max_iterations = max_iterations
        self.initial = initial
        self.random_state = random_state
        self.n_threads = n_threads
        self.on_iteration = on_iteration

    @classmethod
    def from_parameters(cls, parameters: HMMParameters) -> HiddenMarkovModel:
        """Return a model that has these parameters, without a fit."""
        model = cls(parameters.n_states, densities=parameters.densities)
        model.parameters_ = parameters
        return model

    def fit(self, X: Data, lengths: IntArray | None = None) -> HiddenMarkovModel:
        """Maximise the likelihood by EM (Baum and Welch), up to the tolerance."""
        packed, initial = self._beginning(X, lengths)
        parameters = within_floors(initial, self.variance_floor, self.probability_floor)
        self.history_ = []
        self.converged_ = False
        while True:
            statistics = inference.expected_statistics(
                parameters, packed, self.n_threads
            )
            self.history_.append(statistics.log_likelihood)
            if self.on_iteration is not None:
                self.on_iteration(len(self.history_), self.history_[-1])
            if self._has_ended(packed.n_rows):
                break
            parameters = self._maximised(statistics, parameters, packed)
        self.parameters_ = parameters
        self.log_likelihood_ = self.history_[-1]
        self.n_iter_ = len(self.history_)
        return self

    def score(self, X: Data, lengths: IntArray | None = None) -> float:
        """Return the log-likelihood in nats."""
        return inference.log_likelihood(*self._arguments(X, lengths))

    def decode(
        self, X: Data, lengths: IntArray | None = None
    ) -> tuple[float, IntArray]:
        """Return the best paths' log-probability, and the state in every row."""
        return inference.best_paths(*self._arguments(X, lengths))

    def predict(self, X: Data, lengths: IntArray | None = None) -> IntArray:
        """Return the state of each row on its user's most probable path."""
        return self.decode(X, lengths)[1]

    def predict_proba(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return each state's probability in each row, given all rows of the user."""
        return self.smooth(X, lengths).probabilities

    def filter_proba(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return each state's probability in each row, given the rows up to it."""
        return inference.filtered(*self._arguments(X, lengths))

    def smooth(self, X: Data, lengths: IntArray | None = None) -> Smoothed:
        """Return `predict_proba`, `score` and the expected moves in one pass."""
        return inference.smoothed(*self._arguments(X, lengths))

    def sample(
        self, lengths: IntArray | Sequence[int], random_state: int = 0
    ) -> tuple[FloatArray, IntArray]:
        """Draw users from the model.

        Parameters
        ----------
        lengths : sequence of int, shape (n_users,)
            Weeks of each user.
        random_state : int
            Seed.

        Returns
        -------
        X : array, shape (n_rows, D)
        states : array of int, shape (n_rows,)
        """
        parameters = self._fitted()
        rng = np.random.default_rng(random_state)
        states = _sample_states(parameters, np.asarray(lengths), rng)
        means = parameters.means[states]
        gaussian = rng.normal(means, np.sqrt(parameters.variances[states]))
        coins = (rng.random(means.shape) < means).astype(np.float64)
        return np.where(parameters.is_bernoulli, coins, gaussian), states

    def _beginning(
        self, X: Data, lengths: IntArray | None
    ) -> tuple[PackedSequences, HMMParameters]:
        """Return the packed data and the parameters where EM begins."""
        if self.initial is not None:
            if self.initial.n_states != self.n_states:
                raise ValueError(
                    f"got n_states {self.n_states} and initial parameters of "
                    f"{self.initial.n_states} states; expected the same number"
                )
            return _packed(X, lengths, self.initial.densities), self.initial
        if isinstance(X, PackedSequences):
            raise ValueError(
                "got packed data without `initial`; expected arrays, or `initial`: "
                "k-means needs arrays"
            )
        packed = _packed(X, lengths, tuple(self.densities or ()))
        rng = np.random.default_rng(self.random_state)
        densities = packed.columns.densities
        return packed, rough_from_kmeans(
            X, packed.lengths, self.n_states, densities, rng
        )

    def _has_ended(self, n_rows: int) -> bool:
        """Return whether EM ends here, and set `converged_`."""
        if len(self.history_) > 1:
            gain = self.history_[-1] - self.history_[-2]
            rounding = _ROUNDING * (n_rows + abs(self.history_[-1]))
            if not gain >= -rounding:
                logger.warning(
                    "EM lost %.3g nats in iteration %d; expected a gain: stopped there",
                    -gain,
                    len(self.history_),
                )
                return True
            self.converged_ = bool(gain < self.tolerance * n_rows)
        return self.converged_ or len(self.history_) >= self.max_iterations

    def _maximised(
        self,
        statistics: ExpectedStatistics,
        before: HMMParameters,
        packed: PackedSequences,
    ) -> HMMParameters:
        """Return the parameters that maximise the expected log-likelihood.

        A state without weeks, or one that is never left, keeps its transition row.
        """
        means, variances = estimate(
            statistics.features,
            packed.columns,
            before,
            self.variance_floor,
            self.probability_floor,
        )
        leaving = statistics.moves.sum(axis=1, keepdims=True)
        transition_matrix = np.where(
            leaving < LEAST_MASS,
            before.transition_matrix,
            statistics.moves / np.maximum(leaving, LEAST_MASS),
        )
        return HMMParameters(
            start_probabilities=statistics.starts / statistics.starts.sum(),
            transition_matrix=transition_matrix,
            means=means,
            variances=variances,
            densities=before.densities,
        )

    def _fitted(self) -> HMMParameters:
        if not hasattr(self, "parameters_"):
            raise NotFittedError(
                "the model has no parameters yet; expected a fitted model: call fit"
            )
        return self.parameters_

    def _arguments(
        self, X: Data, lengths: IntArray | None
    ) -> tuple[HMMParameters, PackedSequences, int | None]:
        parameters = self._fitted()
        return parameters, _packed(X, lengths, parameters.densities), self.n_threads


def within_floors(
    parameters: HMMParameters,
    variance_floor: float | FloatArray,
    probability_floor: float,
) -> HMMParameters:
    """Return the parameters, moved up to the floors where they are below."""
    coin = parameters.is_bernoulli
    return HMMParameters(
        start_probabilities=parameters.start_probabilities,
        transition_matrix=parameters.transition_matrix,
        means=np.where(
            coin,
            np.clip(parameters.means, probability_floor, 1.0 - probability_floor),
            parameters.means,
        ),
        variances=np.maximum(parameters.variances, variance_floor),
        densities=parameters.densities,
    )


def _packed(
    X: Data, lengths: IntArray | None, densities: Sequence[DensityLike]
) -> PackedSequences:
    if isinstance(X, PackedSequences):
        # The columns depend on the densities: with others the numbers would be wrong.
        if densities and X.columns.densities != as_densities(densities):
            raise ValueError(
                f"got data packed as {X.columns.densities}; expected the model's "
                f"densities {tuple(densities)}: pack the rows with those"
            )
        return X
    X = np.asarray(X, dtype=np.float64)
    lengths = np.array([len(X)] if lengths is None else lengths, dtype=np.int64)
    return pack(X, lengths, densities or ("gaussian",) * X.shape[-1])


def _sample_states(
    parameters: HMMParameters, lengths: IntArray, rng: np.random.Generator
) -> IntArray:
    """Draw every user's path, week by week for all users at once."""
    starts = np.cumsum(lengths) - lengths
    states = np.empty(int(lengths.sum()), dtype=np.int64)
    cumulative = np.cumsum(parameters.transition_matrix, axis=1)
    cumulative_start = np.cumsum(parameters.start_probabilities)
    last = parameters.n_states - 1
    current = np.searchsorted(cumulative_start, rng.random(len(lengths)), side="right")
    for week in range(int(lengths.max(initial=0))):
        users = np.flatnonzero(lengths > week)
        if week > 0:
            draws = rng.random(len(users))[:, np.newaxis]
            current[users] = (cumulative[current[users]] <= draws).sum(axis=1)
        current = np.minimum(current, last)
        states[starts[users] + week] = current[users]
    return states
