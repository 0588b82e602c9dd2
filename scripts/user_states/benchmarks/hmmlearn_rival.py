"""hmmlearn's model made comparable, and the time of one of its EM iterations."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from hmmlearn.base import ConvergenceMonitor
from hmmlearn.hmm import GaussianHMM

from user_states.hmm.arrays import FloatArray
from user_states.hmm.fit_settings import MAX_ITERATIONS, VARIANCE_FLOOR
from user_states.hmm.hidden_markov_model import HiddenMarkovModel, within_floors
from user_states.hmm.initialisation import rough_from_kmeans
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences

Implementation = Literal["scaling", "log"]
IMPLEMENTATIONS: tuple[Implementation, ...] = ("scaling", "log")

# Tolerance of both in all comparisons, in nats a row: greater than the default of a
# fit, because hmmlearn takes hours as it is.
BENCHMARK_TOLERANCE = 1e-5

# Users whose clusters are the start: a few are enough.
_ROUGH_USERS = 2000


class _Stamps(ConvergenceMonitor):  # type: ignore[misc]
    """Records when each iteration ended, and never stops EM."""

    def __init__(self, n_iterations: int, clock: Callable[[], float]) -> None:
        super().__init__(-np.inf, n_iterations, verbose=False)
        self.clock = clock
        self.times: list[float] = []

    def report(self, log_prob: float) -> None:
        """Record the end of an iteration."""
        self.times.append(self.clock())
        self.history.append(log_prob)
        self.iter += 1


class FlooredRival(GaussianHMM):  # type: ignore[misc]
    """hmmlearn's Gaussian HMM whose M-step clips variances at the floor.

    Without it the two would maximise different likelihoods. hmmlearn's own prior on
    variances is off for the same reason. Clipping takes almost no time.
    """

    def _do_mstep(self, stats: dict[str, Any]) -> None:
        super()._do_mstep(stats)
        variances: FloatArray = self.__dict__["_covars_"]
        self._covars_ = np.maximum(variances, VARIANCE_FLOOR)


def rough_start(data: Sequences, n_states: int, seed: int) -> HMMParameters:
    """Return clusters of the first users, by k-means, as states."""
    few = data.first(_ROUGH_USERS)
    rough = rough_from_kmeans(
        few.X, few.lengths, n_states, few.densities, np.random.default_rng(seed)
    )
    return within_floors(rough, VARIANCE_FLOOR, 0.0)


def rival_of(
    parameters: HMMParameters, implementation: Implementation, n_rows: int
) -> FlooredRival:
    """Return hmmlearn's model with these parameters.

    Parameters
    ----------
    parameters : HMMParameters
        Where a fit begins.
    implementation : str
        `scaling` or `log`.
    n_rows : int
        Rows of a fit: its tolerance is in nats, ours in nats a row.
    """
    model = FlooredRival(
        parameters.n_states,
        covars_prior=0.0,
        init_params="",
        n_iter=MAX_ITERATIONS,
        tol=BENCHMARK_TOLERANCE * n_rows,
        implementation=implementation,
    )
    model.startprob_ = parameters.start_probabilities.copy()
    model.transmat_ = parameters.transition_matrix.copy()
    model.n_features = parameters.n_features
    model.means_ = parameters.means.copy()
    model.covars_ = parameters.variances.copy()
    return model


def rival_iteration(
    parameters: HMMParameters,
    implementation: Implementation,
    data: Sequences,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the seconds of hmmlearn's second EM iteration.

    From the end of the first to the end of the second, so that it contains nothing that
    a fit does only once.

    Parameters
    ----------
    parameters : HMMParameters
        Where the first iteration begins.
    implementation : str
    data : Sequences
    clock : callable, optional
        Clock in seconds. `time.thread_time` leaves out what other processes use.
    """
    model = rival_of(parameters, implementation, len(data.X))
    model.n_iter = 2
    model.monitor_ = _Stamps(2, clock)
    model.fit(data.X, data.lengths)
    first, second = model.monitor_.times
    return float(second - first)


def our_iteration(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int
) -> float:
    """Return the seconds from one E-step's end to the next one's: M and E."""
    times: list[float] = []
    HiddenMarkovModel(
        parameters.n_states,
        tolerance=0.0,
        max_iterations=2,
        initial=parameters,
        n_threads=n_threads,
        on_iteration=lambda iteration, score: times.append(time.perf_counter()),
    ).fit(packed)
    first, second = times
    return second - first


def log_likelihood_of(model: FlooredRival, data: Sequences) -> float:
    """Return the log-likelihood of the data in nats, NaN where hmmlearn failed."""
    parameters: tuple[FloatArray, ...] = (
        model.startprob_,
        model.transmat_,
        model.means_,
        model._covars_,
    )
    if not all(np.isfinite(values).all() for values in parameters):
        return float("nan")
    return float(model.score(data.X, data.lengths))
