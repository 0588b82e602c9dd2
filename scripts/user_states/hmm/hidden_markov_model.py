"""The estimator: a hidden Markov model of many users, in the scikit-learn shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from user_states.hmm import inference
from user_states.hmm.arrays import (
    FloatArray,
    IntArray,
    check_sequences,
    user_blocks,
)
from user_states.hmm.emissions import (
    COUNT_FLOOR,
    LEAST_MASS,
    estimate,
    log_prior,
    probabilities_above,
)
from user_states.hmm.extrapolation import Extrapolation
from user_states.hmm.fit_settings import (
    MAX_ITERATIONS,
    PROBABILITY_FLOOR,
    TOLERANCE,
    VARIANCE_FLOOR,
)
from user_states.hmm.inference import ExpectedStatistics, Smoothed
from user_states.hmm.initialisation import rough_from_kmeans
from user_states.hmm.levels import (
    estimate_levels,
    log_level_prior,
    state_beliefs,
    with_levels,
)
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import DensityLike, HMMParameters, as_densities
from user_states.hmm.sampling import sample_rows, sample_states
from user_states.hmm.threads import BLOCK_ROWS, in_order

logger = logging.getLogger(__name__)

# Rounding error of a log-likelihood, relative to its size and to the rows in it.
_ROUNDING = 1e-10

Data = FloatArray | PackedSequences


@dataclass(frozen=True, eq=False)
class _Reached:
    """Parameters, and their E-step.

    Attributes
    ----------
    parameters : HMMParameters
    statistics : ExpectedStatistics
    objective : float
        Log-likelihood plus the log-priors, which EM raises.
    """

    parameters: HMMParameters
    statistics: ExpectedStatistics
    objective: float


class HiddenMarkovModel(BaseEstimator):  # type: ignore[misc]
    """Hidden Markov model with features of several kinds, and levels of users.

    Features are independent of each other within a state; `Density` has their kinds.
    NaN means "not observed" and adds nothing to the likelihood. With Gaussian features
    only, the numbers are those of hmmlearn's `GaussianHMM(covariance_type="diag")`, to
    rounding. `HMMParameters` says what levels are.

    `X` is an array of shape (n_rows, n_data_columns): the rows of all users stacked,
    each user's weeks in order of time; the columns of the features as in `pack`.
    `lengths` is an array of shape (n_users,): the rows of each
    user. Without it all rows belong to one user. Methods also take packed data in
    place of both (`pack(X, lengths, densities)`, or `Sequences.packed`), which saves
    the packing of data that is used several times.

    Parameters
    ----------
    n_states : int
        Number of states, K.
    densities : sequence of Density or str, optional
        Of each feature; by default all Gaussian.
    n_levels : int, optional
        Number of levels, C; by default those of `initial`, or 1.
    variance_floor : float or array, shape (P,)
        Least variance of a Gaussian feature, in squared units of `X`; the default is
        meant for standardised features. Above 0 it removes the spurious maxima of
        states that shrink onto one value (Hathaway 1985, Annals of Statistics
        13:795-800).
    probability_floor : float
        A Bernoulli probability or a share is at least this far from 0 and from 1,
        and each probability of categories or parts at least this large.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row, of the
        log-likelihood plus the prior of the smoothed features (`log_prior`).
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
    jumps : bool
        Whether EM goes further where its last two steps point to (`Extrapolation`): it
        ends at the same optimum with half the iterations. By default each step is one
        of EM, as hmmlearn's.

    Attributes
    ----------
    parameters_ : HMMParameters
    log_likelihood_ : float
        Of the fitted data under `parameters_`, in nats.
    history_ : list of float
        Log-likelihood before each M-step; the last is `log_likelihood_`.
    n_iter_ : int
        Number of E-steps, also of those after which EM went back.
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
        n_levels: int | None = None,
        variance_floor: float | FloatArray = VARIANCE_FLOOR,
        probability_floor: float = PROBABILITY_FLOOR,
        tolerance: float = TOLERANCE,
        max_iterations: int = MAX_ITERATIONS,
        initial: HMMParameters | None = None,
        random_state: int = 0,
        n_threads: int | None = None,
        on_iteration: Callable[[int, float], None] | None = None,
        jumps: bool = False,
    ) -> None:
        self.n_states = n_states
        self.densities = densities
        self.n_levels = n_levels
        self.variance_floor = variance_floor
        self.probability_floor = probability_floor
        self.tolerance = tolerance
        self.max_iterations = max_iterations
        self.initial = initial
        self.random_state = random_state
        self.n_threads = n_threads
        self.on_iteration = on_iteration
        self.jumps = jumps

    @classmethod
    def from_parameters(cls, parameters: HMMParameters) -> HiddenMarkovModel:
        """Return a model that has these parameters, without a fit."""
        model = cls(
            parameters.n_states,
            densities=parameters.densities,
            n_levels=parameters.n_levels,
        )
        model.parameters_ = parameters
        return model

    def fit(self, X: Data, lengths: IntArray | None = None) -> HiddenMarkovModel:
        """Maximise the likelihood by EM (Baum and Welch), up to the tolerance."""
        packed, initial = self._beginning(X, lengths)
        self.history_, self.n_iter_, self.converged_ = [], 0, False
        floors = self.variance_floor, self.probability_floor
        now = self._reached(within_floors(initial, *floors), packed)
        self._accept(now)
        extrapolation = Extrapolation()
        while self.n_iter_ < self.max_iterations:
            before, now = now, self._reached(self._after(now, packed), packed)
            self._accept(now)
            if self._has_ended(now, before, packed.n_rows):
                break
            if self.jumps and self.n_iter_ < self.max_iterations:
                now = self._jumped(before, now, packed, extrapolation)
        self.parameters_ = now.parameters
        self.log_likelihood_ = self.history_[-1]
        return self

    def _reached(self, parameters: HMMParameters, packed: PackedSequences) -> _Reached:
        """Take the E-step at these parameters."""
        self.n_iter_ += 1
        statistics = inference.expected_statistics(parameters, packed, self.n_threads)
        prior = log_prior(parameters, packed.columns) + log_level_prior(parameters)
        return _Reached(parameters, statistics, statistics.log_likelihood + prior)

    def _accept(self, reached: _Reached) -> None:
        self.history_.append(reached.statistics.log_likelihood)
        if self.on_iteration is not None:
            self.on_iteration(self.n_iter_, self.history_[-1])

    def _after(self, reached: _Reached, packed: PackedSequences) -> HMMParameters:
        """Take the M-step."""
        return self._maximised(reached.statistics, reached.parameters, packed)

    def _jumped(
        self,
        before: _Reached,
        now: _Reached,
        packed: PackedSequences,
        extrapolation: Extrapolation,
    ) -> _Reached:
        """Return where a jump leads if it gains anything, else where EM is now."""
        parameters = extrapolation.jump(
            before.parameters, now.parameters, self._after(now, packed)
        )
        if parameters is None:
            return now
        floors = self.variance_floor, self.probability_floor
        far = self._reached(within_floors(parameters, *floors), packed)
        if not far.objective >= now.objective:
            extrapolation.failed()
            return now
        extrapolation.succeeded()
        self._accept(far)
        return far

    def score(self, X: Data, lengths: IntArray | None = None) -> float:
        """Return the log-likelihood in nats."""
        return inference.log_likelihood(*self._arguments(X, lengths))

    def decode(
        self, X: Data, lengths: IntArray | None = None
    ) -> tuple[float, IntArray]:
        """Return the best paths' log-probability, and the state in every row."""
        return inference.best_paths(*self._arguments(X, lengths))

    def predict(self, X: Data, lengths: IntArray | None = None) -> IntArray:
        """Return the state of each row on its user's most probable path.

        Arrays are packed a block of users at a time, each in its own thread, because
        packing all at once takes longer than the paths.
        """
        if isinstance(X, PackedSequences):
            return self.decode(X)[1]
        X, lengths = _rows(X, lengths)
        parameters = self._fitted()

        def states_of(block: tuple[slice, IntArray]) -> IntArray:
            rows, block_lengths = block
            packed = pack(X[rows], block_lengths, parameters.densities)
            return inference.best_paths(parameters, packed, n_threads=1)[1]

        blocks = user_blocks(lengths, BLOCK_ROWS)
        found = in_order(states_of, blocks, self.n_threads)
        return np.concatenate([np.empty(0, dtype=np.int64), *found])

    def predict_proba(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return each state's probability in each row, given all rows of the user."""
        return self.smooth(X, lengths).probabilities

    def filter_proba(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return each state's probability in each row, given the rows up to it."""
        levels = self.filter_levels(X, lengths)
        n_states = self._fitted().n_states
        if levels.shape[1] == n_states:
            return levels
        return np.minimum(state_beliefs(levels, n_states), 1.0)

    def filter_levels(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return the probability of each level and state, given the rows up to it.

        Returns
        -------
        array, shape (n_rows, C * K)
            Level by level: column c * K + k is level c and state k.
        """
        return inference.filtered(*self._arguments(X, lengths))

    def smooth_levels(self, X: Data, lengths: IntArray | None = None) -> FloatArray:
        """Return the same, given all rows of the user."""
        return inference.smoothed_levels(*self._arguments(X, lengths))

    def smooth(self, X: Data, lengths: IntArray | None = None) -> Smoothed:
        """Return `predict_proba`, `score`, the moves and the levels in one pass."""
        return inference.smoothed(*self._arguments(X, lengths))

    def sample(
        self, lengths: IntArray | Sequence[int], random_state: int = 0
    ) -> tuple[FloatArray, IntArray]:
        """Draw users from the model, each with a level.

        The m of a share, and the number of all parts, are the week's count (at most 7),
        or 1 in a model without a count.

        Parameters
        ----------
        lengths : sequence of int, shape (n_users,)
            Weeks of each user.
        random_state : int
            Seed.

        Returns
        -------
        X : array, shape (n_rows, n_data_columns)
        states : array of int, shape (n_rows,)
        """
        parameters = self._fitted()
        rng = np.random.default_rng(random_state)
        states = sample_states(parameters, np.asarray(lengths), rng)
        return sample_rows(parameters, np.asarray(lengths), states, rng), states

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
            if self.n_levels not in (None, self.initial.n_levels):
                raise ValueError(
                    f"got n_levels {self.n_levels} and initial parameters of "
                    f"{self.initial.n_levels} levels; expected the same number"
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
        rough = rough_from_kmeans(X, packed.lengths, self.n_states, densities, rng)
        n_levels = self.n_levels or 1
        return packed, with_levels(rough, n_levels) if n_levels > 1 else rough

    def _has_ended(self, now: _Reached, before: _Reached, n_rows: int) -> bool:
        """Return whether EM ends after this step, and set `converged_`."""
        gain = now.objective - before.objective
        allowed = _ROUNDING * (n_rows + abs(now.objective))
        if now.parameters.n_levels > 1:
            # The steps of the effects are not quite those of EM (estimate_levels).
            allowed += max(self.tolerance, 0.0) * n_rows
        if not gain >= -allowed:
            logger.warning(
                "EM lost %.3g nats in iteration %d; expected a gain: stopped there",
                -gain,
                self.n_iter_,
            )
            return True
        self.converged_ = bool(gain < self.tolerance * n_rows)
        return self.converged_

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
        weights, effects = before.level_weights, before.level_effects
        if before.n_levels > 1 and before.count_feature is not None:
            count = before.columns(before.count_feature)
            means[:, count], weights, effects = estimate_levels(
                statistics.levels,
                statistics.features.value[:, count],
                packed.columns.overall[count],
                before,
                min(self.probability_floor, COUNT_FLOOR),
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
            level_weights=weights,
            level_effects=effects,
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
    return replace(
        parameters,
        means=probabilities_above(
            parameters.means, parameters.densities, probability_floor
        ),
        variances=np.maximum(parameters.variances, variance_floor),
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
    X, lengths = _rows(X, lengths)
    return pack(X, lengths, densities or ("gaussian",) * X.shape[-1])


def _rows(X: FloatArray, lengths: IntArray | None) -> tuple[FloatArray, IntArray]:
    """Return the rows as floats, of one user without lengths."""
    X = np.asarray(X, dtype=np.float64)
    lengths = np.array([len(X)] if lengths is None else lengths, dtype=np.int64)
    check_sequences(X, lengths)
    return X, lengths
