"""The estimator timed against hmmlearn, as ratios in one run.

Both get the same rows, drawn from a known model: a set of 7 features like those of the
panel, 4 of them 0 or 1, and a set of 16. Users have 20 to 104 weeks. All features are
Gaussian, because hmmlearn has no Bernoulli features. The variance floor is the same.

Ours works on all users. hmmlearn works on the first of them only, and its time is taken
*per row*: it handles one user after the other, so a row costs the same however many
users there are. It runs as installed, with one core for its loops. Contenders run in
turn, in rounds, and medians are shown; "times as fast" is the median of the rounds'
ratios to hmmlearn's `scaling`.

The features that the project reads by default are timed too: a count, ten parts and two
shares, with 1, 3 and 5 levels and eight states. hmmlearn has no such features: its
compiled recursions get densities from NumPy, level by level (weekly_rival.py).

The whole sweep runs on all users of the first set; sweep.py says how hmmlearn's time
for it is extrapolated, and what is assumed.
"""

from __future__ import annotations

import platform
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from user_states.benchmarks.benchmark_report import (
    show_agreements,
    show_first_calls,
    show_load,
    show_machine,
    show_memory,
    show_sweep,
    show_timings,
)
from user_states.benchmarks.first_call import measure_first_calls
from user_states.benchmarks.hmmlearn_rival import IMPLEMENTATIONS
from user_states.benchmarks.level_timings import time_levels
from user_states.benchmarks.memory import in_own_process, measure_fit, save
from user_states.benchmarks.planted_users import draw
from user_states.benchmarks.step_timings import compare, time_packing, time_steps
from user_states.benchmarks.sweep import (
    counted_states,
    rival_sweep,
    run_ours,
    run_rival,
)
from user_states.errors import UserError
from user_states.hmm.sequences import Sequences

# Binary and continuous features of the two sets.
SETS = ((4, 3), (4, 12))
PACKAGES = ("hmmlearn", "numba", "numpy", "scikit-learn")
SEED = 1
# Users of the default features; more take more memory and change nothing.
MOST_LEVEL_USERS = 10_000


@dataclass(frozen=True)
class EngineOptions:
    """What is measured.

    Attributes
    ----------
    users : int
        Users that ours is timed on.
    rival_users : int
        Users that hmmlearn is timed on.
    rounds : int
    states : tuple of int
        Numbers of states that steps are timed for.
    sweep : bool
        Run the whole sweep too.
    most_states, starts : int
        Of the sweep.
    rival_fit_users : int
        Users that hmmlearn is fitted on until it converges, in the sweep.

    Raises
    ------
    UserError
        If there are fewer users than states, or no round.
    """

    users: int = 60_000
    rival_users: int = 3_000
    rounds: int = 5
    states: tuple[int, ...] = (4, 8, 13)
    sweep: bool = False
    most_states: int = 13
    starts: int = 10
    rival_fit_users: int = 1_500

    def __post_init__(self) -> None:
        least = min(self.users, self.rival_users, self.rival_fit_users)
        if least < max(*self.states, self.most_states) or self.rounds < 1:
            raise UserError(
                f"got {least} users and {self.rounds} rounds; expected at least as "
                "many users as states, and one round: raise --users, --rival-users, "
                "--rival-fit-users or --rounds"
            )


def run_benchmark(options: EngineOptions) -> dict[str, Any]:
    """Measure everything, print the tables, and return the figures."""
    result: dict[str, Any] = {
        "machine": _describe_machine(),
        "options": asdict(options),
    }
    show_machine(result["machine"])
    cold, warm = measure_first_calls()
    result["first_calls"] = {"empty_cache": cold, "full_cache": warm}
    show_first_calls(cold, warm)
    for n_binary, n_continuous in SETS:
        data = draw(options.users, n_binary, n_continuous, SEED)
        name = f"{data.X.shape[1]}_features"
        with tempfile.TemporaryDirectory(prefix="bench-engine-") as folder:
            save(data, Path(folder))
            result[name] = _measure_set(data, Path(folder), options)
            if options.sweep and (n_binary, n_continuous) == SETS[0]:
                result["sweep"] = _measure_sweep(data, Path(folder), options)
            if (n_binary, n_continuous) == SETS[0]:
                result["default_features"] = _measure_levels(options)
    result["machine"]["load_at_end"] = psutil.getloadavg()
    show_load("end", result["machine"]["load_at_end"])
    return result


def _describe_machine() -> dict[str, Any]:
    """Return what the timings depend on, and when they were taken."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "load_at_start": psutil.getloadavg(),
    }


def _measure_set(
    data: Sequences, folder: Path, options: EngineOptions
) -> dict[str, Any]:
    """Measure steps, agreement and memory on one set, and print them."""
    n_features = data.X.shape[1]
    print(f"\n{n_features} features, {data.n_users:,} users, {data.n_rows:,} rows")
    packing = time_packing(data, options.rounds)
    print(f"rows laid out for the estimator, once a fit, one thread: {packing:.2f} s")
    timings, agreements = [], []
    for n_states in options.states:
        timings += time_steps(data, n_states, options.rival_users, options.rounds)
        agreements += compare(data, n_states, options.rival_users)
    show_timings(timings)
    show_agreements(agreements)
    memory = in_own_process(measure_fit, folder, max(options.states))
    show_memory(memory)
    return {
        "packing_seconds": packing,
        "timings": timings,
        "agreements": agreements,
        "memory": memory,
    }


def _measure_levels(options: EngineOptions) -> dict[str, Any]:
    """Time the default features, and print them."""
    n_users = min(options.users, MOST_LEVEL_USERS)
    print(f"\nA count, ten parts and two shares, {n_users:,} users")
    timings = time_levels(n_users, options.rival_users, options.rounds, SEED)
    show_timings(timings)
    return {"users": n_users, "timings": timings}


def _measure_sweep(
    data: Sequences, folder: Path, options: EngineOptions
) -> dict[str, Any]:
    """Run our sweep, extrapolate hmmlearn's, and print both."""
    n_states = range(2, options.most_states + 1)
    ours = in_own_process(run_ours, folder, n_states, options.starts)
    runs = [
        run_rival(data, number, options.rival_fit_users, options.starts, n_checks=2)
        for number in counted_states(options.most_states)
    ]
    rivals = {
        implementation: rival_sweep(
            data,
            implementation,
            n_states,
            options.starts,
            runs,
            options.rival_users,
            options.rounds,
        )
        for implementation in IMPLEMENTATIONS
    }
    ratios = {
        implementation: sum(rival.seconds for rival in sweep) / ours.seconds
        for implementation, sweep in rivals.items()
    }
    show_sweep(ours, runs, rivals, ratios)
    return {
        "ours": ours,
        "rival_runs": runs,
        "rivals": rivals,
        "times_as_fast": ratios,
    }


def _processor() -> str:
    """Return the processor's name, if the system has one."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"
