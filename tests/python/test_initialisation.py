"""Rough models: EM can start from them on any rows, and clear clusters are found."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_hmm import random_parameters, simulate, with_missing
from user_states.hmm.arrays import FloatArray, count_moves
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import (
    rough_from_distant_rows,
    rough_from_kmeans,
    split_state,
    without_state,
)
from user_states.hmm.parameters import Density, HMMParameters, as_densities

MIXED: tuple[Density, ...] = as_densities(("gaussian", "bernoulli", "gaussian"))
METHODS = (rough_from_kmeans, rough_from_distant_rows)
LENGTHS = np.random.default_rng(0).integers(1, 40, size=60)

Method = Callable[..., HMMParameters]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def mixed_rows(seed: int = 0, missing: float = 0.0) -> FloatArray:
    parameters = random_parameters(3, 3, seed, 2.0, MIXED)
    return with_missing(simulate(parameters, LENGTHS, seed)[0], missing, seed)


@settings(max_examples=20, deadline=None)
@given(
    method=st.sampled_from(METHODS),
    n_states=st.integers(1, 8),
    missing=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 1000),
)
def test_a_rough_model_has_no_zero_probability(
    method: Method, n_states: int, missing: float, seed: int
) -> None:
    X = mixed_rows(seed, missing)
    rough = method(X, LENGTHS, n_states, MIXED, rng(seed))
    assert (rough.n_states, rough.densities) == (n_states, MIXED)
    assert rough.start_probabilities.min() > 0
    assert rough.transition_matrix.min() > 0
    # HMMParameters has checked the rest; EM can start from it.
    model = HiddenMarkovModel(n_states, initial=rough, max_iterations=3)
    assert np.isfinite(model.fit(X, LENGTHS).history_).all()


@pytest.mark.parametrize("method", METHODS)
def test_results_only_depend_on_the_random_generator(method: Method) -> None:
    X = mixed_rows()
    one, same, other = (
        method(X, LENGTHS, 6, MIXED, rng(seed)).means for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_clear_clusters_become_states() -> None:
    truth = random_parameters(3, 2, seed=4, spread=30.0)
    X, states = simulate(truth, LENGTHS)
    rough = rough_from_kmeans(X, LENGTHS, 3, truth.densities, rng())
    order = np.array(
        [np.square(rough.means - mean).sum(axis=1).argmin() for mean in truth.means]
    )
    ours = rough.permuted(order)
    for state in range(3):
        rows = X[states == state]
        np.testing.assert_allclose(ours.means[state], rows.mean(axis=0))
        np.testing.assert_allclose(ours.variances[state], rows.var(axis=0))
    # Counts of moves and first weeks, plus one each.
    moves = count_moves(states, LENGTHS, 3) + 1.0
    np.testing.assert_allclose(
        ours.transition_matrix, moves / moves.sum(axis=1, keepdims=True)
    )
    firsts = np.bincount(states[np.cumsum(LENGTHS) - LENGTHS], minlength=3) + 1.0
    np.testing.assert_allclose(ours.start_probabilities, firsts / firsts.sum())


def test_one_cluster_has_the_mean_of_observed_values() -> None:
    X = mixed_rows(1, missing=0.3)
    rough = rough_from_kmeans(X, LENGTHS, 1, MIXED, rng())
    np.testing.assert_allclose(rough.means[0], np.nanmean(X, axis=0))
    np.testing.assert_allclose(rough.variances[0, [0, 2]], np.nanvar(X, 0)[[0, 2]])


def test_binary_features_dominate_the_clusters() -> None:
    noise = rng(3).normal(size=(400, 3))
    X = np.column_stack([noise, np.arange(400) % 2])
    rough = rough_from_kmeans(X, np.array([400]), 2, ("gaussian",) * 4, rng())
    np.testing.assert_allclose(np.sort(rough.means[:, 3]), [0.0, 1.0], atol=1e-12)


def test_constant_binary_features_do_not_give_probabilities_of_0_or_1() -> None:
    X = np.column_stack([np.repeat([0.0, 9.0], 50), np.repeat([0.0, 1.0], 50)])
    for method in METHODS:
        rough = method(X, np.array([50, 50]), 2, ("gaussian", "bernoulli"), rng())
        np.testing.assert_allclose(np.sort(rough.means[:, 1]), [0.05, 0.95])
        np.testing.assert_allclose(np.sort(rough.means[:, 0]), [0.0, 9.0])


@pytest.mark.parametrize("method", METHODS)
def test_fewer_distinct_rows_than_states(method: Method) -> None:
    X = np.tile([[0.0, 1.0], [1.0, 0.0]], (50, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rough = method(X, np.full(10, 10), 5, ("gaussian", "gaussian"), rng())
    assert rough.n_states == 5
    assert set(np.round(rough.means[:, 0], 12)) <= {0.0, 0.5, 1.0}


@pytest.mark.parametrize("method", METHODS)
def test_a_feature_without_observations(method: Method) -> None:
    X = mixed_rows()
    X[:, 2] = np.nan
    rough = method(X, LENGTHS, 3, MIXED, rng())
    np.testing.assert_array_equal(rough.means[:, 2], 0.0)
    np.testing.assert_array_equal(rough.variances[:, 2], 1.0)


def test_distant_rows_are_rows_of_the_data() -> None:
    X, _ = simulate(random_parameters(4, 2, seed=5, spread=50.0), LENGTHS)
    rough = rough_from_distant_rows(X, LENGTHS, 4, ("gaussian",) * 2, rng())
    for mean in rough.means:
        assert (mean == X).all(axis=1).any()
    # One row per cluster, because k-means++ draws by squared distance.
    gaps = np.linalg.norm(rough.means[:, np.newaxis] - rough.means, axis=2)
    assert gaps[~np.eye(4, dtype=bool)].min() > 10
    np.testing.assert_allclose(rough.variances, np.tile(X.var(axis=0), (4, 1)))
    np.testing.assert_allclose(np.diag(rough.transition_matrix), 0.8)
    np.testing.assert_allclose(rough.start_probabilities, 0.25)


def test_missing_values_of_a_distant_row_become_means() -> None:
    X = mixed_rows(2)
    X[:, 0] = np.nan
    X[0, 0] = 7.0
    rough = rough_from_distant_rows(X, LENGTHS, 3, MIXED, rng())
    np.testing.assert_allclose(rough.means[:, 0], 7.0)


@pytest.mark.parametrize("state", [0, 2])
def test_a_split_divides_the_state_between_its_halves(state: int) -> None:
    whole = random_parameters(3, 3, 6, 2.0, MIXED)
    # Far enough from 0 and 1 that no half of a Bernoulli mean is clipped.
    whole.means[:, 1] = [0.4, 0.5, 0.6]
    whole = replace(whole)
    split = split_state(whole, state, rng())
    assert (split.n_states, split.densities) == (4, MIXED)
    halves = [state, 3]
    others = [i for i in range(3) if i != state]
    np.testing.assert_allclose(
        split.start_probabilities[halves], whole.start_probabilities[state] / 2
    )
    arrivals = split.transition_matrix[:, halves]
    np.testing.assert_allclose(arrivals[:, 0], arrivals[:, 1])
    np.testing.assert_allclose(
        arrivals.sum(axis=1), whole.transition_matrix[[0, 1, 2, state], state]
    )
    np.testing.assert_allclose(
        split.transition_matrix[3, others], whole.transition_matrix[state, others]
    )
    np.testing.assert_array_equal(split.means[others], whole.means[others])
    np.testing.assert_allclose(split.means[halves].mean(axis=0), whole.means[state])
    np.testing.assert_allclose(
        np.abs(np.diff(split.means[halves], axis=0)[0]),
        0.5 * np.sqrt(whole.variances[state]),
    )


def test_equal_halves_give_the_same_model() -> None:
    whole = random_parameters(3, 2, seed=7, spread=1.0)
    X, _ = simulate(whole, LENGTHS)
    split = split_state(whole, 1, rng())
    equal = replace(split, means=whole.means[[0, 1, 2, 1]])
    score = HiddenMarkovModel.from_parameters(whole).score(X, LENGTHS)
    copied = HiddenMarkovModel.from_parameters(equal)
    assert copied.score(X, LENGTHS) == pytest.approx(score, rel=1e-12)
    # Different halves change the likelihood at first; EM then improves it.
    model = HiddenMarkovModel(4, initial=split, variance_floor=0.01).fit(X, LENGTHS)
    assert model.history_[0] != pytest.approx(score, rel=1e-6)
    assert model.log_likelihood_ > score


def test_a_split_bernoulli_mean_stays_between_0_and_1() -> None:
    nearly = replace(
        random_parameters(2, 2, 8, 1.0, ("bernoulli", "bernoulli")),
        means=np.array([[1e-4, 1 - 1e-4], [1e-6, 1 - 1e-6]]),
    )
    for state in (0, 1):
        for seed in range(4):
            means = split_state(nearly, state, rng(seed)).means
            assert means.min() >= 1e-6
            assert means.max() <= 1 - 1e-6


def test_other_states_get_the_probabilities_of_a_removed_state() -> None:
    whole = random_parameters(4, 3, 9, 2.0, MIXED)
    left = without_state(whole, 1)
    kept = [0, 2, 3]
    assert (left.n_states, left.densities) == (3, MIXED)
    np.testing.assert_array_equal(left.means, whole.means[kept])
    np.testing.assert_array_equal(left.variances, whole.variances[kept])
    starts = whole.start_probabilities[kept]
    np.testing.assert_allclose(
        left.start_probabilities, starts / starts.sum(), atol=1e-8
    )
    moves = whole.transition_matrix[np.ix_(kept, kept)]
    np.testing.assert_allclose(
        left.transition_matrix, moves / moves.sum(axis=1, keepdims=True), atol=1e-8
    )


def test_a_state_that_only_moved_to_the_removed_one_moves_anywhere() -> None:
    whole = replace(
        random_parameters(3, 2, seed=10),
        start_probabilities=np.array([0.0, 1.0, 0.0]),
        transition_matrix=np.array([[0.0, 1.0, 0.0], [0.3, 0.3, 0.4], [0, 0.5, 0.5]]),
    )
    left = without_state(whole, 1)
    np.testing.assert_allclose(left.start_probabilities, 0.5)
    np.testing.assert_allclose(left.transition_matrix[0], 0.5)
    np.testing.assert_allclose(left.transition_matrix[1], [0.0, 1.0], atol=1e-8)
