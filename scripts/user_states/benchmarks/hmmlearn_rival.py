"""hmmlearn's model, made comparable, and how long an EM iteration takes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from hmmlearn.base import ConvergenceMonitor
from hmmlearn.hmm import GaussianHMM

from user_states.benchmarks.planted import Sequences
from user_states.hmm.arrays import FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel, within_floors
from user_states.hmm.initialisation import rough_from_kmeans
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters

Implementation = Literal["scaling", "log"]
IMPLEMENTATIONS: tuple[Implementation, ...] = ("scaling", "log")

# The least variance in all comparisons, and the iterations at most, as in ours.
VARIANCE_FLOOR = 0.1
TOLERANCE = 1e-5
MAX_ITERATIONS = 300

# Users whose clusters are the start: a few are enough.
_ROUGH_USERS = 2000


class _Stamps(ConvergenceMonitor):  # type: ignore[misc]
    """Notes when each iteration ended, and never stops one."""

    def __init__(self, n_iterations: int, clock: Callable[[], float]) -> None:
        super().__init__(-np.inf, n_iterations, verbose=False)
        self.clock = clock
        self.times: list[float] = []

    def report(self, log_prob: float) -> None:
        """Take in the end of an iteration."""
        self.times.append(self.clock())
        self.history.append(log_prob)
        self.iter += 1


class FlooredRival(GaussianHMM):  # type: ignore[misc]
    """hmmlearn's Gaussian HMM whose M-step clips variances at the floor.

    Without a floor the two would climb different likelihoods. hmmlearn's own
    prior on variances is off for the same reason. The clip costs next to nothing.
    """

    def _do_mstep(self, stats: dict[str, Any]) -> None:
        super()._do_mstep(stats)
        variances: FloatArray = self.__dict__["_covars_"]
        self._covars_ = np.maximum(variances, VARIANCE_FLOOR)


def rough_start(data: Sequences, n_states: int, seed: int) -> HMMParameters:
    """Return clusters by k-means of the first users, as states."""
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
        tol=TOLERANCE * n_rows,
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

    From the end of the first to the end of the second, so that nothing is in it
    that a fit does once.

    Parameters
    ----------
    parameters : HMMParameters
        Where the first iteration begins.
    implementation : str
    data : Sequences
    clock : callable, optional
        What tells the seconds: `time.thread_time` leaves out what others use of
        the machine.
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
        variance_floor=VARIANCE_FLOOR,
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
