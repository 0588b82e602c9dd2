"""The estimator's benchmark: what it counts, computes, prints and writes.

Speed itself is not tested.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import PROJECT
from user_states.benchmarks.hmmlearn_rival import (
    BENCHMARK_TOLERANCE,
    rival_iteration,
    rival_of,
    rough_start,
)
from user_states.benchmarks.memory import save
from user_states.benchmarks.planted_users import draw, draw_weekly
from user_states.benchmarks.step_timings import TimedContender, in_turn, thread_counts
from user_states.benchmarks.sweep import (
    RivalRuns,
    counted_states,
    rival_sweep,
    run_ours,
)
from user_states.benchmarks.weekly_rival import WeeklyRival
from user_states.hmm import inference
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import fit_each
from user_states.hmm.levels import with_levels

STATES = [2, 4]
# All users, those of the starts, and those of the short runs.
N_USERS = (2100, 2000, 300)
TINY = [
    "--users=60",
    "--rival-users=20",
    "--rival-fit-users=30",
    "--rounds=2",
    *["--states", "2", "4"],
    "--sweep",
    "--most-states=4",
    "--starts=2",
]


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/bench_engine.py", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """Return what a tiny run printed and what it wrote."""
    output = tmp_path_factory.mktemp("bench") / "folder" / "bench.json"
    done = run_bench(*TINY, f"--output={output}")
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(output.read_text("utf-8"))


def test_every_step_is_timed_for_every_contender(
    bench: tuple[str, dict[str, Any]],
) -> None:
    ours = {f"ours, {n} thread{'s' if n > 1 else ''}" for n in thread_counts()}
    packing = {"ours, packing included"}
    rivals = {"hmmlearn scaling", "hmmlearn log"}
    expected = {
        "EM iteration": ours | rivals,
        "best paths": ours | packing | {"hmmlearn scaling"},
        "posteriors": ours | packing | rivals,
        "filter": ours | packing | rivals,
    }
    for n_features in (7, 16):
        timings = bench[1][f"{n_features}_features"]["timings"]
        for n_states in STATES:
            for step, contenders in expected.items():
                found = [
                    timing["contender"]
                    for timing in timings
                    if (timing["n_states"], timing["step"]) == (n_states, step)
                ]
                assert sorted(found) == sorted(contenders)
        assert {timing["n_features"] for timing in timings} == {n_features}


def test_the_default_features_are_timed_for_every_number_of_levels(
    bench: tuple[str, dict[str, Any]],
) -> None:
    found = bench[1]["default_features"]
    assert found["users"] == 60
    names = [(timing["step"], timing["contender"]) for timing in found["timings"]]
    ours = [f"ours, {n} thread{'s' if n > 1 else ''}" for n in thread_counts()]
    assert names == [
        (f"EM iteration, {levels}", contender)
        for levels in ("1 level", "3 levels", "5 levels")
        for contender in [*ours, "hmmlearn scaling"]
    ]
    assert {timing["n_features"] for timing in found["timings"]} == {4}
    data, planted = draw_weekly(20, seed=1)
    assert data.X.shape[1] == 1 + 10 + 4
    assert planted.n_levels == 1
    first = np.cumsum(data.lengths) - data.lengths
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(data.X[:, 0])), first)


@pytest.mark.parametrize("n_levels", [1, 3, 5])
def test_the_rival_of_the_default_features_has_the_same_statistics(
    n_levels: int,
) -> None:
    data, planted = draw_weekly(30, seed=2)
    model = with_levels(planted, n_levels) if n_levels > 1 else planted
    rival = WeeklyRival(data).expected(model)
    ours = inference.expected_statistics(model, data.packed)
    assert rival.log_likelihood == pytest.approx(ours.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(rival.moves, ours.moves, rtol=1e-9, atol=1e-12)
    # The columns of the count, and those of the parts.
    np.testing.assert_allclose(
        rival.sums[:, :18], ours.features.value[:, :18], rtol=1e-9, atol=1e-12
    )


def test_times_are_compared_per_row(bench: tuple[str, dict[str, Any]]) -> None:
    for timing in bench[1]["7_features"]["timings"]:
        per_row = timing["seconds"] / timing["n_rows"]
        assert timing["ns_per_row"] == pytest.approx(1e9 * per_row)
        assert timing["rows_per_second"] == pytest.approx(1 / per_row)
        if timing["contender"] == "hmmlearn scaling":
            assert timing["times_as_fast"] == 1.0
        is_ours = timing["contender"].startswith("ours")
        # All 60 users, or the first 20, of at most 104 weeks.
        assert (timing["n_rows"] > 20 * 104) == is_ours


def test_the_numbers_equal_those_of_hmmlearn(bench: tuple[str, dict[str, Any]]) -> None:
    for name in ("7_features", "16_features"):
        agreements = bench[1][name]["agreements"]
        assert len(agreements) == 2 * len(STATES)
        for one in agreements:
            assert one["log_likelihood"] < 1e-9
            assert one["posteriors_relative"] < 1e-9
            assert one["share_of_other_states"] == 0.0


def test_the_first_process_compiles_and_the_next_uses_its_cache(
    bench: tuple[str, dict[str, Any]],
) -> None:
    calls = bench[1]["first_calls"]
    assert not calls["empty_cache"]["found_compiled"]
    assert calls["full_cache"]["found_compiled"]


def test_measured_memory_includes_the_rows(bench: tuple[str, dict[str, Any]]) -> None:
    for n_features in (7, 16):
        memory = bench[1][f"{n_features}_features"]["memory"]
        assert memory["data"] == memory["n_rows"] * n_features * 8
        assert memory["n_states"] == max(STATES)
        assert 10e6 < memory["before"] <= memory["fit"] < 2e9


def test_the_sweep_of_hmmlearn_is_computed_from_measurements(
    bench: tuple[str, dict[str, Any]],
) -> None:
    sweep = bench[1]["sweep"]
    ours = sweep["ours"]
    assert set(sweep["rivals"]) == {"scaling", "log"}
    for name, rivals in sweep["rivals"].items():
        assert ours["n_states"] == [rival["n_states"] for rival in rivals] == [2, 3, 4]
        for rival in rivals:
            assert rival["seconds"] == pytest.approx(
                2 * rival["iterations"] * rival["ns_per_row"] * 1e-9 * ours["n_rows"]
            )
        total = sum(rival["seconds"] for rival in rivals)
        assert sweep["times_as_fast"][name] == pytest.approx(total / ours["seconds"])
    for run in sweep["rival_runs"]:
        assert len(run["iterations"]) == 2
        assert run["n_failed"] == 0
        assert run["our_nats_per_row"] == pytest.approx(run["nats_per_row"], abs=1.0)


def test_what_is_printed(bench: tuple[str, dict[str, Any]]) -> None:
    printed, written = bench
    assert written["machine"]["date"] in printed
    for words in (
        "First calls in a process",
        "7 features, 60 users",
        "16 features, 60 users",
        "hmmlearn scaling",
        "Differences from hmmlearn",
        "Most memory of a process",
        "hmmlearn log, worked out",
        "load average at the end",
    ):
        assert words in printed
    assert "output" not in written["options"]


def test_too_few_users_are_an_error(tmp_path: Path) -> None:
    done = run_bench("--users=3", f"--output={tmp_path / 'bench.json'}")
    assert done.returncode == 1
    assert "got 3 users" in done.stderr
    assert not (tmp_path / "bench.json").exists()


def test_ratios_compare_times_of_the_same_round() -> None:
    def contender(name: str, n_rows: int, *seconds: float) -> TimedContender:
        left = iter(seconds)
        return TimedContender(name, n_rows, lambda: next(left))

    data = draw(20, 1, 1, seed=0)
    ours, rival = in_turn(
        "step",
        rough_start(data, 2, seed=0),
        [
            contender("ours", 100, 1.0, 2.0, 8.0),
            contender("hmmlearn scaling", 10, 1.0, 1.0, 16.0),
        ],
        rounds=3,
    )
    assert (ours.seconds, rival.seconds) == (2.0, 1.0)
    assert ours.ns_per_row == pytest.approx(2e7)
    # 10, 5 and 20 times as fast, row by row.
    assert ours.times_as_fast == pytest.approx(10.0)


def test_drawn_rows_match_their_description() -> None:
    data = draw(300, 4, 3, seed=1)
    assert data.X.shape == (data.lengths.sum(), 7)
    assert data.lengths.min() >= 20
    assert data.lengths.max() <= 104
    assert (np.isin(data.X[:, :4], (0.0, 1.0))).all()
    np.testing.assert_allclose(data.X[:, 4:].mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(data.X[:, 4:].std(axis=0), 1.0)
    assert (draw(300, 4, 3, seed=1).X == data.X).all()
    assert len(data.first(5).X) == data.lengths[:5].sum()


def test_the_rival_keeps_the_floor() -> None:
    data = draw(30, 2, 1, seed=3)
    start = rough_start(data, 4, seed=0)
    rival = rival_of(start, "log", len(data.X)).fit(data.X, data.lengths)
    assert rival._covars_.min() == 0.1
    assert rival.monitor_.tol == pytest.approx(1e-5 * len(data.X))


def test_only_the_second_iteration_is_timed() -> None:
    data = draw(10, 1, 1, seed=3)
    ticks = iter([5.0, 7.0])
    start = rough_start(data, 2, seed=0)
    assert rival_iteration(start, "log", data, lambda: next(ticks)) == 2.0


def test_iterations_are_interpolated_between_counted_numbers_of_states() -> None:
    data = draw(30, 2, 1, seed=3)

    def run(n_states: int, *iterations: int) -> RivalRuns:
        return RivalRuns(n_states, 30, len(data.X), iterations, 0, 0.0, 0.0, ())

    runs = [run(4, 30, 50), run(2, 20)]
    sweep = rival_sweep(data, "log", [2, 3, 4], 1, runs, rival_users=10, rounds=1)
    assert [rival.iterations for rival in sweep] == [20.0, 30.0, 40.0]
    assert counted_states(13) == [2, 6, 9, 13]


def test_iterations_are_counted_by_number_of_rows(tmp_path: Path) -> None:
    # The starts see fewer users than these 2,100, and the short runs even fewer.
    data = draw(2100, 1, 1, seed=2)
    save(data, tmp_path)
    ours = run_ours(tmp_path, [2], n_starts=1)
    all_rows, start_rows, few_rows = (int(data.lengths[:n].sum()) for n in N_USERS)
    e_steps = dict(ours.e_steps)
    assert list(e_steps) == [all_rows, start_rows, few_rows]
    settings = FitSettings(tolerance=BENCHMARK_TOLERANCE)
    ((_, fit),) = fit_each(data, [2], 1, 0, settings, n_threads=1)
    # There is one start, so it is the polished one.
    assert e_steps[all_rows] == fit.n_iterations
    assert e_steps[start_rows] >= fit.starts[0].n_iterations
    assert ours.nats_per_row == (fit.log_likelihood / fit.n_rows,)
    assert inference.expected_statistics.__module__ == "user_states.hmm.inference"
