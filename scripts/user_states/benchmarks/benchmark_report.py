"""The results of the benchmark as tables for a person to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.benchmarks.first_call import FirstCalls
from user_states.benchmarks.hmmlearn_rival import Implementation
from user_states.benchmarks.memory import FitMemory
from user_states.benchmarks.step_timings import RivalAgreement, Timing
from user_states.benchmarks.sweep import OurSweep, RivalRuns, RivalSweep
from user_states.console import format_table


def show_machine(machine: dict[str, Any]) -> None:
    """Print the machine, the versions and how busy it is."""
    print(
        f"{machine['date']}, {machine['system']} {machine['architecture']}, "
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    )
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items())
    print(f"Python {machine['python']}, {versions}")
    show_load("start", machine["load_at_start"])


def show_load(when: str, averages: Sequence[float]) -> None:
    """Print how busy the machine was, over 1, 5 and 15 minutes."""
    figures = ", ".join(f"{average:.1f}" for average in averages)
    print(f"load average at the {when}: {figures}", flush=True)


def show_first_calls(cold: FirstCalls, warm: FirstCalls) -> None:
    """Print what the first calls in a process cost."""
    _show(
        "First calls in a process, on a hundred rows, in seconds",
        ("compiled code", "import", "one EM iteration", "best paths", "filter", "all"),
        [
            (
                name,
                f"{calls.importing:.2f}",
                f"{calls.fit:.2f}",
                f"{calls.predict:.2f}",
                f"{calls.filter:.2f}",
                f"{calls.calls:.2f}",
            )
            for name, calls in (("none yet", cold), ("on disk", warm))
        ],
    )


def show_timings(timings: Sequence[Timing]) -> None:
    """Print how long each step took each contender."""
    _show(
        "Times a row; hmmlearn on fewer users, and its posteriors beside our filter",
        ("step", "K", "who", "rows", "s", "ns a row", "M rows a s", "times as fast"),
        [
            (
                timing.step,
                str(timing.n_states),
                timing.contender,
                f"{timing.n_rows:,}",
                f"{timing.seconds:.3f}",
                f"{timing.ns_per_row:.1f}",
                f"{timing.rows_per_second / 1e6:.2f}",
                f"{timing.times_as_fast:.1f}",
            )
            for timing in timings
        ],
    )


def show_agreements(agreements: Sequence[RivalAgreement]) -> None:
    """Print how far ours and hmmlearn's numbers lie apart."""
    _show(
        "Differences from hmmlearn on the rows it is timed on; relative ones of "
        "probabilities from 1e-6 on",
        (
            "K",
            "hmmlearn",
            "log-likelihood, relative",
            "posteriors",
            "posteriors, relative",
            "rows on another path",
        ),
        [
            (
                str(one.n_states),
                one.implementation,
                f"{one.log_likelihood:.1e}",
                f"{one.posteriors:.1e}",
                f"{one.posteriors_relative:.1e}",
                f"{one.share_of_other_states:.1e}",
            )
            for one in agreements
        ],
    )


def show_memory(memory: FitMemory) -> None:
    """Print the most memory that a fit held."""
    print(
        f"\nMost memory of a process that fits K = {memory.n_states} on "
        f"{memory.n_rows:,} rows: {memory.fit / 1e9:.2f} GB, of which the rows are "
        f"{memory.data / 1e9:.2f} GB and the libraries {memory.before / 1e9:.2f} GB"
    )


def show_sweep(
    ours: OurSweep,
    runs: Sequence[RivalRuns],
    rivals: Mapping[Implementation, Sequence[RivalSweep]],
    ratios: Mapping[Implementation, float],
) -> None:
    """Print our sweep, hmmlearn's, and what the latter is worked out from."""
    _show(
        "hmmlearn `scaling` run to the end on the first users, from k-means starts",
        (
            "K",
            "rows",
            "EM iterations",
            "failed",
            "check: ours on all users",
            "best nats a row",
            "ours on the same",
            "ours more by",
        ),
        [
            (
                str(run.n_states),
                f"{run.n_rows:,}",
                _range(run.iterations),
                str(run.n_failed),
                _range(run.iterations_on_all),
                f"{run.nats_per_row:.6f}",
                f"{run.our_nats_per_row:.6f}",
                f"{run.our_nats_per_row - run.nats_per_row:.1e}",
            )
            for run in runs
        ],
    )
    _show(
        f"What hmmlearn would take for {ours.n_starts} starts on {ours.n_rows:,} rows: "
        "starts × iterations × processor time a row × rows",
        ("hmmlearn", "K", "ns a row", "iterations a start", "hours"),
        [
            (
                rival.implementation,
                str(rival.n_states),
                f"{rival.ns_per_row:.0f}",
                f"{rival.iterations:.0f}",
                f"{rival.seconds / 3600:.2f}",
            )
            for sweep in rivals.values()
            for rival in sweep
        ],
    )
    worked_out = "".join(
        f"  hmmlearn {name}, worked out: "
        f"{sum(rival.seconds for rival in sweep) / 3600:.1f} h, "
        f"ours is {ratios[name]:.0f} times as fast\n"
        for name, sweep in rivals.items()
    )
    iterations = ", ".join(f"{n:,} on {rows:,} rows" for rows, n in ours.e_steps)
    n_rows = sum(n * rows for rows, n in ours.e_steps)
    print(
        f"\nThe sweep K = {ours.n_states[0]} to {ours.n_states[-1]}, {ours.n_starts} "
        f"starts each and a split, on {ours.n_rows:,} rows:\n"
        f"  ours, run: {ours.seconds:.0f} s ({ours.processor_seconds:.0f} s of "
        f"processor time), at most {ours.peak_bytes / 1e9:.2f} GB\n"
        f"{worked_out}"
        f"Our EM iterations: {iterations};\n"
        f"  {n_rows / 1e9:.1f} billion rows in all"
    )


def _show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}")
    print("\n".join(format_table(header, rows)), flush=True)


def _range(numbers: Sequence[int]) -> str:
    """Return the mean, the least and the most."""
    mean = sum(numbers) / len(numbers)
    return f"{mean:.0f} ({min(numbers)} to {max(numbers)})"
