"""Densities equal the textbook's, and no estimates nearby are better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_hmm import (
    log_densities,
    random_parameters,
    simulate,
    with_missing,
    with_missing_features,
)
from user_states.hmm.arrays import FloatArray
from user_states.hmm.emissions import (
    LEAST_MASS,
    FeatureSums,
    as_means,
    coefficients,
    estimate,
    feature_sums,
    log_prior,
    probabilities_above,
)
from user_states.hmm.packed_columns import Columns
from user_states.hmm.packing import PackedSequences, pack, unpack_user
from user_states.hmm.parameters import (
    BERNOULLI,
    GAUSSIAN,
    Density,
    HMMParameters,
    as_densities,
    categorical,
    parts,
)

MIXED: tuple[Density, ...] = as_densities(
    (
        "gaussian",
        "bernoulli",
        "gaussian",
        "bernoulli",
        "gaussian",
    )
)
EVERY = as_densities(
    ("gaussian", "count", "share", parts(3), "bernoulli", categorical(3), "share")
)
FLOORS = (0.01, 1e-3)


def one_user(
    seed: int, missing: float, n_states: int = 3
) -> tuple[HMMParameters, FloatArray]:
    """Return a model and rows; the last column is Gaussian with values 0 and 1."""
    parameters = random_parameters(n_states, 5, seed, 1.0, MIXED)
    X, _ = simulate(parameters, np.array([60]), seed)
    X[:, 4] = X[:, 4] > 0
    return parameters, with_missing(X, missing, seed)


def packed_columns(X: FloatArray) -> tuple[Columns, FloatArray]:
    packed = pack(X, np.array([len(X)]), MIXED)
    return packed.columns, unpack_user(packed, 0, 0)[1]


def sums_of(X: FloatArray, weights: FloatArray) -> tuple[Columns, FeatureSums]:
    """Return the expected sums as the kernel computes them."""
    columns, values = packed_columns(X)
    squares = values[:, : columns.n_quadratic] ** 2
    return columns, feature_sums(
        weights.sum(axis=0), weights.T @ values, weights.T @ squares, columns
    )


def one_user_of_every_density(
    seed: int, missing: float
) -> tuple[HMMParameters, FloatArray, PackedSequences]:
    parameters = random_parameters(3, 0, seed, 1.0, EVERY)
    X, _ = simulate(parameters, np.array([60]), seed)
    X = with_missing_features(X, EVERY, missing, seed)
    return parameters, X, pack(X, np.array([60]), EVERY)


def random_weights(n_rows: int, n_states: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(n_states, 0.5), size=n_rows)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3, 0.9, 1.0]))
def test_log_densities_equal_the_textbook(seed: int, missing: float) -> None:
    parameters, X = one_user(seed, missing)
    columns, values = packed_columns(X)
    ours = coefficients(parameters, columns).log_densities(values)
    np.testing.assert_allclose(
        ours, log_densities(parameters, X), rtol=1e-11, atol=1e-11
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3, 1.0]))
def test_every_log_density_equals_its_formula(seed: int, missing: float) -> None:
    parameters, X, packed = one_user_of_every_density(seed, missing)
    ours = coefficients(parameters, packed.columns).log_densities(
        unpack_user(packed, 0, 0)[1]
    )
    np.testing.assert_allclose(
        ours, log_densities(parameters, X), rtol=1e-11, atol=1e-11
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3]))
def test_no_probabilities_nearby_are_better_with_the_prior(
    seed: int, missing: float
) -> None:
    before, X, packed = one_user_of_every_density(seed, missing)
    columns, values = packed.columns, unpack_user(packed, 0, 0)[1]
    weights = random_weights(len(X), 3, seed)
    squares = values[:, : columns.n_quadratic] ** 2
    sums = feature_sums(
        weights.sum(axis=0), weights.T @ values, weights.T @ squares, columns
    )
    value, weight = as_means(X, EVERY)
    probability = ~before.is_gaussian
    np.testing.assert_allclose(
        sums.value[:, probability], (weights.T @ value)[:, probability], atol=1e-9
    )
    np.testing.assert_allclose(sums.weight, weights.T @ weight, atol=1e-9)
    means, variances = estimate(sums, columns, before, *FLOORS)
    best = replace(before, means=means, variances=variances)

    def expected(parameters: HMMParameters) -> float:
        total = (weights * log_densities(parameters, X)).sum()
        return float(total) + log_prior(parameters, columns)

    rng = np.random.default_rng(seed)
    for step in (0.3, 0.01):
        moved = means * np.exp(step * rng.normal(size=means.shape))
        moved = np.where(before.is_gaussian, means, np.minimum(moved, 0.99))
        moved = probabilities_above(moved, EVERY, FLOORS[1])
        assert expected(replace(best, means=moved)) < expected(best)


def test_what_no_state_has_seen_keeps_the_overall_shares() -> None:
    X = np.repeat([[0.0], [3.0], [7.0]], [50, 30, 20], axis=0)
    before = random_parameters(2, 0, 0, 1.0, ("count",))
    columns = pack(X, np.array([100]), ("count",)).columns
    value = np.zeros((2, 8))
    value[0, 0] = 10.0
    sums = FeatureSums(value.sum(axis=1, keepdims=True) * np.ones(8), value, value)
    means, _ = estimate(sums, columns, before, 0.1, 1e-12)
    smoothed = [10.05, 0, 0, 0.03, 0, 0, 0, 0.02]
    np.testing.assert_allclose(means[0], np.array(smoothed) / 10.1, atol=1e-11)
    # A state without weeks keeps what it had.
    np.testing.assert_array_equal(means[1], before.means[1])


def test_a_bernoulli_density_by_hand() -> None:
    parameters = HMMParameters(
        np.array([0.5, 0.5]),
        np.full((2, 2), 0.5),
        np.array([[0.25, 0.5], [0.75, 0.125]]),
        np.ones((2, 2)),
        (BERNOULLI, BERNOULLI),
    )
    X = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [np.nan, 0.0], [np.nan, np.nan]])
    packed = pack(X, np.array([5]), parameters.densities)
    ours = coefficients(parameters, packed.columns).log_densities(
        unpack_user(packed, 0, 0)[1]
    )
    by_hand = [
        [0.25 * 0.5, 0.75 * 0.125],
        [0.75 * 0.5, 0.25 * 0.125],
        [0.25 * 0.5, 0.75 * 0.875],
        [0.5, 0.875],
        [1.0, 1.0],
    ]
    np.testing.assert_allclose(ours, np.log(by_hand), rtol=1e-14, atol=1e-15)


def test_a_missing_value_counts_as_if_the_feature_did_not_exist() -> None:
    parameters, X = one_user(1, 0.0)
    X[:, [0, 3]] = np.nan
    columns, values = packed_columns(X)
    ours = coefficients(parameters, columns).log_densities(values)
    kept = [1, 2, 4]
    without = HMMParameters(
        parameters.start_probabilities,
        parameters.transition_matrix,
        parameters.means[:, kept],
        parameters.variances[:, kept],
        tuple(MIXED[feature] for feature in kept),
    )
    np.testing.assert_allclose(ours, log_densities(without, X[:, kept]), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3, 0.9]))
def test_sums_are_over_observed_rows_only(seed: int, missing: float) -> None:
    _, X = one_user(seed, missing)
    weights = random_weights(len(X), 3, seed)
    columns, sums = sums_of(X, weights)
    for feature in range(5):
        seen = ~np.isnan(X[:, feature])
        values = X[seen, feature] - columns.offset[feature]
        weight = weights[seen]
        np.testing.assert_allclose(sums.weight[:, feature], weight.sum(axis=0))
        np.testing.assert_allclose(
            sums.value[:, feature], weight.T @ values, rtol=1e-10, atol=1e-11
        )
        np.testing.assert_allclose(
            sums.square[:, feature], weight.T @ values**2, rtol=1e-10, atol=1e-11
        )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3]))
def test_no_parameters_nearby_within_the_floors_are_better(
    seed: int, missing: float
) -> None:
    before, X = one_user(seed, missing)
    # One column is nearly constant, one is constant.
    X[1:, 3] = 0.0
    X[:, 2] = np.where(np.isnan(X[:, 2]), np.nan, 3.0)
    weights = random_weights(len(X), 3, seed)
    columns, sums = sums_of(X, weights)
    variance_floor, probability_floor = FLOORS
    means, variances = estimate(sums, columns, before, *FLOORS)
    best = replace(before, means=means, variances=variances)

    def expected(parameters: HMMParameters) -> float:
        return float((weights * log_densities(parameters, X)).sum())

    coin = best.is_bernoulli
    assert best.variances[:, ~coin].min() >= variance_floor
    assert (best.variances[:, 2] == variance_floor).all()
    assert best.means[:, coin].min() >= probability_floor
    assert best.means[:, coin].max() <= 1.0 - probability_floor
    rng = np.random.default_rng(seed)
    for step in (0.3, 0.01):
        moved = means + step * rng.normal(size=means.shape)
        moved[:, coin] = np.clip(
            moved[:, coin], probability_floor, 1.0 - probability_floor
        )
        wider = variances * np.exp(step * rng.normal(size=means.shape))
        other = replace(
            before, means=moved, variances=np.maximum(wider, variance_floor)
        )
        assert expected(other) < expected(best)


def test_the_estimates_are_the_weighted_moments() -> None:
    before, X = one_user(2, 0.2)
    weights = random_weights(len(X), 3, seed=2)
    columns, sums = sums_of(X, weights)
    means, variances = estimate(sums, columns, before, 0.0, 0.0)
    for feature in range(5):
        seen = ~np.isnan(X[:, feature])
        for state in range(3):
            share = weights[seen, state] / weights[seen, state].sum()
            mean = share @ X[seen, feature]
            assert means[state, feature] == pytest.approx(mean, rel=1e-12)
            if MIXED[feature] == GAUSSIAN:
                variance = share @ (X[seen, feature] - mean) ** 2
                assert variances[state, feature] == pytest.approx(variance, rel=1e-11)


def test_a_floor_for_each_feature() -> None:
    before, X = one_user(3, 0.0)
    X[:, 0] = 3.0
    floors = np.array([0.25, 9.0, 0.5, 9.0, 4.0])
    columns, sums = sums_of(X, random_weights(len(X), 3, seed=3))
    means, variances = estimate(sums, columns, before, floors, 1e-4)
    fitted = replace(before, means=means, variances=variances)
    np.testing.assert_array_equal(fitted.variances[:, 0], 0.25)
    # The variance of a 0/1 column is always less than 4.
    np.testing.assert_array_equal(fitted.variances[:, 4], 4.0)
    assert (fitted.variances[:, 2] > 0.5).all()
    # The variance floor does not apply to Bernoulli features.
    coin = fitted.means[:, [1, 3]]
    np.testing.assert_array_equal(fitted.variances[:, [1, 3]], coin * (1 - coin))


def test_a_state_without_observations_of_a_feature_keeps_its_parameters() -> None:
    before, X = one_user(4, 0.0)
    weights = random_weights(len(X), 3, seed=4)
    weights[:, 1] = LEAST_MASS / len(X) / 2
    X[weights[:, 0] > 0.01, 3] = np.nan
    weights[weights[:, 0] <= 0.01, 0] = 0.0
    columns, sums = sums_of(X, weights)
    means, variances = estimate(sums, columns, before, *FLOORS)
    np.testing.assert_array_equal(means[1], before.means[1])
    np.testing.assert_array_equal(variances[1], before.variances[1])
    assert means[0, 3] == before.means[0, 3]
    assert (means[0, :3] != before.means[0, :3]).all()
    assert np.isfinite(means).all()
    assert np.isfinite(variances).all()
