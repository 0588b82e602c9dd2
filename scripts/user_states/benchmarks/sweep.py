"""The whole sweep over numbers of states, and the time hmmlearn would take for it.

Ours is run. hmmlearn's time is extrapolated, because running it would take hours:

    sum over K of  starts * iterations(K) * seconds a row and iteration(K) * rows

- The seconds are measured for every K, on the first users. They are the same for every
  row, because hmmlearn works on one user at a time. They are processor time, which
  other work on the machine does not change; ours are clock time, which it does.
- The iterations are counted for some K, on the first users: from k-means starts, with
  the benchmark's tolerance a row, our floor and our maximum of iterations, by
  `scaling`; `log` has the same numbers. For other K they are interpolated linearly.
  hmmlearn's default tolerance, 0.01 nats in total, is stricter.
- The same starts may need more or fewer iterations on all users. As a check, iterations
  of ours, which does the same as hmmlearn, are counted on all users from two starts.
- Making hmmlearn's starts costs nothing here, and none of its starts fails.
- hmmlearn has no split starts, short runs or starts on the first users, as ours has: it
  does what its users do, all starts on all rows.
"""

from __future__ import annotations

import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from user_states.benchmarks.hmmlearn_rival import (
    BENCHMARK_TOLERANCE,
    Implementation,
    log_likelihood_of,
    rival_iteration,
    rival_of,
    rough_start,
)
from user_states.benchmarks.memory import load, peak_memory
from user_states.console import progress_bar
from user_states.hmm import inference
from user_states.hmm.fit_result import FitResult
from user_states.hmm.fit_settings import START_USERS, FitSettings
from user_states.hmm.fitting import fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.inference import ExpectedStatistics
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences


@dataclass(frozen=True)
class OurSweep:
    """The cost of our sweep.

    Attributes
    ----------
    n_rows : int
    n_states : tuple of int
    n_starts : int
        Starts of each number of states, not counting the split.
    seconds : float
        Clock time from rows in memory to the last fit.
    processor_seconds : float
        Of all threads together: much less than `seconds` times the threads if other
        work used the machine.
    peak_bytes : int
        Of the process.
    e_steps : tuple of tuple
        Rows of a set of users, and the number of EM iterations on it: all users, the
        users of the starts, and those of the short runs.
    nats_per_row : tuple of float
        Of each number of states, on all users.
    """

    n_rows: int
    n_states: tuple[int, ...]
    n_starts: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    e_steps: tuple[tuple[int, int], ...]
    nats_per_row: tuple[float, ...]


@dataclass(frozen=True)
class RivalRuns:
    """hmmlearn's fits with one number of states, and ours on the same users.

    Attributes
    ----------
    n_states, n_users, n_rows : int
    iterations : tuple of int
        EM iterations until hmmlearn converged, or the maximum.
    n_failed : int
        Starts that ended in parameters that are not numbers.
    nats_per_row : float
        The best of hmmlearn's starts.
    our_nats_per_row : float
        Of our best, from as many starts; most starts run on a third of the users only.
    iterations_on_all : tuple of int
        As a check: iterations of ours, from such starts, on all users.
    """

    n_states: int
    n_users: int
    n_rows: int
    iterations: tuple[int, ...]
    n_failed: int
    nats_per_row: float
    our_nats_per_row: float
    iterations_on_all: tuple[int, ...]


@dataclass(frozen=True)
class RivalSweep:
    """The time hmmlearn would take with one number of states.

    Attributes
    ----------
    implementation : str
        hmmlearn's default is `log`.
    n_states : int
    ns_per_row : float
        Processor time of a row and EM iteration, measured.
    iterations : float
        Of a start: measured, or interpolated.
    seconds : float
        All starts on all users.
    """

    implementation: Implementation
    n_states: int
    ns_per_row: float
    iterations: float
    seconds: float


def run_ours(folder: Path, n_states: Sequence[int], n_starts: int) -> OurSweep:
    """Fit every number of states on the rows in the folder."""
    data = load(folder)
    started, processor_started = time.monotonic(), time.process_time()
    with _counted_e_steps() as e_steps, progress_bar(None, "sweep", "steps") as bar:

        def report(done: int, total: int, text: str) -> None:
            bar.total = total
            bar.update(done - bar.n)

        fits: list[FitResult] = [
            fit
            for _, fit in fit_each(
                data,
                n_states,
                n_starts,
                0,
                _settings(START_USERS),
                on_progress=report,
            )
        ]
    seconds = time.monotonic() - started
    processor_seconds = time.process_time() - processor_started
    return OurSweep(
        n_rows=data.n_rows,
        n_states=tuple(fit.parameters.n_states for fit in fits),
        n_starts=n_starts,
        seconds=seconds,
        processor_seconds=processor_seconds,
        peak_bytes=peak_memory(),
        e_steps=tuple(sorted(e_steps.items(), reverse=True)),
        nats_per_row=tuple(fit.log_likelihood / fit.n_rows for fit in fits),
    )


def counted_states(most_states: int) -> list[int]:
    """Return up to four numbers of states, for which iterations are counted."""
    return sorted({round(number) for number in np.linspace(2, most_states, 4)})


def run_rival(
    data: Sequences, n_states: int, n_users: int, n_starts: int, n_checks: int
) -> RivalRuns:
    """Fit hmmlearn until it converges on the first users, and ours on the same."""
    few = data.first(n_users)
    iterations, scores = [], []
    for seed in range(n_starts):
        model = rival_of(rough_start(few, n_states, seed), "scaling", len(few.X))
        model.fit(few.X, few.lengths)
        iterations.append(model.monitor_.iter)
        scores.append(log_likelihood_of(model, few))
    is_failed = np.isnan(scores)
    settings = _settings(max(n_users // 3, n_states))
    ((_, ours),) = fit_each(few, [n_states], n_starts, 0, settings)
    return RivalRuns(
        n_states=n_states,
        n_users=few.n_users,
        n_rows=few.n_rows,
        iterations=tuple(iterations),
        n_failed=int(is_failed.sum()),
        nats_per_row=math.nan if is_failed.all() else np.nanmax(scores) / len(few.X),
        our_nats_per_row=ours.log_likelihood / ours.n_rows,
        iterations_on_all=_iterations_on_all(data, n_states, n_checks),
    )


def rival_sweep(
    data: Sequences,
    implementation: Implementation,
    n_states: Sequence[int],
    n_starts: int,
    runs: Sequence[RivalRuns],
    rival_users: int,
    rounds: int,
) -> list[RivalSweep]:
    """Extrapolate hmmlearn's time for every number of states."""
    few = data.first(rival_users)
    counted = sorted(runs, key=lambda run: run.n_states)
    sweep = []
    for number in n_states:
        parameters = rough_start(data, number, seed=number)
        seconds = statistics.median(
            rival_iteration(parameters, implementation, few, time.thread_time)
            for _ in range(rounds)
        )
        iterations = float(
            np.interp(
                number,
                [run.n_states for run in counted],
                [statistics.mean(run.iterations) for run in counted],
            )
        )
        per_row = seconds / len(few.X)
        sweep.append(
            RivalSweep(
                implementation=implementation,
                n_states=number,
                ns_per_row=1e9 * per_row,
                iterations=iterations,
                seconds=n_starts * iterations * per_row * len(data.X),
            )
        )
    return sweep


@contextmanager
def _counted_e_steps() -> Iterator[Counter[int]]:
    """Count the E-steps of this process by number of rows."""
    e_steps: Counter[int] = Counter()
    real = inference.expected_statistics

    def counted(
        parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
    ) -> ExpectedStatistics:
        e_steps[packed.n_rows] += 1
        return real(parameters, packed, n_threads)

    with patch.object(inference, "expected_statistics", counted):
        yield e_steps


def _settings(start_users: int) -> FitSettings:
    return FitSettings(tolerance=BENCHMARK_TOLERANCE, start_users=start_users)


def _iterations_on_all(
    data: Sequences, n_states: int, n_starts: int
) -> tuple[int, ...]:
    return tuple(
        HiddenMarkovModel(
            n_states,
            tolerance=BENCHMARK_TOLERANCE,
            initial=rough_start(data, n_states, seed),
        )
        .fit(data.packed)
        .n_iter_
        for seed in range(n_starts)
    )
