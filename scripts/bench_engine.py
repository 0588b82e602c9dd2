"""Time the estimator against hmmlearn, as ratios in one run.

python scripts/bench_engine.py [--users N] [--rounds N] [--sweep] ...

Both get the same rows, drawn from a planted model: a set of 7 features like the
panel's, 4 of them 0 or 1, and one of 16. Users have 20 to 104 weeks. All features
are Gaussian, for hmmlearn has nothing else, and the variance floor is the same.

Ours works on all users; hmmlearn on the first of them only (`--rival-users`), and
its time is taken *per row*: it does one user after the other, so a row costs the
same however many users there are. It is left as it comes, with one core for its
loops. Contenders run in turn, in rounds, and medians are shown; "times as fast"
is the median of the rounds' ratios against hmmlearn's `scaling`.

`--sweep` runs the whole sweep on all users of the first set, and works out what
hmmlearn would take: benchmark/sweep.py says how, and what is taken for granted.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
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
from user_states.benchmarks.memory import in_own_process, measure_fit, save
from user_states.benchmarks.planted import Sequences, draw
from user_states.benchmarks.steps import compare, time_packing, time_steps
from user_states.benchmarks.sweep import (
    counted_states,
    rival_sweep,
    run_ours,
    run_rival,
)
from user_states.console import run_command
from user_states.errors import UserError
from user_states.project_folder import PROJECT_FOLDER

# Binary and continuous features of the two sets.
SETS = ((4, 3), (4, 12))
PACKAGES = ("hmmlearn", "numba", "numpy", "scikit-learn")
SEED = 1


def main() -> None:
    """Measure everything, print the tables, and write them as JSON."""
    options = parse_arguments()
    result: dict[str, Any] = {
        "machine": describe_machine(),
        "options": {k: v for k, v in vars(options).items() if k != "output"},
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
            result[name] = measure_set(data, Path(folder), options)
            if options.sweep and (n_binary, n_continuous) == SETS[0]:
                result["sweep"] = measure_sweep(data, Path(folder), options)
    result["machine"]["load_at_end"] = psutil.getloadavg()
    show_load("end", result["machine"]["load_at_end"])
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, default=_as_json, indent=1) + "\n")


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, default=60_000, metavar="N")
    parser.add_argument(
        "--rival-users",
        type=int,
        default=3000,
        metavar="N",
        help="users that hmmlearn is timed on",
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--states", type=int, nargs="+", default=[4, 8, 13])
    parser.add_argument("--sweep", action="store_true", help="run the whole sweep too")
    parser.add_argument("--most-states", type=int, default=13, metavar="K")
    parser.add_argument("--starts", type=int, default=10, metavar="N")
    parser.add_argument(
        "--rival-fit-users",
        type=int,
        default=1500,
        metavar="N",
        help="users that hmmlearn is fitted to the end on, in the sweep",
    )
    parser.add_argument(
        "--output", type=Path, default=PROJECT_FOLDER / "target" / "bench_engine.json"
    )
    options = parser.parse_args(arguments)
    least = min(options.users, options.rival_users, options.rival_fit_users)
    if least < max(*options.states, options.most_states) or options.rounds < 1:
        raise UserError(
            f"got {least} users and {options.rounds} rounds; expected at least as many "
            "users as states, and one round: raise --users, --rival-users, "
            "--rival-fit-users or --rounds"
        )
    return options


def describe_machine() -> dict[str, Any]:
    """Return what the figures depend on, and when they were taken."""
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


def measure_set(
    data: Sequences, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Measure steps, agreement and memory on one set, and print them."""
    n_rows, n_features = data.X.shape
    print(f"\n{n_features} features, {len(data.lengths):,} users, {n_rows:,} rows")
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


def measure_sweep(
    data: Sequences, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Run our sweep, work out hmmlearn's, and print both."""
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
    """Return the processor's name, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "a processor without a name"


def _as_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


if __name__ == "__main__":
    sys.exit(run_command(main))
