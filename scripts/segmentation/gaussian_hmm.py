"""hmmlearn's Gaussian HMM, with a floor under the variances that holds.

The likelihood of a Gaussian HMM has no maximum: a state that shrinks onto one
value of a feature drives it to infinity. A floor under every variance removes
those spurious maxima (Hathaway 1985, Annals of Statistics 13:795-800).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hmmlearn import _hmmc
from hmmlearn.base import ConvergenceMonitor
from hmmlearn.hmm import GaussianHMM
from hmmlearn.utils import log_normalize, normalize

from segmentation.arrays import (
    FloatArray,
    IntArray,
    check_sequences,
    sequence_slices,
    user_blocks,
)
from segmentation.parameters import HMMParameters

logger = logging.getLogger(__name__)

# hmmlearn's own default: a sum of squares added to every state's, as a prior.
_HMMLEARN_COVARS_PRIOR = 1e-2
# hmmlearn divides a state's sum of squares by at least this many rows; a state
# with less has no estimate of its own.
_LEAST_MASS = 1e-5
# A row whose largest density is beyond exp(±this) is rescaled before exp.
_LARGEST_LOG_DENSITY = 100.0
# Rows whose densities are computed at once: few enough to stay in the cache.
_BLOCK_ROWS = 500
# Rounding error of a log-likelihood, relative to its size and to the rows in it.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Smoothed:
    """What all of a user's weeks say about each of them.

    Attributes
    ----------
    log_likelihood : float
        Of all rows, in nats.
    probabilities : array, shape (n_rows, K)
        Of each state in each row, given all rows of the user.
    expected_moves : array, shape (K, K)
        Sum over users and weeks of P(state i, then state j | all rows of the
        user): the xi of Rabiner 1989 (Proceedings of the IEEE 77), eq. 37.
    """

    log_likelihood: float
    probabilities: FloatArray
    expected_moves: FloatArray


class EMMonitor(ConvergenceMonitor):  # type: ignore[misc]
    """Watches the log-likelihood from one EM iteration to the next.

    Unlike hmmlearn's, it does not call a fit converged that ran out of
    iterations, and it measures a decrease against rounding error.

    Parameters
    ----------
    tolerance : float
        Converged once an iteration gains less than this, in nats a row.
    n_rows : int
        Rows of the data.
    n_iter : int
        Iterations at most.
    on_iteration : callable, optional
        Called with the iteration's number and its log-likelihood.
    """

    def __init__(
        self,
        tolerance: float,
        n_rows: int,
        n_iter: int,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> None:
        super().__init__(tolerance * n_rows, n_iter, verbose=False)
        self.n_rows = n_rows
        self.on_iteration = on_iteration

    @property
    def gain(self) -> float:
        """Gain of the last iteration in nats, infinite before the second."""
        if len(self.history) < 2:
            return np.inf
        return float(self.history[-1] - self.history[-2])

    @property
    def has_decreased(self) -> bool:
        """Whether the last iteration lost more than rounding explains."""
        if not self.history:
            return False
        return bool(self.gain < -_ROUNDING * (self.n_rows + abs(self.history[-1])))

    def report(self, log_prob: float) -> None:
        """Take in the log-likelihood of one more iteration."""
        self.history.append(float(log_prob))
        self.iter += 1
        if self.has_decreased:
            logger.warning(
                "EM lost %.3g nats in iteration %d; it is stopped there",
                -self.gain,
                self.iter,
            )
        if self.on_iteration is not None:
            self.on_iteration(self.iter, self.history[-1])

    @property
    def converged(self) -> bool:
        """Whether the last iteration gained less than the tolerance.

        `fit` asks this to know when to stop, so a decrease stops it too; see
        `FlooredGaussianHMM.converged_` for whether the fit is a good one.
        """
        return bool(self.gain < self.tol)


class FlooredGaussianHMM(GaussianHMM):  # type: ignore[misc]
    """Gaussian HMM with diagonal covariances, none below a floor.

    The M-step clips every variance at the floor. For a state's responsibilities
    the expected log-likelihood in a variance v is -n/2 (log v + s/v), with s the
    weighted mean square about the mean: it rises up to v = s and falls after, so
    on v >= floor its maximum is max(s, floor), at the same mean. EM therefore
    still never lowers the likelihood.

    With the floor at 0 this is hmmlearn's `GaussianHMM`, to the last digit, with
    its prior on variances. Above 0 the floor takes that prior's place, and the
    fit is maximum likelihood.

    Where hmmlearn turns to NaN or stops, this goes on: a state without rows, or
    that is never left, keeps its emissions and its row of the transition matrix
    (which cannot lower the likelihood either), and a user whose densities
    underflow is computed in logarithms.

    Parameters
    ----------
    n_components : int
        Number of states, K.
    variance_floor : float or array, shape (D,)
        Least variance of each feature, in squared units of `X`.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    n_iter : int
        EM iterations at most.
    on_iteration : callable, optional
        Called with each iteration's number and log-likelihood.
    random_state, params, init_params
        As in hmmlearn.

    Attributes
    ----------
    converged_ : bool
        Whether the last iteration gained less than the tolerance, and did not
        lose.
    history_ : list of float
        Log-likelihood in nats before each M-step.
    """

    startprob_: FloatArray
    transmat_: FloatArray
    means_: FloatArray
    _covars_: FloatArray

    def __init__(
        self,
        n_components: int = 1,
        variance_floor: float | npt.ArrayLike = 0.0,
        *,
        tolerance: float = 1e-5,
        n_iter: int = 300,
        on_iteration: Callable[[int, float], None] | None = None,
        random_state: int | None = None,
        params: str = "stmc",
        init_params: str = "stmc",
    ) -> None:
        super().__init__(
            n_components,
            covariance_type="diag",
            covars_prior=np.where(
                np.asarray(variance_floor) > 0, 0.0, _HMMLEARN_COVARS_PRIOR
            ),
            n_iter=n_iter,
            random_state=random_state,
            params=params,
            init_params=init_params,
            implementation="scaling",
        )
        self.variance_floor = variance_floor
        self.tolerance = tolerance
        self.on_iteration = on_iteration

    @classmethod
    def from_parameters(
        cls, parameters: HMMParameters, **settings: Any
    ) -> FlooredGaussianHMM:
        """Return a model that has these parameters, and starts a fit from them."""
        model = cls(parameters.n_states, init_params="", **settings)
        model.n_features = parameters.n_features
        model.startprob_ = parameters.start_probabilities.copy()
        model.transmat_ = parameters.transition_matrix.copy()
        model.means_ = parameters.means.copy()
        model._covars_ = np.maximum(parameters.variances, model.variance_floor)
        return model

    @property
    def parameters(self) -> HMMParameters:
        """The parameters as they are now, as a value of their own."""
        return HMMParameters(
            start_probabilities=self.startprob_.copy(),
            transition_matrix=self.transmat_.copy(),
            means=self.means_.copy(),
            variances=self._covars_.copy(),
        )

    @property
    def converged_(self) -> bool:
        """Whether the last fit ended at a maximum, as far as tolerance tells."""
        return bool(self.monitor_.converged and not self.monitor_.has_decreased)

    @property
    def history_(self) -> list[float]:
        """Log-likelihood of the last fit before each M-step, in nats."""
        return list(self.monitor_.history)

    def fit(self, X: FloatArray, lengths: IntArray) -> FlooredGaussianHMM:
        """Raise the likelihood of `X` by EM until it gains too little.

        Parameters
        ----------
        X : array, shape (n_rows, D)
            Rows of all users, each user's weeks in one block, in order of time.
        lengths : array of int, shape (n_users,)
            Rows of each user.
        """
        check_sequences(X, lengths)
        self.monitor_ = EMMonitor(
            self.tolerance, len(X), self.n_iter, self.on_iteration
        )
        super().fit(X, lengths)
        return self

    def smooth(self, X: FloatArray, lengths: IntArray) -> Smoothed:
        """Return state probabilities given all of each user's weeks.

        Parameters
        ----------
        X : array, shape (n_rows, D)
        lengths : array of int, shape (n_users,)
        """
        check_sequences(X, lengths)
        self._check()
        log_likelihood = 0.0
        probabilities = np.empty((len(X), self.n_components))
        expected_moves = np.zeros((self.n_components, self.n_components))
        for rows, smoothed in self._smooth_users(X, lengths):
            log_likelihood += smoothed.log_likelihood
            probabilities[rows] = smoothed.probabilities
            expected_moves += smoothed.expected_moves
        return Smoothed(log_likelihood, probabilities, expected_moves)

    def _smooth_users(
        self, X: FloatArray, lengths: IntArray
    ) -> Iterator[tuple[slice, Smoothed]]:
        """Yield each user's rows and `Smoothed`."""
        for block, block_lengths in user_blocks(lengths, _BLOCK_ROWS):
            log_densities = self._compute_log_likelihood(X[block])
            largest = log_densities.max(axis=1)
            # A shift of exactly 0 leaves hmmlearn's numbers as they are.
            shifts = np.where(np.abs(largest) > _LARGEST_LOG_DENSITY, largest, 0.0)
            densities = np.exp(log_densities - shifts[:, np.newaxis])
            for rows in sequence_slices(block_lengths):
                smoothed = _smooth_scaled(
                    self.startprob_, self.transmat_, densities[rows], shifts[rows]
                ) or _smooth_in_logarithms(
                    self.startprob_, self.transmat_, log_densities[rows]
                )
                start = block.start
                yield slice(start + rows.start, start + rows.stop), smoothed

    def _score(
        self,
        X: FloatArray,
        lengths: IntArray | None = None,
        *,
        compute_posteriors: bool,
    ) -> tuple[float, FloatArray]:
        """Answer hmmlearn's `score` and `predict_proba`."""
        if lengths is None:
            lengths = np.array([len(X)])
        if compute_posteriors:
            smoothed = self.smooth(X, lengths)
            return smoothed.log_likelihood, smoothed.probabilities
        check_sequences(X, lengths)
        log_likelihood = 0.0
        for _, user in self._smooth_users(X, lengths):
            log_likelihood += user.log_likelihood
        return log_likelihood, np.empty((0, self.n_components))

    def _do_estep(
        self, X: FloatArray, lengths: IntArray
    ) -> tuple[dict[str, Any], float]:
        """Return the sums over users that hmmlearn's M-step asks for."""
        stats = self._initialize_sufficient_statistics()
        log_likelihood = 0.0
        for rows, smoothed in self._smooth_users(X, lengths):
            log_likelihood += smoothed.log_likelihood
            probabilities, user = smoothed.probabilities, X[rows]
            stats["nobs"] += 1
            stats["start"] += probabilities[0]
            stats["trans"] += smoothed.expected_moves
            stats["post"] += probabilities.sum(axis=0)
            stats["obs"] += probabilities.T @ user
            stats["obs**2"] += probabilities.T @ user**2
        return stats, log_likelihood

    def _do_mstep(self, stats: dict[str, Any]) -> None:
        """Do hmmlearn's M-step, with the floor and without NaN."""
        transmat, means, variances = self.transmat_, self.means_, self._covars_
        with np.errstate(divide="ignore", invalid="ignore"):
            super()._do_mstep(stats)
        unvisited = (stats["post"] < _LEAST_MASS)[:, np.newaxis]
        self.means_ = np.where(unvisited, means, self.means_)
        self._covars_ = np.maximum(
            np.where(unvisited, variances, self._covars_), self.variance_floor
        )
        never_left = (stats["trans"].sum(axis=1) < _LEAST_MASS)[:, np.newaxis]
        self.transmat_ = np.where(never_left, transmat, self.transmat_)


def _smooth_scaled(
    start_probabilities: FloatArray,
    transition_matrix: FloatArray,
    densities: FloatArray,
    shifts: FloatArray,
) -> Smoothed | None:
    """Smooth one user by hmmlearn's scaled recursions (fast).

    Parameters
    ----------
    densities : array, shape (n_weeks, K)
        Densities of the user's rows, each row divided by the exponential of its
        entry in `shifts`, shape (n_weeks,).

    Returns
    -------
    Smoothed or None
        None if a probability under- or overflowed.
    """
    try:
        log_likelihood, forward, scales = _hmmc.forward_scaling(
            start_probabilities, transition_matrix, densities
        )
    except ValueError:  # "forward pass failed with underflow"
        return None
    backward = _hmmc.backward_scaling(
        start_probabilities, transition_matrix, densities, scales
    )
    with np.errstate(invalid="ignore", over="ignore"):
        probabilities = forward * backward
        normalize(probabilities, axis=1)
    if not np.isfinite(probabilities).all():
        return None
    expected_moves = _hmmc.compute_scaling_xi_sum(
        forward, transition_matrix, backward, densities
    )
    return Smoothed(log_likelihood + shifts.sum(), probabilities, expected_moves)


def _smooth_in_logarithms(
    start_probabilities: FloatArray,
    transition_matrix: FloatArray,
    log_densities: FloatArray,
) -> Smoothed:
    """Smooth one user by hmmlearn's logarithmic recursions (slow, and safe)."""
    log_likelihood, forward = _hmmc.forward_log(
        start_probabilities, transition_matrix, log_densities
    )
    backward = _hmmc.backward_log(start_probabilities, transition_matrix, log_densities)
    log_probabilities = forward + backward
    log_normalize(log_probabilities, axis=1)
    log_moves = _hmmc.compute_log_xi_sum(
        forward, transition_matrix, backward, log_densities
    )
    return Smoothed(log_likelihood, np.exp(log_probabilities), np.exp(log_moves))
