"""Fits from several starts: recovered models, records, and what results depend on."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from sklearn.metrics import adjusted_rand_score

from planted_hmm import random_parameters, simulate, with_missing
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_result import (
    FitResult,
    count_floor_hits,
    count_parameters,
)
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import StagedFits, check_enough_data, fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import (
    BERNOULLI,
    COUNT,
    GAUSSIAN,
    Density,
    HMMParameters,
    as_densities,
    parts,
)
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import Ahead, running_ahead

NORMAL = (GAUSSIAN,) * 3
MIXED: tuple[Density, ...] = as_densities(
    ("gaussian", "bernoulli", "bernoulli", "gaussian")
)
PLANTED = random_parameters(4, 3, seed=11, spread=2.0)
LENGTHS = np.random.default_rng(5).integers(1, 60, size=100)
X, STATES = simulate(PLANTED, LENGTHS, seed=6)
DATA = Sequences(X, LENGTHS, NORMAL)
SETTINGS = FitSettings(start_users=60, polished_starts=2)

Progress = list[tuple[int, int, str]]


def fit_one(
    rows: FloatArray,
    lengths: IntArray,
    n_states: int,
    n_starts: int = 2,
    densities: tuple[Density, ...] = NORMAL,
    **settings: Any,
) -> FitResult:
    options = FitSettings(**settings)
    data = Sequences(rows, lengths, densities)
    fits = fit_each(data, [n_states], n_starts, 1, options)
    return dict(fits)[n_states]


def assert_same_fit(one: FitResult, other: FitResult) -> None:
    """Compare to the last bit."""
    assert_same_parameters(one.parameters, other.parameters)
    assert (one.history, one.log_likelihood) == (other.history, other.log_likelihood)
    assert (one.start, one.n_at_best) == (other.start, other.n_at_best)
    for ours, theirs in zip(one.starts, other.starts, strict=True):
        assert ours.log_likelihood_per_row == theirs.log_likelihood_per_row
        assert_same_parameters(ours.parameters, theirs.parameters)


def assert_same_parameters(one: HMMParameters, other: HMMParameters) -> None:
    for name in ("start_probabilities", "transition_matrix", "means", "variances"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.fixture(scope="module")
def progress() -> Progress:
    return []


@pytest.fixture(scope="module")
def sweep(progress: Progress) -> dict[int, FitResult]:
    """Fit 2, 3, 4 and 6 states from three starts each."""
    return dict(
        fit_each(
            DATA,
            [6, 3, 2, 4],
            3,
            1,
            SETTINGS,
            n_threads=1,
            on_progress=lambda *step: progress.append(step),
        )
    )


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("densities", [(), ("bernoulli",) * 4 + ("gaussian",) * 2])
def test_a_planted_model_is_recovered(
    densities: tuple[Density, ...], missing: float
) -> None:
    planted = random_parameters(4, 6, 21, 3.0, densities)
    rows, states = simulate(planted, LENGTHS, seed=7)
    rows = with_missing(rows, missing)
    fit = fit_one(rows, LENGTHS, 4, 3, planted.densities)
    assert fit.converged
    model = HiddenMarkovModel.from_parameters(fit.parameters)
    assert adjusted_rand_score(states, model.predict(rows, LENGTHS)) >= 0.9
    # The maximum likelihood is above that of the true model, but close to it.
    truth = HiddenMarkovModel.from_parameters(planted).score(rows, LENGTHS)
    assert truth < fit.log_likelihood < truth + 100


def test_the_planted_parameters_are_recovered(sweep: dict[int, FitResult]) -> None:
    fit = sweep[4]
    decoded = HiddenMarkovModel.from_parameters(fit.parameters).predict(X, LENGTHS)
    assert adjusted_rand_score(STATES, decoded) >= 0.9
    order = np.array(
        [np.square(fit.parameters.means - m).sum(1).argmin() for m in PLANTED.means]
    )
    recovered = fit.parameters.permuted(order)
    np.testing.assert_allclose(recovered.means, PLANTED.means, atol=0.2)
    np.testing.assert_allclose(recovered.variances, PLANTED.variances, atol=0.3)
    np.testing.assert_allclose(
        recovered.transition_matrix, PLANTED.transition_matrix, atol=0.1
    )


def test_a_result_records_its_starts_and_history(sweep: dict[int, FitResult]) -> None:
    assert list(sweep) == [2, 3, 4, 6]
    for n_states, fit in sweep.items():
        assert fit.parameters.n_states == n_states
        assert (fit.n_users, fit.n_rows) == (100, len(X))
        model = HiddenMarkovModel.from_parameters(fit.parameters)
        assert fit.log_likelihood == model.score(X, LENGTHS) == fit.history[-1]
        assert fit.n_iterations == len(fit.history) <= 300
        assert [start.number for start in fit.starts] == list(range(len(fit.starts)))
        winner = fit.starts[fit.start]
        assert winner.is_polished
        assert_same_parameters(winner.parameters, fit.parameters)


def test_more_states_fit_better(sweep: dict[int, FitResult]) -> None:
    scores = [fit.log_likelihood for fit in sweep.values()]
    assert (np.diff(scores) > 0).all()


def test_a_split_of_the_previous_model_is_one_more_start(
    sweep: dict[int, FitResult],
) -> None:
    methods = {
        n_states: [start.method for start in fit.starts]
        for n_states, fit in sweep.items()
    }
    usual = ["k-means", "distant rows", "k-means"]
    # There is no model of 1 or 5 states to split.
    assert methods == {2: usual, 3: [*usual, "split"], 4: [*usual, "split"], 6: usual}


def test_the_best_starts_are_polished(sweep: dict[int, FitResult]) -> None:
    for fit in sweep.values():
        assert fit.n_polished == SETTINGS.polished_starts
        polished = [start for start in fit.starts if start.is_polished]
        scores = np.array(
            [
                HiddenMarkovModel.from_parameters(start.parameters).score(X, LENGTHS)
                for start in polished
            ]
        )
        assert fit.log_likelihood == scores.max()
        near = scores >= scores.max() - 1e-4 * len(X)
        assert fit.n_at_best == near.sum()
        # The best start is polished.
        best_before = max(start.log_likelihood_per_row for start in fit.starts)
        assert max(start.log_likelihood_per_row for start in polished) == best_before


def test_one_state_has_one_start() -> None:
    [(_, fit)] = fit_each(DATA, [1], 5, 0, SETTINGS)
    assert (len(fit.starts), fit.n_polished, fit.n_at_best) == (1, 1, 1)


def test_numbers_are_compared_on_the_first_users_and_then_polished() -> None:
    fits = StagedFits(DATA, [2, 3], 2, 1, SETTINGS)
    compared = dict(fits.compare())
    first = DATA.first(60)
    for n_states, fit in compared.items():
        assert (fit.n_users, fit.n_rows, fit.n_polished) == (60, first.n_rows, 0)
        model = HiddenMarkovModel.from_parameters(fit.parameters)
        assert model.score(first.packed) == pytest.approx(fit.log_likelihood, rel=1e-12)
        assert_same_parameters(fit.starts[fit.start].parameters, fit.parameters)
        polished = fits.polish(n_states)
        assert (polished.n_users, polished.n_polished) == (100, 2)
        assert polished.log_likelihood > model.score(DATA.packed)
    again = dict(fit_each(DATA, [2, 3], 2, 1, SETTINGS))
    assert_same_fit(again[3], fits.polish(3))


def test_starts_with_levels_agree_on_sparse_counts() -> None:
    counts = np.array(
        [
            [0.97, 0.015, 0.005, 0.003, 0.002, 0.002, 0.002, 0.001],
            [0.5, 0.25, 0.12, 0.06, 0.03, 0.02, 0.015, 0.005],
            [0.05, 0.1, 0.15, 0.2, 0.2, 0.15, 0.1, 0.05],
        ]
    )
    shares = np.array([[0.25] * 4, [0.1, 0.1, 0.1, 0.7], [0.7, 0.1, 0.1, 0.1]])
    planted = HMMParameters(
        np.full(3, 1 / 3),
        0.91 * np.eye(3) + 0.03,
        np.hstack([counts, shares]),
        np.ones((3, 12)),
        (COUNT, parts(4)),
        level_weights=np.array([0.3, 0.4, 0.3]),
        level_effects=np.exp([-0.5, 0.0, 0.5]),
    )
    lengths = np.full(150, 40)
    rows, states = HiddenMarkovModel.from_parameters(planted).sample(lengths, 3)
    data = Sequences(rows, lengths, planted.densities)
    settings = FitSettings(n_levels=3)
    [(_, fit)] = fit_each(data, [3], 4, 1, settings)
    assert (fit.n_polished, fit.n_at_best) == (2, 2)
    assert fit.parameters.n_levels == 3
    # Each start by itself finds the same states.
    for start in fit.starts:
        found = HiddenMarkovModel.from_parameters(start.parameters).predict(data.packed)
        assert adjusted_rand_score(states, found) > 0.5


def test_one_state_with_levels_is_not_split_into_states_without() -> None:
    rows = np.random.default_rng(0).poisson(1.0, (1200, 1)).astype(np.float64)
    data = Sequences(rows, np.full(40, 30), (COUNT,))
    seen: list[tuple[int, int]] = []
    fits = dict(
        fit_each(
            data,
            [1, 2, 3],
            2,
            1,
            FitSettings(n_levels=1, n_levels_of_one_state=3, max_iterations=20),
            on_progress=lambda done, total, _: seen.append((done, total)),
        )
    )
    assert [fit.parameters.n_levels for fit in fits.values()] == [3, 1, 1]
    assert [len(fit.starts) for fit in fits.values()] == [1, 2, 3]
    assert seen[-1][0] == seen[-1][1]


def test_progress_adds_up(sweep: dict[int, FitResult], progress: Progress) -> None:
    assert sweep
    done = [step[0] for step in progress]
    # Three starts for each number and two splits, and two polished starts each.
    assert [progress[0][1], progress[-1][1]] == [4 * 3 + 2, 4 * 3 + 2 + 4 * 2]
    assert done[0] == 1
    assert (np.diff(done) >= 0).all()
    assert done[-1] == progress[-1][1]
    assert progress[0][2].startswith("2 states, start 0 by k-means: ")
    texts = [text for _, _, text in progress]
    assert any("all users, iteration 1: " in text for text in texts)
    assert any("split" in text for text in texts)
    assert any("converged after" in text for text in texts)


def test_a_fit_that_did_not_converge_says_so() -> None:
    steps: Progress = []
    settings = FitSettings(max_iterations=3, tolerance=-np.inf)
    [(_, fit)] = fit_each(
        DATA,
        [2],
        1,
        0,
        settings,
        on_progress=lambda *step: steps.append(step),
    )
    assert not fit.converged
    assert fit.n_iterations == 3
    assert "not converged after 3 iterations" in steps[-1][2]


@pytest.mark.parametrize("n_threads", [2, 3])
def test_threads_do_not_change_a_bit(
    sweep: dict[int, FitResult], n_threads: int
) -> None:
    fits = fit_each(DATA, [2, 3], 3, 1, SETTINGS, n_threads=n_threads)
    for n_states, fit in fits:
        assert_same_fit(fit, sweep[n_states])


def test_starts_end_with_the_fit_that_they_run_ahead_of() -> None:
    fits = StagedFits(DATA, [2, 3, 4, 5], 3, 1, SETTINGS, n_threads=2)
    running = fits.compare()
    next(running)
    running.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("starts")]


def test_work_that_runs_ahead_ends_when_nobody_waits_for_it() -> None:
    begun = threading.Event()

    def endless(ahead: Ahead) -> None:
        while True:
            begun.set()
            ahead.check()

    with running_ahead(2) as ahead:
        result = ahead.submit(partial(endless, ahead))
        begun.wait()
    with pytest.raises(CancelledError):
        result()


def test_an_error_of_a_start_is_that_of_the_fit() -> None:
    def fail() -> None:
        raise UserError("no start")

    with running_ahead(2) as ahead, pytest.raises(UserError, match="no start"):
        ahead.submit(fail)()


def test_a_fit_depends_on_the_one_before_only_by_its_split(
    sweep: dict[int, FitResult],
) -> None:
    [(_, alone)] = fit_each(DATA, [3], 3, 1, SETTINGS)
    assert len(alone.starts) == 3
    for ours, theirs in zip(alone.starts, sweep[3].starts, strict=False):
        assert ours.log_likelihood_per_row == theirs.log_likelihood_per_row
    [(_, other)] = fit_each(DATA, [3], 3, 2, SETTINGS)
    assert [start.log_likelihood_per_row for start in other.starts] != [
        start.log_likelihood_per_row for start in alone.starts
    ]


def test_the_starts_only_read_the_first_users() -> None:
    changed = X.copy()
    last_users = int(LENGTHS[:60].sum())
    changed[last_users:] += 1.0
    ours, theirs = (
        fit_one(rows, LENGTHS, 2, 3, start_users=60) for rows in (X, changed)
    )
    for one, other in zip(ours.starts, theirs.starts, strict=True):
        assert one.log_likelihood_per_row == other.log_likelihood_per_row
        assert one.n_iterations == other.n_iterations
    # The final fit reads all users.
    assert ours.log_likelihood != theirs.log_likelihood


def test_the_floor_applies_to_binary_features_and_hits_are_counted() -> None:
    rng = np.random.default_rng(2)
    often = rng.random(len(X)) < np.array([0.0, 0.1, 0.9, 1.0])[STATES]
    rows = np.column_stack([X, often, rng.random(len(X)) < 0.001]) * 1.0
    floor = 0.01
    fit = fit_one(rows, LENGTHS, 4, 1, (GAUSSIAN,) * 5, variance_floor=floor)
    variances = fit.parameters.variances
    assert variances.min() >= floor
    assert fit.n_floor_hits == (variances == floor).sum() > 0
    assert fit.n_floor_hits == count_floor_hits(fit.parameters, floor)
    assert count_floor_hits(fit.parameters, 0.0) == 0
    # A Bernoulli feature has no separate variance that could collapse.
    coins = fit_one(rows, LENGTHS, 4, 1, NORMAL + (BERNOULLI,) * 2)
    assert coins.parameters.variances[:, 3:].min() < floor
    assert coins.n_floor_hits == 0


@pytest.mark.parametrize("n_states", [1, 2])
def test_users_of_one_week(n_states: int) -> None:
    fit = fit_one(X[:100], np.ones(100, dtype=np.int64), n_states)
    assert np.isfinite(fit.log_likelihood)
    np.testing.assert_allclose(fit.parameters.transition_matrix.sum(axis=1), 1)


@pytest.mark.parametrize("densities", [("gaussian",) * 2, ("bernoulli",) * 2])
def test_fewer_distinct_rows_than_states(densities: tuple[Density, ...]) -> None:
    rows = np.tile([[0.0, 1.0], [1.0, 0.0]], (100, 1))
    fit = fit_one(rows, np.full(20, 10), 5, 2, densities)
    assert np.isfinite(fit.log_likelihood)


def test_a_feature_without_observations_does_not_stop_a_fit() -> None:
    rows = np.column_stack([X, np.full(len(X), np.nan)])
    with_it = fit_one(rows, LENGTHS, 2, 1, (*NORMAL, BERNOULLI))
    without = fit_one(X, LENGTHS, 2, 1)
    assert with_it.log_likelihood == pytest.approx(without.log_likelihood, rel=1e-6)


@pytest.mark.parametrize(
    ("users", "n_states", "n_starts", "seed", "message"),
    [
        (100, 0, 1, 0, "got 0 states"),
        (3, 4, 1, 0, "3 users for 4 states"),
        (4, 4, 1, 0, "user-weeks for 4 states, which have up to 39 free"),
        (100, 2, 0, 0, "got 0 starts"),
        (100, 2, 1, -1, "seed -1"),
    ],
)
def test_too_little_or_out_of_range(
    users: int, n_states: int, n_starts: int, seed: int, message: str
) -> None:
    lengths = LENGTHS[:users] if users > 4 else np.full(users, 5)
    data = Sequences(X[: lengths.sum()], lengths, NORMAL)
    fits = fit_each(data, [1, n_states], n_starts, seed)
    # The error comes before any fit, even if the first number of states is valid.
    with pytest.raises(UserError, match=message):
        next(fits)


def test_just_enough_data() -> None:
    check_enough_data(Sequences(X[:39], np.array([13, 13, 12, 1]), NORMAL), 4)
    with pytest.raises(UserError, match="got 38 user-weeks"):
        check_enough_data(Sequences(X[:38], np.array([13, 13, 11, 1]), NORMAL), 4)


def test_an_interrupt_passes_through() -> None:
    def interrupt(done: int, total: int, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(fit_each(DATA, [2], 1, 0, on_progress=interrupt))


def test_hmmlearn_counts_the_same_free_parameters() -> None:
    model = GaussianHMM(8, covariance_type="diag")
    model.n_features = 7
    expected = sum(model._get_n_fit_scalars_per_param().values())
    assert count_parameters(random_parameters(8, 7)) == expected == 7 + 56 + 112


def test_a_bernoulli_feature_has_one_free_parameter() -> None:
    coins = random_parameters(3, 4, 0, 1.0, MIXED)
    assert count_parameters(coins) == 2 + 6 + 3 * (2 + 1 + 1 + 2)
