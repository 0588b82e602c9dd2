"""The kernel equals enumeration, the reference and hmmlearn, even on difficult data.

hmmlearn uses `implementation="log"` if "scaling" would underflow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_hmm import (
    Rival,
    enumerate_paths,
    log_densities,
    random_parameters,
    simulate,
    with_missing,
)
from user_states.hmm import inference, kernel, log_recursions, packing
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.lanes import aligned_zeros, load, store
from user_states.hmm.packing import pack
from user_states.hmm.parameters import Density, HMMParameters, as_densities

MIXED: tuple[Density, ...] = as_densities(
    ("gaussian", "bernoulli", "gaussian", "bernoulli")
)

Case = tuple[HMMParameters, FloatArray, IntArray]
Numbers = FloatArray | float


def assert_close(
    ours: Numbers, theirs: Numbers, size: float = 1.0, rel: float = 1e-9
) -> None:
    """Assert equality within 1e-9 of each number, or 1e-12 of the size of the terms."""
    np.testing.assert_allclose(ours, theirs, rtol=rel, atol=1e-12 * size)


def assert_same_as_hmmlearn(case: Case, implementation: str, rel: float = 1e-9) -> None:
    """Compare all results of the kernel.

    hmmlearn gets the columns minus the kernel's offset. Sums of squares around zero
    would be inaccurate for columns far from zero.
    """
    parameters, X, lengths = case
    packed = pack(X, lengths, parameters.densities)
    offset = packed.columns.offset
    rows = X - offset
    rival = Rival(replace(parameters, means=parameters.means - offset), implementation)
    theirs, log_likelihood = rival._do_estep(rows, lengths)
    ours = inference.expected_statistics(parameters, packed)
    assert ours.log_likelihood == pytest.approx(log_likelihood, rel=1e-9)
    assert inference.log_likelihood(parameters, packed) == ours.log_likelihood
    assert_close(ours.starts, theirs["start"], rel=rel)
    assert_close(ours.moves, theirs["trans"], rel=rel)
    assert_close(
        ours.features.weight, np.tile(theirs["post"], (X.shape[1], 1)).T, rel=rel
    )
    assert_close(ours.features.value, theirs["obs"], np.abs(rows).sum(), rel=rel)
    assert_close(ours.features.square, theirs["obs**2"], np.square(rows).sum(), rel=rel)
    smoothed = inference.smoothed(parameters, packed)
    assert_close(smoothed.probabilities, rival.predict_proba(rows, lengths), rel=rel)
    assert smoothed.log_likelihood == ours.log_likelihood
    np.testing.assert_array_equal(smoothed.expected_moves, ours.moves)
    log_probability, states = inference.best_paths(parameters, packed)
    best, path = rival.decode(rows, lengths)
    assert log_probability == pytest.approx(best, rel=1e-9)
    np.testing.assert_array_equal(states, path)


def random_case(n_states: int, n_features: int, n_users: int, seed: int) -> Case:
    lengths = np.random.default_rng(seed).integers(1, 60, size=n_users)
    parameters = random_parameters(n_states, n_features, seed, spread=1.0)
    return parameters, simulate(parameters, lengths, seed)[0], lengths


@pytest.mark.parametrize("implementation", ["log", "scaling"])
@pytest.mark.parametrize(
    ("n_states", "n_features", "n_users"),
    [(1, 1, 20), (2, 1, 7), (3, 2, 8), (4, 3, 9), (8, 7, 30), (13, 5, 40)],
)
def test_random_models_give_the_numbers_of_hmmlearn(
    n_states: int, n_features: int, n_users: int, implementation: str
) -> None:
    case = random_case(n_states, n_features, n_users, seed=n_states)
    assert_same_as_hmmlearn(case, implementation)


@settings(max_examples=60, deadline=None)
@given(
    n_states=st.integers(1, 13),
    n_features=st.integers(1, 4),
    n_users=st.integers(1, 20),
    seed=st.integers(0, 10_000),
)
def test_any_random_model_gives_the_numbers_of_hmmlearn(
    n_states: int, n_features: int, n_users: int, seed: int
) -> None:
    assert_same_as_hmmlearn(random_case(n_states, n_features, n_users, seed), "log")


def one_week_users() -> Case:
    parameters, X, _ = random_case(3, 2, 5, seed=1)
    return parameters, X, np.ones(len(X), dtype=np.int64)


def uneven_lengths() -> Case:
    parameters = random_parameters(3, 2, seed=2, spread=1.0)
    lengths = np.array([1, 700, 2, 1, 30, 1, 1, 1, 2, 400])
    return parameters, simulate(parameters, lengths)[0], lengths


def far_rows() -> Case:
    """Return rows with some, also first and last, 1,000 standard deviations away."""
    parameters, X, lengths = random_case(3, 2, 12, seed=4)
    for row in (0, 7, 20, len(X) - 1):
        X[row] = 1000.0 * (-1.0) ** row
    return parameters, X, lengths


def far_rows_of_a_forbidden_state() -> Case:
    """Return far rows for which an unreachable, wide state has the highest density.

    Relative to it, the densities of the other states underflow.
    """
    parameters, X, lengths = far_rows()
    forbidden = replace(
        parameters,
        start_probabilities=np.array([0.5, 0.5, 0.0]),
        transition_matrix=np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]]),
        variances=np.array([[0.5, 0.5], [1.0, 1.0], [50.0, 50.0]]),
    )
    return forbidden, X, lengths


def states_that_are_never_left() -> Case:
    """Return a mixture, and users who seem to change state."""
    parameters, X, lengths = only_an_underflowed_path()
    return replace(parameters, transition_matrix=np.eye(2)), X, lengths


def only_an_underflowed_path() -> Case:
    """Return states that users nearly never leave, and users who seem to."""
    parameters = HMMParameters(
        np.array([0.5, 0.5]),
        np.array([[1.0, 0.0], [1e-300, 1.0]]),
        np.array([[0.0], [1000.0]]),
        np.ones((2, 1)),
    )
    change = np.array([0.0, 0.0, 1001.0, 1000.0])
    stay = np.array([0.5, -0.5, 1.0])
    X = np.concatenate([change, stay, stay, change[::-1], stay])[:, np.newaxis]
    return parameters, X, np.array([4, 3, 3, 4, 3])


def left_to_right() -> Case:
    parameters, _, lengths = random_case(4, 2, 20, seed=6)
    parameters = replace(
        parameters,
        start_probabilities=np.array([1.0, 0.0, 0.0, 0.0]),
        transition_matrix=0.5 * (np.eye(4) + np.eye(4)[[1, 2, 3, 3]]),
    )
    return parameters, simulate(parameters, lengths)[0], lengths


def nearly_zero(least: float) -> Callable[[], Case]:
    """Return start and transition probabilities of 1, except for some nearly zero."""

    def make() -> Case:
        parameters, X, lengths = random_case(3, 2, 12, seed=7)
        row = np.array([1.0, least, least])
        matrix = np.array([row, np.roll(row, 1), [0.2, 0.3, 0.5]])
        X[::5] *= 20.0
        nearly = replace(parameters, start_probabilities=row, transition_matrix=matrix)
        return nearly, X, lengths

    return make


def binary_columns_under_a_gaussian() -> Case:
    parameters, X, lengths = random_case(3, 3, 15, seed=8)
    X[:, 1] = X[:, 1] > 0
    X[:, 2] = 1.0
    return parameters, X, lengths


def a_column_far_from_zero() -> Case:
    parameters, X, lengths = random_case(3, 3, 15, seed=9)
    far = np.array([0.0, 1e4, -1e4])
    return replace(parameters, means=parameters.means + far), X + far, lengths


def a_constant_column() -> Case:
    parameters, X, lengths = random_case(3, 2, 15, seed=10)
    X[:, 1] = 2.5
    return parameters, X, lengths


DIFFICULT: dict[str, Callable[[], Case]] = {
    "one-week users": one_week_users,
    "uneven lengths": uneven_lengths,
    "far rows": far_rows,
    "far rows of a forbidden state": far_rows_of_a_forbidden_state,
    "only an underflowed path": only_an_underflowed_path,
    "states that are never left": states_that_are_never_left,
    "left to right": left_to_right,
    "nearly zero, 1e-12": nearly_zero(1e-12),
    "nearly zero, 1e-90": nearly_zero(1e-90),
    "nearly zero, 1e-200": nearly_zero(1e-200),
    "exactly zero": nearly_zero(0.0),
    "binary columns": binary_columns_under_a_gaussian,
    "a column far from zero": a_column_far_from_zero,
    "a constant column": a_constant_column,
    "one state": lambda: random_case(1, 3, 9, seed=11),
    "thirteen states": lambda: random_case(13, 3, 9, seed=12),
    "one user": lambda: random_case(3, 2, 1, seed=13),
    "three users": lambda: random_case(3, 2, 3, seed=14),
    "eight users": lambda: random_case(3, 2, 8, seed=15),
    "nine users": lambda: random_case(3, 2, 9, seed=16),
}


@pytest.mark.parametrize("name", DIFFICULT)
def test_difficult_data_give_the_numbers_of_hmmlearn(name: str) -> None:
    # hmmlearn has fewer correct digits if log-likelihoods are around a million.
    rel = 1e-8 if name.startswith("far rows") else 1e-9
    assert_same_as_hmmlearn(DIFFICULT[name](), "log", rel)


needs_more_digits = pytest.mark.skipif(
    bool(np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps),
    reason="this machine has no floating-point numbers of more than 64 bits",
)


def assert_same_with_more_digits(case: Case, size: float = 1.0) -> None:
    """Compare with the reference in `longdouble`, with the textbook's densities."""
    parameters, X, lengths = case
    values: list[Any] = [
        values.astype(np.longdouble)
        for values in (
            X[:, np.newaxis],
            parameters.means,
            parameters.variances,
            parameters.start_probabilities,
            parameters.transition_matrix,
        )
    ]
    rows, mean, variance, pi, A = values
    squares = (rows - mean) ** 2 / variance
    log_b = -0.5 * (np.log(2.0 * np.longdouble(np.pi) * variance) + squares).sum(axis=2)
    users = [
        log_recursions.smooth_user(pi, A, user)
        for user in np.split(log_b, np.cumsum(lengths)[:-1])
    ]
    packed = pack(X, lengths, parameters.densities)
    ours = inference.smoothed(parameters, packed)
    filtered = inference.filtered(parameters, packed)
    assert_close(ours.log_likelihood, sum(user.log_likelihood for user in users), size)
    assert_close(ours.probabilities, np.concatenate([u.smoothed for u in users]), size)
    assert_close(filtered, np.concatenate([user.filtered for user in users]), size)
    assert_close(
        ours.expected_moves,
        sum(user.expected_moves for user in users),
        size * len(X),
    )


@needs_more_digits
@pytest.mark.parametrize("name", DIFFICULT)
def test_difficult_data_give_the_numbers_of_higher_precision(name: str) -> None:
    assert_same_with_more_digits(DIFFICULT[name]())


def any_difficult_case(seed: int) -> Case:
    """Return a model with zeros and probabilities down to 1e-320, and far rows."""
    rng = np.random.default_rng(seed)
    n_states, n_features = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    weights = 10.0 ** -rng.uniform(
        0, rng.choice([1, 20, 120, 320]), size=(n_states + 1, n_states)
    )
    weights[rng.random(weights.shape) < rng.choice([0.0, 0.3, 0.7])] = 0.0
    weights[np.arange(n_states + 1), rng.integers(n_states, size=n_states + 1)] += 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    shape = (n_states, n_features)
    parameters = HMMParameters(
        weights[0],
        weights[1:],
        10.0 ** rng.uniform(-1, 3) * rng.normal(size=shape),
        10.0 ** rng.uniform(-1, 1, size=shape),
    )
    lengths = rng.integers(1, 60, size=int(rng.integers(1, 11)))
    # Each row is near some state, even if the model cannot reach it.
    near = parameters.means[rng.integers(n_states, size=int(lengths.sum()))]
    return parameters, near + rng.normal(size=near.shape), lengths


@needs_more_digits
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_any_difficult_data_give_the_numbers_of_higher_precision(seed: int) -> None:
    case = any_difficult_case(seed)
    parameters, X, _ = case
    # A log-density of a million is itself rounded to 1e-10.
    largest = float(np.abs(log_densities(parameters, X)).max())
    assert_same_with_more_digits(case, max(1.0, 0.01 * largest))


@pytest.mark.parametrize(
    ("name", "is_needed"),
    [
        ("far rows", False),
        ("nearly zero, 1e-12", False),
        ("nearly zero, 1e-90", False),
        ("nearly zero, 1e-200", True),
        ("exactly zero", True),
        ("far rows of a forbidden state", True),
        ("only an underflowed path", True),
        ("states that are never left", False),
    ],
)
def test_logarithms_are_used_only_if_needed(
    name: str, is_needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, X, lengths = DIFFICULT[name]()
    packed = pack(X, lengths, parameters.densities)
    n_weeks: list[int] = []

    def watched(
        log_weights: FloatArray, pi: FloatArray, A: FloatArray, log_b: FloatArray
    ) -> log_recursions.UserLevels:
        n_weeks.append(log_b.shape[1])
        return log_recursions.smooth_levels(log_weights, pi, A, log_b)

    monkeypatch.setattr(inference, "smooth_levels", watched)
    for function in (
        inference.expected_statistics,
        inference.smoothed,
        inference.filtered,
        inference.log_likelihood,
    ):
        n_weeks.clear()
        function(parameters, packed)
        assert bool(n_weeks) == is_needed
        # The kernel handles all users without such weeks.
        assert sum(n_weeks) < len(X)


def test_without_logarithms_an_underflowed_path_would_be_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parameters, X, lengths = only_an_underflowed_path()
    packed = pack(X, lengths, parameters.densities)
    right = inference.log_likelihood(parameters, packed)
    monkeypatch.setattr(inference, "_LEAST_LOG_SCALE", -np.inf)
    assert abs(inference.log_likelihood(parameters, packed) - right) > 100


@settings(max_examples=30, deadline=None)
@given(
    n_states=st.integers(1, 6),
    n_users=st.integers(1, 20),
    missing=st.sampled_from([0.0, 0.3, 0.9]),
    seed=st.integers(0, 10_000),
)
def test_the_kernel_equals_the_reference(
    n_states: int, n_users: int, missing: float, seed: int
) -> None:
    parameters = random_parameters(n_states, 4, seed, 1.0, MIXED)
    lengths = np.random.default_rng(seed).integers(1, 30, size=n_users)
    X = with_missing(simulate(parameters, lengths, seed)[0], missing, seed)
    packed = pack(X, lengths, MIXED)
    pi, A = parameters.start_probabilities, parameters.transition_matrix
    log_b = np.split(log_densities(parameters, X), np.cumsum(lengths)[:-1])
    users = [log_recursions.smooth_user(pi, A, rows) for rows in log_b]
    ours = inference.smoothed(parameters, packed)
    assert_close(ours.log_likelihood, sum(user.log_likelihood for user in users))
    assert_close(ours.probabilities, np.concatenate([u.smoothed for u in users]))
    assert_close(ours.expected_moves, sum(user.expected_moves for user in users))
    assert_close(
        inference.filtered(parameters, packed),
        np.concatenate([user.filtered for user in users]),
    )
    paths = [log_recursions.best_path(pi, A, rows) for rows in log_b]
    log_probability, states = inference.best_paths(parameters, packed)
    assert_close(log_probability, sum(best for best, _ in paths))
    np.testing.assert_array_equal(states, np.concatenate([path for _, path in paths]))


@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("n_weeks", [1, 2, 6])
@pytest.mark.parametrize("n_states", [1, 2, 3])
def test_enumeration_gives_the_same(
    n_states: int, n_weeks: int, missing: float
) -> None:
    parameters = random_parameters(n_states, 4, n_states, 1.0, MIXED)
    lengths = np.full(3, n_weeks)
    X = with_missing(simulate(parameters, lengths, n_weeks)[0], missing)
    users = [enumerate_paths(parameters, rows) for rows in np.split(X, 3)]
    packed = pack(X, lengths, MIXED)
    smoothed = inference.smoothed(parameters, packed)
    filtered = inference.filtered(parameters, packed)
    log_probability, states = inference.best_paths(parameters, packed)
    assert_close(smoothed.log_likelihood, sum(user.log_likelihood for user in users))
    assert_close(
        smoothed.probabilities, np.concatenate([u.probabilities for u in users])
    )
    assert_close(smoothed.expected_moves, sum(user.expected_moves for user in users))
    assert_close(filtered, np.concatenate([user.filtered for user in users]))
    assert_close(log_probability, sum(user.best_log_likelihood for user in users))
    np.testing.assert_array_equal(
        states, np.concatenate([user.best_path for user in users])
    )


@pytest.mark.parametrize("n_weeks", [1, 2, 6])
def test_enumeration_gives_the_same_as_the_reference(n_weeks: int) -> None:
    parameters = random_parameters(3, 2, n_weeks, spread=1.0)
    parameters.transition_matrix[0] = [0.0, 1.0, 0.0]
    X, _ = simulate(parameters, np.array([n_weeks]))
    exact = enumerate_paths(parameters, X)
    log_b = log_densities(parameters, X)
    model = (parameters.start_probabilities, parameters.transition_matrix, log_b)
    user = log_recursions.smooth_user(*model)
    assert_close(user.log_likelihood, exact.log_likelihood)
    assert_close(user.filtered, exact.filtered)
    assert_close(user.smoothed, exact.probabilities)
    assert_close(user.expected_moves, exact.expected_moves)
    best, path = log_recursions.best_path(*model)
    assert_close(best, exact.best_log_likelihood)
    np.testing.assert_array_equal(path, exact.best_path)


@pytest.mark.parametrize("chunk_rows", [1, 7, 50])
@pytest.mark.parametrize("name", ["random", "exactly zero"])
def test_threads_do_not_change_a_bit(
    name: str, chunk_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_CHUNK_ROWS", chunk_rows)
    cases = DIFFICULT | {"random": lambda: random_case(5, 3, 90, seed=17)}
    parameters, X, lengths = cases[name]()
    packed = pack(X, lengths, parameters.densities)
    assert len(packed.chunks) > 1

    def answers(n_threads: int) -> list[npt.ArrayLike]:
        statistics = inference.expected_statistics(parameters, packed, n_threads)
        smoothed = inference.smoothed(parameters, packed, n_threads)
        return [
            *(statistics.log_likelihood, statistics.starts, statistics.moves),
            *vars(statistics.features).values(),
            *(smoothed.log_likelihood, smoothed.probabilities),
            smoothed.expected_moves,
            inference.filtered(parameters, packed, n_threads),
            inference.log_likelihood(parameters, packed, n_threads),
            *inference.best_paths(parameters, packed, n_threads),
        ]

    alone = answers(1)
    for n_threads in (2, 3, 5):
        for ours, theirs in zip(answers(n_threads), alone, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_chunks_of_the_usual_size() -> None:
    rng = np.random.default_rng(18)
    lengths = rng.integers(20, 80, size=2000)
    X = rng.normal(size=(int(lengths.sum()), 2))
    parameters = random_parameters(4, 2, seed=18, spread=1.0)
    packed = pack(X, lengths, parameters.densities)
    assert len(packed.chunks) > 2
    one = inference.expected_statistics(parameters, packed, 1)
    three = inference.expected_statistics(parameters, packed, 3)
    assert three.log_likelihood == one.log_likelihood
    np.testing.assert_array_equal(three.moves, one.moves)
    np.testing.assert_array_equal(three.features.square, one.features.square)
    assert one.moves.sum() == pytest.approx(lengths.sum() - len(lengths), rel=1e-12)
    assert one.features.weight[:, 0].sum() == pytest.approx(len(X), rel=1e-12)


def exponentials(x: FloatArray, result: FloatArray) -> None:
    for row in range(len(x)):
        store(result, (row,), kernel._exp(load(x, (row,))))


# Not cached on disk, because the cache would survive a change of the kernel.
compiled_exponentials = numba.njit(exponentials)


def test_the_exponential_is_accurate_to_the_last_digits() -> None:
    x, result = aligned_zeros((2000, 8), (2000, 8))
    rng = np.random.default_rng(0)
    x[:1000] = -rng.uniform(0, 708, size=(1000, 8))
    x[1000:] = -(10.0 ** rng.uniform(-20, 2, size=(1000, 8)))
    x[0, 0], x[0, 1] = 0.0, -708.0
    compiled_exponentials(x, result)
    np.testing.assert_allclose(result, np.exp(x), rtol=4e-16)
    assert result[0, 0] == 1.0
    # Below -708 the result stays at exp(-708) and never becomes zero.
    x[:] = np.array([-709.0, -745.0, -746.0, -1e3, -1e6, -1e300, -np.inf, -708.5])
    compiled_exponentials(x, result)
    np.testing.assert_allclose(result, np.exp(-708.0), rtol=4e-16)


@pytest.mark.parametrize("is_writable", [True, False])
def test_it_works_without_a_writable_folder(is_writable: bool, tmp_path: Path) -> None:
    """A file in place of the cache folder, which also stops root from writing."""
    package = Path(inference.__file__).parents[1]
    shutil.copytree(
        package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__")
    )
    if not is_writable:
        (tmp_path / package.name / "hmm" / "__pycache__").touch()
    nowhere = tmp_path / package.name / "errors.py" / "cache"
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "HOME": str(nowhere),
        "XDG_CACHE_HOME": str(nowhere),
        "LOCALAPPDATA": str(nowhere),
    }
    environment.pop("NUMBA_CACHE_DIR", None)
    command = (
        "import numpy as np\n"
        "from user_states.hmm.inference import log_likelihood\n"
        "from user_states.hmm.packing import pack\n"
        "from user_states.hmm.parameters import HMMParameters\n"
        "parameters = HMMParameters(\n"
        "    np.ones(1), np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1))\n"
        ")\n"
        "rows = np.array([[0.0], [2.0]])\n"
        "packed = pack(rows, np.array([2]), parameters.densities)\n"
        "print(log_likelihood(parameters, packed))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", command],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert float(finished.stdout) == pytest.approx(-np.log(2 * np.pi) - 2.0)
    assert any(tmp_path.rglob("*.nbi")) == is_writable
