"""The steps of using a model, each timed and compared with hmmlearn's."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from user_states.benchmarks.hmmlearn_rival import (
    IMPLEMENTATIONS,
    Implementation,
    our_iteration,
    rival_iteration,
    rival_of,
    rough_start,
)
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import default_threads

# Ratios are to this one: the faster of hmmlearn's two implementations.
_YARDSTICK = "hmmlearn scaling"
# The relative difference of a smaller posterior is not meaningful.
_LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class TimedContender:
    """Something that is timed.

    Attributes
    ----------
    name : str
    n_rows : int
        Rows that it works on.
    run : callable
        Does the work once and returns the seconds it took.
    """

    name: str
    n_rows: int
    run: Callable[[], float]


@dataclass(frozen=True)
class Timing:
    """How long one step took one contender.

    Attributes
    ----------
    step : str
    n_features, n_states : int
        D and K.
    contender : str
    n_rows : int
    seconds : float
        Median of the rounds.
    ns_per_row : float
    rows_per_second : float
    times_as_fast : float
        hmmlearn's time a row over this one's: the median of the rounds' ratios.
        Of hmmlearn's two implementations, `scaling`.
    """

    step: str
    n_features: int
    n_states: int
    contender: str
    n_rows: int
    seconds: float
    ns_per_row: float
    rows_per_second: float
    times_as_fast: float


@dataclass(frozen=True)
class RivalAgreement:
    """How far our results differ from hmmlearn's on the rows that it is timed on.

    Attributes
    ----------
    n_features, n_states : int
    implementation : str
        hmmlearn's.
    n_rows : int
    log_likelihood : float
        Relative difference.
    posteriors : float
        Largest absolute difference of a probability.
    posteriors_relative : float
        Largest relative difference of a probability of at least 1e-6.
    share_of_other_states : float
        Share of rows with another state on the best path.
    """

    n_features: int
    n_states: int
    implementation: str
    n_rows: int
    log_likelihood: float
    posteriors: float
    posteriors_relative: float
    share_of_other_states: float


def time_steps(
    data: Sequences, n_states: int, rival_users: int, rounds: int
) -> list[Timing]:
    """Time an EM iteration, best paths, posteriors and the filter.

    Ours work on all users, hmmlearn on the first ones.
    """
    parameters = rough_start(data, n_states, seed=n_states)
    packed = data.packed
    few = data.first(rival_users)
    steps = {
        "EM iteration": _em_iteration(parameters, packed, few),
        "best paths": _decoding(parameters, data, packed, few, "predict"),
        "posteriors": _decoding(parameters, data, packed, few, "predict_proba"),
        "filter": _decoding(parameters, data, packed, few, "filter_proba"),
    }
    return [
        timing
        for step, contenders in steps.items()
        for timing in in_turn(step, parameters, contenders, rounds)
    ]


def in_turn(
    step: str,
    parameters: HMMParameters,
    contenders: Sequence[TimedContender],
    rounds: int,
) -> list[Timing]:
    """Run all contenders in every round, and return each one's median.

    In turn, so that other work on the machine affects them equally.
    """
    seconds: dict[str, list[float]] = {one.name: [] for one in contenders}
    for _ in range(rounds):
        for one in contenders:
            seconds[one.name].append(one.run())
    rows = {one.name: one.n_rows for one in contenders}
    yardstick = [value / rows[_YARDSTICK] for value in seconds[_YARDSTICK]]
    return [
        Timing(
            step=step,
            n_features=parameters.n_features,
            n_states=parameters.n_states,
            contender=name,
            n_rows=rows[name],
            seconds=statistics.median(values),
            ns_per_row=1e9 * statistics.median(values) / rows[name],
            rows_per_second=rows[name] / statistics.median(values),
            times_as_fast=statistics.median(
                rival / (value / rows[name])
                for rival, value in zip(yardstick, values, strict=True)
            ),
        )
        for name, values in seconds.items()
    ]


def time_packing(data: Sequences, rounds: int) -> float:
    """Return the seconds that packing takes, which a fit does once."""
    return statistics.median(
        _seconds(partial(pack, data.X, data.lengths, data.densities))
        for _ in range(rounds)
    )


def compare(data: Sequences, n_states: int, rival_users: int) -> list[RivalAgreement]:
    """Compare results with both of hmmlearn's implementations."""
    parameters = rough_start(data, n_states, seed=n_states)
    few = data.first(rival_users)
    model = HiddenMarkovModel.from_parameters(parameters)
    smoothed = model.smooth(few.X, few.lengths)
    path = model.predict(few.X, few.lengths)
    agreements = []
    for implementation in IMPLEMENTATIONS:
        rival = rival_of(parameters, implementation, len(few.X))
        score, posteriors = rival.score_samples(few.X, few.lengths)
        apart = np.abs(smoothed.probabilities - posteriors)
        is_large = posteriors >= _LEAST_PROBABILITY
        agreements.append(
            RivalAgreement(
                n_features=parameters.n_features,
                n_states=n_states,
                implementation=implementation,
                n_rows=len(few.X),
                log_likelihood=abs(smoothed.log_likelihood / score - 1.0),
                posteriors=float(apart.max()),
                posteriors_relative=float(
                    (apart[is_large] / posteriors[is_large]).max()
                ),
                share_of_other_states=float(
                    np.mean(path != rival.predict(few.X, few.lengths))
                ),
            )
        )
    return agreements


def thread_counts() -> list[int]:
    """Return 1 and the number of cores."""
    return sorted({1, default_threads()})


def _em_iteration(
    parameters: HMMParameters, packed: PackedSequences, few: Sequences
) -> list[TimedContender]:
    ours = [
        TimedContender(
            _threads_name(n_threads),
            packed.n_rows,
            partial(our_iteration, parameters, packed, n_threads),
        )
        for n_threads in thread_counts()
    ]
    rivals = [
        TimedContender(
            rival_name(implementation),
            len(few.X),
            partial(rival_iteration, parameters, implementation, few),
        )
        for implementation in IMPLEMENTATIONS
    ]
    return ours + rivals


def _decoding(
    parameters: HMMParameters,
    data: Sequences,
    packed: PackedSequences,
    few: Sequences,
    method: str,
) -> list[TimedContender]:
    """Return contenders for a method; in place of a filter, hmmlearn has posteriors."""
    n_rows = packed.n_rows
    contenders = []
    for n_threads in thread_counts():
        model = HiddenMarkovModel.from_parameters(parameters)
        model.n_threads = n_threads
        run = getattr(model, method)
        contenders.append(
            TimedContender(
                _threads_name(n_threads), n_rows, partial(_seconds, run, packed)
            )
        )
    contenders.append(
        TimedContender(
            "ours, packing included",
            n_rows,
            partial(_seconds, run, data.X, data.lengths),
        )
    )
    # hmmlearn's best paths are the same code in both implementations.
    is_path = method == "predict"
    rivals_method = "predict" if is_path else "predict_proba"
    for implementation in IMPLEMENTATIONS[: 1 if is_path else None]:
        rival = rival_of(parameters, implementation, len(few.X))
        run = getattr(rival, rivals_method)
        contenders.append(
            TimedContender(
                rival_name(implementation),
                len(few.X),
                partial(_seconds, run, few.X, few.lengths),
            )
        )
    return contenders


def rival_name(implementation: Implementation) -> str:
    """Return the name of hmmlearn in tables."""
    return f"hmmlearn {implementation}"


def _threads_name(n_threads: int) -> str:
    return f"ours, {n_threads} thread{'s' if n_threads > 1 else ''}"


def _seconds(run: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - started
