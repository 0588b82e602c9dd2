"""Fit a model from several starts, and keep the best.

EM from every start on all rows is mostly wasted: starts that end in a poor
optimum show it on a few users as well. So the starts run on the first users
only, and the best of them goes on with all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from errors import UserError
from segmentation.arrays import FloatArray, IntArray, check_sequences
from segmentation.engine import SequenceModel, sequence_model
from segmentation.initialisation import initial_parameters
from segmentation.parameters import HMMParameters

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class StartRecord:
    """How one start ended, on the users of the starts.

    Attributes
    ----------
    start : int
        Number of the start, from 0.
    log_likelihood_per_row : float
        In nats a user-week.
    n_iterations : int
        EM iterations done.
    converged : bool
        Whether the last iteration gained less than the tolerance.
    n_floor_hits : int
        Variances, of K × D, that lie at the floor.
    """

    start: int
    log_likelihood_per_row: float
    n_iterations: int
    converged: bool
    n_floor_hits: int


@dataclass(frozen=True, eq=False)
class FitResult:
    """The best start, after EM on all rows.

    Attributes
    ----------
    parameters : HMMParameters
        In scaled units; states in no particular order.
    log_likelihood : float
        Of all rows under `parameters`, in nats.
    n_users, n_rows : int
        What it was fitted on.
    start : int
        Number of the start that it came from.
    n_iterations : int
        EM iterations on all rows.
    converged : bool
        Whether the last iteration on all rows gained less than the tolerance.
    history : tuple of float
        Log-likelihood of all rows before each of these iterations, in nats.
    n_floor_hits : int
        Variances, of K × D, that lie at the floor.
    starts : tuple of StartRecord
        Every start, by number.
    """

    parameters: HMMParameters
    log_likelihood: float
    n_users: int
    n_rows: int
    start: int
    n_iterations: int
    converged: bool
    history: tuple[float, ...]
    n_floor_hits: int
    starts: tuple[StartRecord, ...]


@dataclass(frozen=True, eq=False)
class FitSettings:
    """How to fit; the vars hmm_* of dbt_project.yml.

    Attributes
    ----------
    variance_floor : float or array, shape (D,)
        Least variance of a feature in a state, in squared scaled units.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    max_iterations : int
        EM iterations at most, for a start and again on all rows.
    start_users : int
        Users on whom the starts run.
    """

    variance_floor: float | FloatArray = 0.01
    tolerance: float = 1e-5
    max_iterations: int = 300
    start_users: int = 2000


def fit_starts(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    n_starts: int,
    seed: int,
    settings: FitSettings | None = None,
    *,
    n_jobs: int = 2,
    on_progress: Progress | None = None,
) -> FitResult:
    """Fit from `n_starts` starts on the first users, and the best of them on all.

    The result depends on the data, the settings and the seed, not on `n_jobs`.

    Parameters
    ----------
    X : array, shape (n_rows, D)
        Scaled rows of all users, each user's weeks in one block, in order of
        time, and the users in random order: the starts see the first ones only.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    n_states : int
        Number of states, K.
    n_starts : int
        Number of starts.
    seed : int
        Non-negative.
    settings : FitSettings, optional
    n_jobs : int
        Processes that run starts.
    on_progress : callable, optional
        Called with the starts done, their number plus one (the last step is the
        fit on all rows), and a few words.

    Raises
    ------
    UserError
        If there is too little data for so many states, or a number is out of
        range.
    """
    settings = settings or FitSettings()
    progress = on_progress or _silent
    check_sequences(X, lengths)
    check_enough_data(X, lengths, n_states)
    if n_starts < 1 or seed < 0:
        raise UserError(
            f"got {n_starts} starts and seed {seed}; expected at least one start "
            "and a seed of 0 or more"
        )
    first_lengths = lengths[: settings.start_users]
    first_X = X[: first_lengths.sum()]
    calls = (
        delayed(_run_start)(first_X, first_lengths, n_states, start, seed, settings)
        for start in range(n_starts)
    )
    parallel = Parallel(n_jobs=min(n_jobs, n_starts), return_as="generator_unordered")
    ended = []
    for record, parameters in parallel(calls):
        ended.append((record, parameters))
        progress(len(ended), n_starts + 1, _describe_start(record))
    # By number, so that equal starts are chosen between in the same way always.
    ended.sort(key=lambda pair: pair[0].start)
    best, parameters = max(ended, key=lambda pair: pair[0].log_likelihood_per_row)
    records = tuple(record for record, _ in ended)
    result = _polish(X, lengths, parameters, best.start, records, settings, progress)
    progress(n_starts + 1, n_starts + 1, _describe_fit(result))
    return result


def check_enough_data(X: FloatArray, lengths: IntArray, n_states: int) -> None:
    """Raise UserError if so many states cannot be learned from so little.

    Parameters
    ----------
    X : array, shape (n_rows, D)
    lengths : array of int, shape (n_users,)
    n_states : int
        Number of states, K.
    """
    if n_states < 1:
        raise UserError(f"got {n_states} states; expected at least 1")
    if len(lengths) < n_states:
        raise UserError(
            f"got {len(lengths)} users for {n_states} states; expected at least as "
            "many users as states: ask for fewer states, or load more users"
        )
    n_parameters = count_parameters(n_states, X.shape[1])
    if len(X) < n_parameters:
        raise UserError(
            f"got {len(X)} user-weeks for {n_states} states, which have "
            f"{n_parameters} free parameters; expected at least as many user-weeks: "
            "ask for fewer states or features, or load more rides"
        )


def count_parameters(n_states: int, n_features: int) -> int:
    """Return the number of free parameters, K - 1 + K (K - 1) + 2 K D.

    Start probabilities, transition matrix, means and variances. A variance at
    its floor and a state without rows are counted like any other.
    """
    return n_states - 1 + n_states * (n_states - 1) + 2 * n_states * n_features


def count_floor_hits(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> int:
    """Return the number of variances, of K × D, that lie at the floor."""
    return int(np.count_nonzero(at_floor(parameters, variance_floor)))


def at_floor(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> npt.NDArray[np.bool_]:
    """Return, shape (K, D), which variances lie at the floor."""
    floor = np.asarray(variance_floor)
    # A floor of 0 is none. The margin allows for one rounding.
    return (parameters.variances <= floor * (1.0 + 1e-12)) & (floor > 0)


def _run_start(
    X: FloatArray,
    lengths: IntArray,
    n_states: int,
    start: int,
    seed: int,
    settings: FitSettings,
) -> tuple[StartRecord, HMMParameters]:
    # One numerical thread: the starts share the cores among themselves, and
    # the order of sums must not depend on how many run at once.
    with threadpool_limits(limits=1):
        initial = initial_parameters(
            X, lengths, n_states, start, seed, settings.variance_floor
        )
        model = _untrained(initial, settings)
        model.fit(X, lengths)
        log_likelihood = model.score(X, lengths)
    record = StartRecord(
        start=start,
        log_likelihood_per_row=float(log_likelihood) / len(X),
        n_iterations=len(model.history_),
        converged=model.converged_,
        n_floor_hits=count_floor_hits(model.parameters, settings.variance_floor),
    )
    return record, model.parameters


def _polish(
    X: FloatArray,
    lengths: IntArray,
    parameters: HMMParameters,
    start: int,
    records: tuple[StartRecord, ...],
    settings: FitSettings,
    progress: Progress,
) -> FitResult:
    """Go on from the best start with all rows."""

    def report(iteration: int, log_likelihood: float) -> None:
        progress(
            len(records),
            len(records) + 1,
            f"all users, iteration {iteration}: "
            f"{log_likelihood / len(X):.5f} nats a user-week",
        )

    model = _untrained(parameters, settings, report)
    with threadpool_limits(limits=1):
        model.fit(X, lengths)
        log_likelihood = model.score(X, lengths)
    return FitResult(
        parameters=model.parameters,
        log_likelihood=float(log_likelihood),
        n_users=len(lengths),
        n_rows=len(X),
        start=start,
        n_iterations=len(model.history_),
        converged=model.converged_,
        history=tuple(model.history_),
        n_floor_hits=count_floor_hits(model.parameters, settings.variance_floor),
        starts=records,
    )


def _untrained(
    parameters: HMMParameters,
    settings: FitSettings,
    on_iteration: Callable[[int, float], None] | None = None,
) -> SequenceModel:
    return sequence_model(
        parameters,
        variance_floor=settings.variance_floor,
        tolerance=settings.tolerance,
        max_iterations=settings.max_iterations,
        on_iteration=on_iteration,
    )


def _silent(done: int, total: int, text: str) -> None:
    """Say nothing."""


def _describe_start(record: StartRecord) -> str:
    ended = "converged" if record.converged else "not converged"
    return (
        f"start {record.start}: {record.log_likelihood_per_row:.5f} nats a "
        f"user-week, {ended} after {record.n_iterations} iterations"
    )


def _describe_fit(result: FitResult) -> str:
    ended = "converged" if result.converged else "not converged"
    return (
        f"all users from start {result.start}: "
        f"{result.log_likelihood / result.n_rows:.5f} nats a user-week, {ended} "
        f"after {result.n_iterations} iterations"
    )
