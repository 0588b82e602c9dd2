"""The estimator: EM compared with hmmlearn, missing values, and its interface."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

from planted_hmm import Rival, random_parameters, simulate, with_missing
from user_states.hmm import hidden_markov_model, packing
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import pack
from user_states.hmm.parameters import (
    BERNOULLI,
    GAUSSIAN,
    Density,
    HMMParameters,
    as_densities,
)

SCRIPTS = Path(hidden_markov_model.__file__).resolve().parents[2]
MIXED: tuple[Density, ...] = as_densities(
    ("gaussian", "gaussian", "bernoulli", "gaussian")
)
BINARY: tuple[Density, ...] = as_densities(("bernoulli",) * 3)


def mixed_data(seed: int) -> tuple[FloatArray, IntArray]:
    """Return rows with two continuous, one binary and one constant column."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 30, size=40)
    X, states = simulate(random_parameters(3, 2, seed, spread=1.0), lengths, seed)
    binary = (rng.random(len(X)) < np.array([0.05, 0.5, 1.0])[states]) * 1.0
    return np.column_stack([X, binary, np.full(len(X), 2.0)]), lengths


def rough_parameters(
    X: FloatArray, n_states: int, seed: int, densities: tuple[Density, ...] = ()
) -> HMMParameters:
    """Return states at random rows; means of NaN and Bernoulli columns are replaced."""
    rng = np.random.default_rng(seed)
    means = np.nan_to_num(X[rng.choice(len(X), n_states, replace=False)], nan=0.5)
    coin = np.array([one.kind == "bernoulli" for one in as_densities(densities)], bool)
    if coin.any():
        means[:, coin] = rng.uniform(0.2, 0.8, size=(n_states, int(coin.sum())))
    return HMMParameters(
        start_probabilities=np.full(n_states, 1 / n_states),
        transition_matrix=np.full((n_states, n_states), 1 / n_states),
        means=means,
        variances=np.ones((n_states, X.shape[1])),
        densities=as_densities(densities),
    )


def assert_same_parameters(one: HMMParameters, other: HMMParameters) -> None:
    """Compare to the last bit."""
    assert one.densities == other.densities
    for name in ("start_probabilities", "transition_matrix", "means", "variances"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def assert_never_falls(history: list[float]) -> None:
    values = np.array(history)
    assert np.isfinite(values).all()
    assert (np.diff(values) >= -1e-10 * np.abs(values[1:])).all()


# EM


@pytest.mark.parametrize("floor", [1e-4, 0.3])
@pytest.mark.parametrize("n_states", [1, 2, 4])
def test_a_fit_equals_hmmlearn(n_states: int, floor: float) -> None:
    lengths = np.random.default_rng(1).integers(1, 60, size=50)
    X, _ = simulate(random_parameters(4, 3, spread=1.0), lengths)
    X[:, 2] = X[:, 2] > 0
    initial = rough_parameters(X, n_states, seed=2)
    ours = HiddenMarkovModel(
        n_states,
        initial=initial,
        variance_floor=floor,
        tolerance=-np.inf,
        max_iterations=30,
    ).fit(X, lengths)
    # hmmlearn ends after an M-step, ours before it: hmmlearn needs one iteration less.
    rival = Rival(initial, "log", floor, n_iter=29).fit(X, lengths)
    assert ours.n_iter_ == len(ours.history_) == 30
    np.testing.assert_allclose(ours.history_[:-1], rival.monitor_.history, rtol=1e-9)
    assert ours.log_likelihood_ == pytest.approx(rival.score(X, lengths), rel=1e-9)
    for name in ("start_probabilities", "transition_matrix", "means", "variances"):
        np.testing.assert_allclose(
            getattr(ours.parameters_, name),
            getattr(rival.parameters, name),
            rtol=1e-9,
            atol=1e-12,
        )
    assert ours.parameters_.variances.min() >= floor
    np.testing.assert_array_equal(ours.predict(X, lengths), rival.predict(X, lengths))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_states=st.integers(1, 5),
    floor=st.sampled_from([0.001, 0.01, 0.3]),
    densities=st.sampled_from([(), MIXED]),
    missing=st.sampled_from([0.0, 0.3]),
)
def test_em_never_lowers_the_likelihood_and_keeps_the_floors(
    seed: int,
    n_states: int,
    floor: float,
    densities: tuple[Density, ...],
    missing: float,
) -> None:
    X, lengths = mixed_data(seed)
    X = with_missing(X, missing, seed)
    model = HiddenMarkovModel(
        n_states,
        initial=rough_parameters(X, n_states, seed, densities),
        variance_floor=floor,
        probability_floor=0.01,
        tolerance=1e-7,
        max_iterations=40,
    ).fit(X, lengths)
    assert_never_falls(model.history_)
    parameters = model.parameters_
    coin = parameters.is_bernoulli
    assert parameters.variances[:, ~coin].min() >= floor
    assert (np.abs(parameters.means[:, coin] - 0.5) <= 0.49).all()
    # The variance of the constant column must be at the floor.
    np.testing.assert_array_equal(parameters.variances[:, 3], floor)


def test_em_returns_to_the_optimum_from_a_disturbed_model() -> None:
    truth = random_parameters(3, 3, 3, 2.0, ("gaussian", "bernoulli", "gaussian"))
    lengths = np.full(60, 30)
    X, _ = simulate(truth, lengths, seed=3)
    settled = HiddenMarkovModel(3, initial=truth, tolerance=1e-9).fit(X, lengths)
    rng = np.random.default_rng(3)
    best = settled.parameters_
    means = best.means + 0.3 * rng.normal(size=best.means.shape)
    means[:, 1] = 0.7 * best.means[:, 1] + 0.15
    disturbed = replace(
        best,
        start_probabilities=np.full(3, 1 / 3),
        transition_matrix=0.5 * best.transition_matrix + 0.5 / 3,
        means=means,
        variances=2.0 * best.variances,
    )
    model = HiddenMarkovModel(3, initial=disturbed, tolerance=1e-9).fit(X, lengths)
    assert model.history_[0] < settled.log_likelihood_ - 100
    assert_never_falls(model.history_)
    assert model.converged_
    assert model.log_likelihood_ == pytest.approx(settled.log_likelihood_, abs=1e-3)
    np.testing.assert_allclose(model.parameters_.means, best.means, atol=1e-3)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("densities", [(), ("bernoulli",) * 5 + ("gaussian",) * 2])
def test_a_planted_model_is_recovered_from_a_blurred_start(
    densities: tuple[Density, ...], missing: float
) -> None:
    # A start near the truth, because one random start may end in another optimum;
    # test_fitting.py covers several starts.
    truth = random_parameters(4, 7, 5, 4.0, densities)
    blur = replace(
        truth,
        start_probabilities=np.full(4, 0.25),
        transition_matrix=np.full((4, 4), 0.25),
        means=0.5 * (truth.means + truth.means.mean(axis=0)),
        variances=np.full((4, 7), 10.0),
    )
    lengths = np.random.default_rng(5).integers(5, 60, size=100)
    X, states = simulate(truth, lengths, seed=6)
    X = with_missing(X, missing)
    model = HiddenMarkovModel(4, initial=blur, variance_floor=0.01).fit(X, lengths)
    assert adjusted_rand_score(states, model.predict(X, lengths)) >= 0.9
    np.testing.assert_allclose(model.parameters_.means, truth.means, atol=0.25)
    np.testing.assert_allclose(
        model.parameters_.transition_matrix, truth.transition_matrix, atol=0.1
    )
    # The maximum likelihood is above that of the true model, but close to it.
    score = HiddenMarkovModel.from_parameters(truth).score(X, lengths)
    assert score < model.log_likelihood_ < score + 100


def test_fitted_parameters_belong_to_the_last_log_likelihood() -> None:
    X, lengths = mixed_data(6)
    reported: list[tuple[int, float]] = []
    model = HiddenMarkovModel(
        3,
        initial=rough_parameters(X, 3, 0, MIXED),
        variance_floor=0.01,
        on_iteration=lambda *iteration: reported.append(iteration),
    ).fit(X, lengths)
    assert model.score(X, lengths) == model.log_likelihood_ == model.history_[-1]
    assert reported == list(enumerate(model.history_, start=1))
    assert model.n_iter_ == len(reported)


def test_running_out_of_iterations_is_not_convergence() -> None:
    X, lengths = mixed_data(6)
    rough = rough_parameters(X, 3, 0)
    short = HiddenMarkovModel(3, initial=rough, variance_floor=0.01, max_iterations=2)
    assert not short.fit(X, lengths).converged_
    assert short.n_iter_ == 2
    long = HiddenMarkovModel(3, initial=rough, variance_floor=0.01, tolerance=1e-4)
    assert long.fit(X, lengths).converged_
    gains = np.diff(long.history_) / len(X)
    assert gains[-1] < 1e-4
    assert (gains[:-1] >= 1e-4).all()


def test_one_state_is_the_mean_and_variance() -> None:
    X, lengths = mixed_data(5)
    model = HiddenMarkovModel(1, densities=MIXED, variance_floor=0.01).fit(X, lengths)
    np.testing.assert_allclose(model.parameters_.means[0], X.mean(axis=0))
    np.testing.assert_allclose(
        model.parameters_.variances[0], np.maximum(X.var(axis=0), [0.01, 0.01, 0, 0.01])
    )
    np.testing.assert_array_equal(model.parameters_.transition_matrix, [[1.0]])
    np.testing.assert_allclose(model.predict_proba(X, lengths), 1.0, rtol=1e-13)


def test_a_state_without_rows_keeps_its_parameters() -> None:
    X, lengths = mixed_data(1)
    rough = rough_parameters(X, 3, 1)
    means = rough.means.copy()
    means[2] = 1e6
    model = HiddenMarkovModel(
        3, initial=replace(rough, means=means), variance_floor=0.01
    ).fit(X, lengths)
    np.testing.assert_array_equal(model.parameters_.means[2], means[2])
    np.testing.assert_array_equal(model.parameters_.variances[2], rough.variances[2])
    np.testing.assert_array_equal(
        model.parameters_.transition_matrix[2], rough.transition_matrix[2]
    )
    assert set(model.predict(X, lengths)) <= {0, 1}
    assert model.converged_


def test_users_of_one_week_do_not_change_the_transition_matrix() -> None:
    X, _ = mixed_data(2)
    lengths = np.ones(len(X), dtype=np.int64)
    rough = rough_parameters(X, 2, 0)
    model = HiddenMarkovModel(2, initial=rough, variance_floor=0.01).fit(X, lengths)
    np.testing.assert_array_equal(
        model.parameters_.transition_matrix, rough.transition_matrix
    )
    assert model.smooth(X, lengths).expected_moves.sum() == 0


def test_rows_a_thousand_standard_deviations_away_do_not_stop_em() -> None:
    X, lengths = mixed_data(4)
    X[[0, 7, 20, len(X) - 1], :2] = 1000.0
    model = HiddenMarkovModel(
        3, initial=rough_parameters(X, 3, 4), variance_floor=0.01
    ).fit(X, lengths)
    assert_never_falls(model.history_)
    assert model.converged_


def test_em_from_a_matrix_with_zeros_keeps_them() -> None:
    X, lengths = mixed_data(7)
    forbidden = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    initial = replace(
        rough_parameters(X, 3, 7),
        start_probabilities=np.array([1.0, 0.0, 0.0]),
        transition_matrix=forbidden,
    )
    model = HiddenMarkovModel(
        3, initial=initial, variance_floor=0.01, tolerance=-np.inf, max_iterations=20
    ).fit(X, lengths)
    rival = Rival(initial, "log", 0.01, n_iter=20).fit(X, lengths)
    np.testing.assert_allclose(model.history_, rival.monitor_.history, rtol=1e-9)
    assert (model.parameters_.transition_matrix[forbidden == 0] == 0).all()


def test_threads_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_CHUNK_ROWS", 5)
    X, lengths = mixed_data(8)
    X = with_missing(X, 0.2)
    fits = [
        HiddenMarkovModel(
            3, densities=MIXED, variance_floor=0.01, n_threads=n_threads
        ).fit(X, lengths)
        for n_threads in (1, 2, 3, 5)
    ]
    for other in fits[1:]:
        assert_same_parameters(other.parameters_, fits[0].parameters_)
        assert other.history_ == fits[0].history_
        np.testing.assert_array_equal(
            other.predict_proba(X, lengths), fits[0].predict_proba(X, lengths)
        )


# Missing values


def model_of(
    densities: tuple[Density, ...], seed: int = 0, n_states: int = 3
) -> HiddenMarkovModel:
    parameters = random_parameters(n_states, len(densities), seed, 1.0, densities)
    return HiddenMarkovModel.from_parameters(parameters)


def test_all_binary_log_likelihoods_never_exceed_zero() -> None:
    rng = np.random.default_rng(9)
    lengths = rng.integers(1, 40, size=60)
    share = np.array([0.0, 0.02, 0.5])
    X = (rng.random((int(lengths.sum()), 3)) < share).astype(np.float64)
    model = HiddenMarkovModel(4, densities=BINARY).fit(X, lengths)
    assert max(model.history_) <= 0.0
    # Gaussian densities have no such bound on the same rows.
    gaussian = HiddenMarkovModel(4, variance_floor=1e-3).fit(X, lengths)
    assert gaussian.log_likelihood_ > 0.0
    assert model.score(np.zeros((5, 3))) <= 0.0


def test_one_bernoulli_state_by_hand() -> None:
    parameters = HMMParameters(
        np.ones(1), np.ones((1, 1)), np.array([[0.25]]), np.ones((1, 1)), (BERNOULLI,)
    )
    X = np.array([[1.0], [0.0], [np.nan], [0.0]])
    score = HiddenMarkovModel.from_parameters(parameters).score(X, np.array([3, 1]))
    assert score == pytest.approx(np.log(0.25 * 0.75 * 0.75), rel=1e-14)


@pytest.mark.parametrize("hidden", [0, 2])
def test_a_column_that_is_never_observed_changes_nothing(hidden: int) -> None:
    model = model_of(MIXED)
    lengths = np.array([12, 1, 7])
    X, _ = simulate(model.parameters_, lengths)
    X[:, hidden] = np.nan
    kept = [feature for feature in range(4) if feature != hidden]
    parameters = model.parameters_
    smaller = HiddenMarkovModel.from_parameters(
        HMMParameters(
            parameters.start_probabilities,
            parameters.transition_matrix,
            parameters.means[:, kept],
            parameters.variances[:, kept],
            tuple(MIXED[feature] for feature in kept),
        )
    )
    rows = X[:, kept]
    assert model.score(X, lengths) == pytest.approx(smaller.score(rows, lengths))
    np.testing.assert_allclose(
        model.predict_proba(X, lengths),
        smaller.predict_proba(rows, lengths),
        atol=1e-12,
    )
    np.testing.assert_array_equal(
        model.predict(X, lengths), smaller.predict(rows, lengths)
    )
    # Nor does it change what EM learns from the other columns.
    full, part = (
        HiddenMarkovModel(
            3,
            initial=initial,
            variance_floor=0.01,
            max_iterations=5,
            tolerance=-np.inf,
        )
        for initial in (parameters, smaller.parameters_)
    )
    full.fit(X, lengths)
    part.fit(rows, lengths)
    np.testing.assert_allclose(full.history_, part.history_, rtol=1e-12)
    np.testing.assert_array_equal(
        full.parameters_.means[:, hidden], parameters.means[:, hidden]
    )


@pytest.mark.parametrize("densities", [MIXED, BINARY, ("gaussian",)])
def test_weeks_without_any_observation_are_predicted(
    densities: tuple[Density, ...],
) -> None:
    model = model_of(densities)
    lengths = np.array([9, 5])
    X, _ = simulate(model.parameters_, lengths)
    X[4:9] = np.nan
    X[9:12] = np.nan
    filtered = model.filter_proba(X, lengths)
    A = model.parameters_.transition_matrix
    for week in range(1, 6):
        prediction = filtered[3] @ np.linalg.matrix_power(A, week)
        np.testing.assert_allclose(filtered[3 + week], prediction, atol=1e-13)
    # With no observation after them, smoothing gives the same.
    smoothed = model.predict_proba(X, lengths)
    np.testing.assert_allclose(smoothed[3:9], filtered[3:9], atol=1e-13)
    # Before the first observation, the start probabilities give the prediction.
    start = model.parameters_.start_probabilities
    for week in range(3):
        prediction = start @ np.linalg.matrix_power(A, week)
        np.testing.assert_allclose(filtered[9 + week], prediction, atol=1e-13)
    assert model.score(X[4:9]) == pytest.approx(0.0, abs=1e-13)
    # A gap of k - 1 weeks acts as the transition matrix A^k.
    gap = model.predict_proba(X[[0, 4, 4, 1]])
    ends = HiddenMarkovModel.from_parameters(
        replace(model.parameters_, transition_matrix=np.linalg.matrix_power(A, 3))
    )
    np.testing.assert_allclose(gap[[0, 3]], ends.predict_proba(X[[0, 1]]), atol=1e-12)


def test_the_m_step_reads_observed_rows_only() -> None:
    X, lengths = mixed_data(10)
    X = with_missing(X, 0.4)
    model = HiddenMarkovModel(
        1, densities=MIXED, variance_floor=1e-6, max_iterations=2
    ).fit(X, lengths)
    np.testing.assert_allclose(model.parameters_.means[0], np.nanmean(X, axis=0))
    np.testing.assert_allclose(
        model.parameters_.variances[0, :3], np.nanvar(X, axis=0)[:3]
    )


def test_invalid_rows_are_refused() -> None:
    model = model_of((GAUSSIAN, BERNOULLI))
    for method in (model.score, model.predict, model.predict_proba, model.filter_proba):
        with pytest.raises(ValueError, match="infinite"):
            method(np.array([[np.inf, 1.0]]))
        with pytest.raises(ValueError, match="other than 0 and 1"):
            method(np.array([[0.0, 0.3]]))
        with pytest.raises(ValueError, match="lengths"):
            method(np.zeros((5, 2)), np.array([3, 3]))
        with pytest.raises(ValueError, match="3 columns for a model of 2 features"):
            method(np.zeros((5, 3)))


# The interface of an estimator


def test_packed_data_give_the_same_as_arrays() -> None:
    X, lengths = mixed_data(11)
    X = with_missing(X, 0.2)
    packed = pack(X, lengths, MIXED)
    initial = rough_parameters(X, 3, 11, MIXED)
    arrays = HiddenMarkovModel(3, initial=initial, variance_floor=0.01)
    ours = HiddenMarkovModel(3, initial=initial, variance_floor=0.01)
    assert ours.fit(packed).history_ == arrays.fit(X, lengths).history_
    assert_same_parameters(ours.parameters_, arrays.parameters_)
    assert ours.score(packed) == arrays.score(X, lengths)
    for name in ("predict", "predict_proba", "filter_proba"):
        np.testing.assert_array_equal(
            getattr(ours, name)(packed), getattr(arrays, name)(X, lengths)
        )
    with pytest.raises(ValueError, match="packed data without `initial`"):
        HiddenMarkovModel(3).fit(packed)


def test_data_packed_for_other_densities_are_refused() -> None:
    model = model_of((GAUSSIAN, GAUSSIAN))
    coins = pack(np.array([[0.0, 1.0]]), np.array([1]), ("bernoulli", "bernoulli"))
    with pytest.raises(ValueError, match="packed as"):
        model.score(coins)
    with pytest.raises(ValueError, match="pack the rows with those"):
        HiddenMarkovModel(3, initial=model.parameters_).fit(coins)


@pytest.mark.parametrize("users_a_chunk", [1, 7, 1000])
def test_chunks_of_users_give_the_result_of_all(users_a_chunk: int) -> None:
    model = model_of(MIXED, seed=12)
    lengths = np.random.default_rng(12).integers(1, 40, size=60)
    X = with_missing(simulate(model.parameters_, lengths)[0], 0.2)
    stops = np.append(np.arange(0, 60, users_a_chunk), 60)
    first_row = np.append(0, np.cumsum(lengths))[stops]
    chunks = [
        (X[start:stop], lengths[first:last])
        for start, stop, first, last in zip(
            first_row[:-1], first_row[1:], stops[:-1], stops[1:], strict=True
        )
    ]
    np.testing.assert_array_equal(
        np.concatenate([model.predict(*chunk) for chunk in chunks]),
        model.predict(X, lengths),
    )
    for method in (model.predict_proba, model.filter_proba):
        np.testing.assert_allclose(
            np.concatenate([method(*chunk) for chunk in chunks]),
            method(X, lengths),
            rtol=0,
            atol=1e-12,
        )
    assert sum(model.score(*chunk) for chunk in chunks) == pytest.approx(
        model.score(X, lengths), rel=1e-12
    )


def test_renumbering_states_renumbers_results() -> None:
    model = model_of(MIXED, seed=13, n_states=4)
    lengths = np.array([30, 40])
    X, _ = simulate(model.parameters_, lengths)
    order = np.array([2, 0, 3, 1])
    permuted = HiddenMarkovModel.from_parameters(model.parameters_.permuted(order))
    assert permuted.score(X, lengths) == pytest.approx(model.score(X, lengths))
    np.testing.assert_allclose(
        permuted.predict_proba(X, lengths),
        model.predict_proba(X, lengths)[:, order],
        atol=1e-12,
    )
    np.testing.assert_array_equal(
        order[permuted.predict(X, lengths)], model.predict(X, lengths)
    )


def test_samples_have_the_distribution_of_the_parameters() -> None:
    model = model_of(MIXED, seed=14)
    parameters = model.parameters_
    lengths = np.full(8000, 6)
    X, states = model.sample(lengths, random_state=1)
    assert X.shape == (48_000, 4)
    firsts = np.bincount(states[::6], minlength=3) / 8000
    np.testing.assert_allclose(firsts, parameters.start_probabilities, atol=0.02)
    paths = states.reshape(8000, 6)
    for state in range(3):
        after = paths[:, 1:][paths[:, :-1] == state]
        np.testing.assert_allclose(
            np.bincount(after, minlength=3) / len(after),
            parameters.transition_matrix[state],
            atol=0.02,
        )
        rows = X[states == state]
        np.testing.assert_allclose(
            rows.mean(axis=0), parameters.means[state], atol=0.05
        )
        np.testing.assert_allclose(
            rows.var(axis=0), parameters.variances[state], rtol=0.06
        )
    assert set(np.unique(X[:, 2])) == {0.0, 1.0}
    again, _ = model.sample(lengths, random_state=1)
    np.testing.assert_array_equal(again, X)
    assert (model.sample(lengths, random_state=2)[1] != states).any()


def test_samples_of_uneven_lengths_follow_the_order_of_users() -> None:
    parameters = HMMParameters(
        np.array([1.0, 0.0]),
        np.array([[0.0, 1.0], [1.0, 0.0]]),
        np.array([[0.0], [100.0]]),
        np.ones((2, 1)),
    )
    X, states = HiddenMarkovModel.from_parameters(parameters).sample([3, 1, 4])
    np.testing.assert_array_equal(states, [0, 1, 0, 0, 0, 1, 0, 1])
    np.testing.assert_array_equal(X[:, 0] > 50, states == 1)


def test_it_behaves_like_a_scikit_learn_estimator() -> None:
    model = HiddenMarkovModel(3, variance_floor=0.02, n_threads=1)
    assert model.get_params()["variance_floor"] == 0.02
    X, lengths = mixed_data(15)
    assert model.fit(X, lengths) is model
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "parameters_")
    assert_same_parameters(copy.fit(X, lengths).parameters_, model.parameters_)
    assert model.set_params(n_states=2).fit(X, lengths).parameters_.n_states == 2
    # Without lengths, all rows belong to one user.
    assert model.score(X) == model.score(X, np.array([len(X)]))


def test_an_unfitted_model_is_an_error() -> None:
    model = HiddenMarkovModel(2)
    X = np.zeros((3, 1))
    for method in (model.score, model.predict, model.predict_proba, model.filter_proba):
        with pytest.raises(NotFittedError, match="call fit"):
            method(X)
    with pytest.raises(NotFittedError, match="call fit"):
        model.sample([3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_probabilities": np.array([0.5, 0.4])}, "sum to"),
        ({"transition_matrix": np.array([[1.5, -0.5], [0.0, 1.0]])}, "negative"),
        ({"means": np.array([[0.0], [np.nan]])}, "not finite"),
        ({"variances": np.array([[1.0], [0.0]])}, "positive"),
        ({"variances": np.ones((2, 3))}, "shape"),
        ({"densities": ("poisson",)}, "expected gaussian, bernoulli"),
        ({"densities": ("gaussian", "gaussian")}, "expected 2"),
        ({"densities": ("bernoulli",)}, "outside"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], message: str) -> None:
    sound: dict[str, Any] = {
        "start_probabilities": np.array([0.5, 0.5]),
        "transition_matrix": np.eye(2),
        "means": np.zeros((2, 1)),
        "variances": np.ones((2, 1)),
    }
    assert HMMParameters(**sound).n_states == 2
    with pytest.raises(ValueError, match=message):
        HMMParameters(**(sound | change))


# Interrupts


def test_an_interrupt_ends_the_fit_immediately() -> None:
    X, lengths = mixed_data(16)
    iterations: list[int] = []

    def interrupt(iteration: int, log_likelihood: float) -> None:
        iterations.append(iteration)
        if iteration == 3:
            raise KeyboardInterrupt

    model = HiddenMarkovModel(3, tolerance=-np.inf, on_iteration=interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, lengths)
    assert iterations == [1, 2, 3]
    # The threads still work.
    assert np.isfinite(model.set_params(on_iteration=None).fit(X, lengths).history_[0])


LONG_FIT = """
    import signal
    # Background processes of a shell ignore interrupts by default.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    import numpy as np
    from user_states.hmm.hidden_markov_model import HiddenMarkovModel
    from user_states.hmm.parameters import HMMParameters

    rng = np.random.default_rng(0)
    lengths = np.full(10_000, 60)
    initial = HMMParameters(
        np.full(8, 1 / 8),
        np.full((8, 8), 1 / 8),
        rng.normal(size=(8, 3)),
        np.ones((8, 3)),
    )
    HiddenMarkovModel(
        8,
        initial=initial,
        tolerance=-np.inf,
        max_iterations=100_000,
        n_threads={n_threads},
        on_iteration=lambda iteration, score: print(iteration, flush=True),
    ).fit(rng.normal(size=(600_000, 3)), lengths)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("n_threads", [1, 2])
def test_control_c_stops_a_long_fit(n_threads: int) -> None:
    command = textwrap.dedent(LONG_FIT.format(n_threads=n_threads))
    with subprocess.Popen(
        [sys.executable, "-c", command],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "1\n"
            # Send the signal in the middle of an iteration, if possible.
            time.sleep(0.05)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=20)
            seconds = time.monotonic() - sent
        finally:
            process.kill()
    assert process.returncode != 0
    assert "KeyboardInterrupt" in complaints
    # Takes less than one second; a busy machine may need more.
    assert seconds < 3.0
