"""Levels of users, and features that are counts, categories, shares and parts.

Exact answers come from enumeration of every level and every path.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score

from planted_hmm import (
    Enumerated,
    enumerate_paths,
    random_parameters,
    simulate,
    simulate_levels,
    tilted,
    with_missing_features,
)
from user_states.hmm import inference
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.decoding import decode
from user_states.hmm.emissions import as_means, distributions_above, log_prior
from user_states.hmm.fit_result import count_parameters
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import (
    rough_from_distant_rows,
    rough_from_kmeans,
    split_state,
    without_state,
)
from user_states.hmm.levels import (
    LevelSums,
    estimate_levels,
    expected_level,
    log_level_prior,
    state_beliefs,
    with_levels,
)
from user_states.hmm.packing import pack
from user_states.hmm.parameters import (
    COUNT,
    GAUSSIAN,
    SHARE,
    Density,
    HMMParameters,
    as_densities,
    categorical,
    parts,
)
from user_states.hmm.sequences import Sequences

EVERY = as_densities(
    ("gaussian", "count", "share", parts(3), "bernoulli", categorical(3), "share")
)
RIDES = (COUNT, parts(4), SHARE)
LENGTHS = np.array([5, 1, 3, 6, 2, 4, 1, 3, 2, 5])

Case = tuple[HMMParameters, FloatArray, IntArray]


def some_case(n_levels: int, missing: float = 0.0, seed: int = 0) -> Case:
    parameters = random_parameters(2, 0, seed, 1.0, EVERY, n_levels)
    X, _ = simulate(parameters, LENGTHS, seed)
    return parameters, with_missing_features(X, EVERY, missing, seed), LENGTHS


def by_enumeration(case: Case) -> list[Enumerated]:
    parameters, X, lengths = case
    users = np.split(X, np.cumsum(lengths)[:-1])
    return [enumerate_paths(parameters, rows) for rows in users]


def rows_of(users: list[Enumerated], name: str) -> FloatArray:
    return np.concatenate([getattr(user, name) for user in users])


def assert_close(ours: FloatArray | float, theirs: FloatArray | float) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


# Probabilities of levels and states


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("n_levels", [1, 2, 3])
def test_enumeration_gives_the_same(n_levels: int, missing: float) -> None:
    case = some_case(n_levels, missing)
    parameters, X, lengths = case
    users = by_enumeration(case)
    model = HiddenMarkovModel.from_parameters(parameters)
    packed = pack(X, lengths, EVERY)
    smoothed = model.smooth(packed)
    total = sum(user.log_likelihood for user in users)
    assert_close(smoothed.log_likelihood, total)
    assert model.score(packed) == smoothed.log_likelihood
    assert_close(smoothed.probabilities, rows_of(users, "probabilities"))
    assert_close(
        smoothed.level_probabilities,
        np.array([user.level_probabilities for user in users]),
    )
    assert_close(
        smoothed.expected_moves,
        np.sum([user.expected_moves for user in users], axis=0),
    )
    assert_close(model.smooth_levels(packed), rows_of(users, "smoothed_levels"))
    filtered = rows_of(users, "filtered")
    assert_close(model.filter_levels(packed), filtered)
    assert_close(
        model.filter_proba(packed), filtered.reshape(len(X), n_levels, 2).sum(axis=1)
    )
    log_probability, states = model.decode(packed)
    assert_close(log_probability, sum(user.best_log_likelihood for user in users))
    np.testing.assert_array_equal(states, rows_of(users, "best_path"))


@pytest.mark.parametrize("n_levels", [1, 2, 3])
def test_expected_sums_are_those_of_the_probabilities(n_levels: int) -> None:
    case = some_case(n_levels, missing=0.3, seed=1)
    parameters, X, lengths = case
    users = by_enumeration(case)
    found = inference.expected_statistics(parameters, pack(X, lengths, EVERY))
    p = rows_of(users, "probabilities")
    count, s, m = X[:, 1], X[:, 2], X[:, 3]
    of_count = parameters.columns(1)
    for category in range(8):
        assert_close(
            found.features.value[:, of_count][:, category], p.T @ (count == category)
        )
    assert_close(found.features.weight[:, 1], p.T @ ~np.isnan(count))
    of_share = parameters.columns(2).start
    assert_close(found.features.value[:, of_share], p.T @ np.nan_to_num(s))
    assert_close(found.features.weight[:, of_share], p.T @ np.nan_to_num(m))
    of_parts = parameters.columns(3)
    counts = np.nan_to_num(X[:, 4:7])
    assert_close(found.features.value[:, of_parts], p.T @ counts)
    assert_close(found.features.weight[:, of_parts.start], p.T @ counts.sum(axis=1))
    assert_close(
        found.levels.users, np.sum([u.level_probabilities for u in users], axis=0)
    )
    if n_levels > 1:
        joint = rows_of(users, "smoothed_levels").T
        assert_close(found.levels.weeks.ravel(), joint @ ~np.isnan(count))
        assert_close(found.levels.rides.ravel(), joint @ np.nan_to_num(count))


@pytest.mark.parametrize("n_levels", [1, 3])
def test_logarithms_give_the_same(
    n_levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, X, lengths = some_case(n_levels, missing=0.2, seed=2)
    packed = pack(X, lengths, EVERY)
    functions = (
        inference.smoothed,
        inference.smoothed_levels,
        inference.filtered,
        inference.log_likelihood,
        inference.expected_statistics,
    )
    scaled = [function(parameters, packed) for function in functions]
    # Every user is taken for lost.
    monkeypatch.setattr(inference, "_LEAST_SAFE_PROBABILITY", 2.0)
    monkeypatch.setattr(inference, "_LEAST_LOG_SCALE", -1e-9)
    for ours, theirs in zip(
        scaled, [function(parameters, packed) for function in functions], strict=True
    ):
        assert_all_close(ours, theirs)


def assert_all_close(one: Any, other: Any) -> None:
    """Compare numbers, arrays, and objects that hold them."""
    if hasattr(one, "__dataclass_fields__"):
        for name in one.__dataclass_fields__:
            assert_all_close(getattr(one, name), getattr(other, name))
    else:
        assert_close(one, other)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_states=st.integers(1, 4),
    n_levels=st.integers(1, 5),
    n_users=st.integers(1, 20),
    is_static=st.booleans(),
)
def test_any_model_gives_the_numbers_of_logarithms(
    seed: int, n_states: int, n_levels: int, n_users: int, is_static: bool
) -> None:
    parameters = random_parameters(n_states, 0, seed, 1.0, RIDES, n_levels)
    if is_static:
        parameters = replace(parameters, transition_matrix=np.eye(n_states))
    lengths = np.random.default_rng(seed).integers(1, 40, size=n_users)
    X, _ = simulate(parameters, lengths, seed)
    packed = pack(X, lengths, RIDES)
    smoothed = inference.smoothed(parameters, packed)
    joint = inference.smoothed_levels(parameters, packed)
    filtered = inference.filtered(parameters, packed)
    model = inference._Model.of(parameters, packed)
    total = 0.0
    for user, one in enumerate(
        inference._in_logarithms(model, packed, lanes_of(packed.lane_weeks))
    ):
        number = packed.user_order[user]
        total += one.user.log_likelihood
        assert_close(smoothed.level_probabilities[number], one.user.probabilities)
        n_columns = n_levels * n_states
        assert_close(joint[one.rows], inference._joined(one.user.smoothed, n_columns))
        assert_close(
            filtered[one.rows], inference._joined(one.user.filtered, n_columns)
        )
    assert_close(smoothed.log_likelihood, total)
    found = inference.expected_statistics(parameters, packed)
    np.testing.assert_array_equal(smoothed.expected_moves, found.moves)
    assert_close(found.features.weight[:, 0], smoothed.probabilities.sum(axis=0))


def lanes_of(lane_weeks: FloatArray) -> list[tuple[int, int]]:
    return [(group, lane) for group, lane in np.argwhere(lane_weeks > 0).tolist()]


def test_a_level_that_seemed_impossible_can_return() -> None:
    """After years of silence a user rides every day; the filter still sees it."""
    silent = np.array([0.999, *np.full(7, 0.001 / 7)])
    parameters = HMMParameters(
        np.ones(1),
        np.ones((1, 1)),
        silent[np.newaxis],
        np.ones((1, 8)),
        (COUNT,),
        level_weights=np.array([0.5, 0.5]),
        level_effects=np.array([0.02, 50.0]),
    )
    X = np.repeat([0.0, 7.0], [300, 300])[:, np.newaxis]
    model = HiddenMarkovModel.from_parameters(parameters)
    beliefs = model.filter_levels(X)
    assert beliefs[299, 1] < 1e-9
    assert beliefs[-1, 1] > 1 - 1e-9
    level = expected_level(beliefs, parameters)
    assert level[[299, 599]] == pytest.approx([0.02, 50.0], rel=1e-6)
    exact = model.smooth(X)
    assert_close(beliefs[-1], exact.level_probabilities[0])


def test_decoding_carries_levels() -> None:
    parameters, X, lengths = some_case(3, missing=0.2, seed=3)
    users = by_enumeration((parameters, X, lengths))
    decoded = decode(parameters, Sequences(X, lengths, EVERY))
    assert_close(decoded.filtered, rows_of(users, "filtered"))
    assert decoded.level_probabilities.shape == (len(lengths), 3)
    beliefs = state_beliefs(decoded.filtered, 2)
    assert_close(beliefs, decoded.filtered.reshape(-1, 3, 2).sum(axis=1))
    by_level = decoded.filtered.reshape(-1, 3, 2).sum(axis=2)
    assert_close(
        expected_level(decoded.filtered, parameters),
        by_level @ parameters.level_effects,
    )


@pytest.mark.parametrize("n_levels", [1, 3])
def test_threads_do_not_change_a_bit(n_levels: int) -> None:
    parameters = random_parameters(3, 0, 4, 1.0, RIDES, n_levels)
    lengths = np.random.default_rng(4).integers(1, 200, size=150)
    X, _ = simulate(parameters, lengths, 4)
    packed = pack(X, lengths, RIDES)
    fits = []
    for n_threads in (1, 2, 5):
        model = HiddenMarkovModel(
            3,
            initial=parameters,
            n_threads=n_threads,
            max_iterations=5,
            tolerance=-np.inf,
        ).fit(packed)
        beliefs = model.filter_levels(packed)
        fits.append((model.history_, model.parameters_.level_effects, beliefs))
    for history, effects, beliefs in fits[1:]:
        assert history == fits[0][0]
        np.testing.assert_array_equal(effects, fits[0][1])
        np.testing.assert_array_equal(beliefs, fits[0][2])


def test_equal_levels_change_nothing() -> None:
    one, X, lengths = some_case(1, missing=0.2, seed=5)
    equal = replace(one, level_weights=np.array([0.3, 0.7]), level_effects=np.ones(2))
    packed = pack(X, lengths, EVERY)
    ours = inference.smoothed(equal, packed)
    theirs = inference.smoothed(one, packed)
    assert_close(ours.log_likelihood, theirs.log_likelihood)
    assert_close(ours.probabilities, theirs.probabilities)
    assert_close(ours.level_probabilities, np.tile([0.3, 0.7], (len(lengths), 1)))
    filtered = inference.filtered(one, packed)
    assert_close(
        inference.filtered(equal, packed), np.hstack([0.3 * filtered, 0.7 * filtered])
    )


# EM


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_states=st.integers(1, 4),
    n_levels=st.integers(1, 4),
    missing=st.sampled_from([0.0, 0.2]),
    floor=st.sampled_from([1e-4, 0.01]),
)
def test_em_never_lowers_likelihood_and_prior_together(
    seed: int, n_states: int, n_levels: int, missing: float, floor: float
) -> None:
    planted = random_parameters(3, 0, seed, 1.0, EVERY, n_levels=3)
    lengths = np.random.default_rng(seed).integers(1, 20, size=40)
    X = with_missing_features(simulate(planted, lengths, seed)[0], EVERY, missing, seed)
    packed = pack(X, lengths, EVERY)
    model = HiddenMarkovModel(
        n_states, densities=EVERY, n_levels=n_levels, max_iterations=2
    ).fit(X, lengths)
    objectives = []
    for _ in range(12):
        parameters = model.parameters_
        prior = log_prior(parameters, packed.columns) + log_level_prior(parameters)
        objectives.append(model.log_likelihood_ + prior)
        for feature, density in enumerate(EVERY):
            p = parameters.means[:, parameters.columns(feature)]
            if density.is_distribution:
                np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
            if density not in (GAUSSIAN, COUNT):
                assert p.min() >= 1e-4 * (1 - 1e-12)
        logs = np.log(parameters.level_effects)
        assert parameters.level_weights @ logs == pytest.approx(0.0, abs=1e-12)
        model = HiddenMarkovModel(n_states, initial=parameters, max_iterations=3)
        model.set_params(probability_floor=1e-4).fit(packed)
    # With levels, probabilities at their floor may cost a little.
    allowed = 1e-6 if n_levels > 1 else 1e-10
    assert np.diff(objectives).min() >= -allowed * len(X)
    with_floor = HiddenMarkovModel(
        n_states, initial=model.parameters_, probability_floor=floor, max_iterations=3
    ).fit(packed)
    # Levels multiply the probabilities of a count, so they have a lower floor.
    kinds = np.array(with_floor.parameters_.kinds)
    p = with_floor.parameters_.means[:, (kinds != "gaussian") & (kinds != "count")]
    assert p.min() >= floor * (1 - 1e-12)


def test_a_planted_model_with_levels_is_recovered() -> None:
    densities: tuple[Density, ...] = (COUNT, parts(4), SHARE)
    counts = np.array(
        [
            [0.93, 0.05, 0.01, 0.006, 0.002, 0.001, 0.0006, 0.0004],
            [0.4, 0.25, 0.15, 0.1, 0.05, 0.025, 0.015, 0.01],
            [0.1, 0.14, 0.16, 0.18, 0.16, 0.12, 0.08, 0.06],
        ]
    )
    shares = np.array(
        [[0.25, 0.25, 0.25, 0.25], [0.1, 0.1, 0.1, 0.7], [0.6, 0.2, 0.1, 0.1]]
    )
    means = np.hstack([counts, shares, [[0.3], [0.1], [0.8]]])
    effects, weights = np.array([0.55, 1.0, 1.9]), np.array([0.3, 0.4, 0.3])
    planted = HMMParameters(
        np.array([0.4, 0.4, 0.2]),
        np.array([[0.94, 0.04, 0.02], [0.04, 0.92, 0.04], [0.03, 0.03, 0.94]]),
        means,
        np.ones_like(means),
        densities,
        weights,
        effects / np.exp(weights @ np.log(effects)),
    )
    lengths = np.random.default_rng(6).integers(40, 90, size=500)
    X, states, levels = simulate_levels(planted, lengths, seed=6)
    packed = pack(X, lengths, densities)
    blurred = with_levels(
        replace(
            planted,
            means=0.6 * means + 0.4 * means.mean(axis=0),
            transition_matrix=0.6 * planted.transition_matrix + 0.4 / 3,
            level_weights=np.ones(1),
            level_effects=np.ones(1),
        ),
        3,
    )
    model = HiddenMarkovModel(3, initial=blurred).fit(packed)
    assert model.converged_
    truth = HiddenMarkovModel.from_parameters(planted).score(packed)
    assert truth < model.log_likelihood_ < truth + 60
    fitted = model.parameters_
    np.testing.assert_allclose(fitted.level_effects, planted.level_effects, rtol=0.1)
    np.testing.assert_allclose(fitted.level_weights, weights, atol=0.08)
    np.testing.assert_allclose(fitted.means, means, atol=0.05)
    np.testing.assert_allclose(
        fitted.transition_matrix, planted.transition_matrix, atol=0.02
    )
    reached = adjusted_rand_score(states, model.predict(packed))
    best = HiddenMarkovModel.from_parameters(planted).predict(packed)
    assert reached >= adjusted_rand_score(states, best) - 0.02
    # The level of each user is known at the last of its weeks.
    last = np.cumsum(lengths) - 1
    level = expected_level(model.filter_levels(packed)[last], fitted)
    assert spearmanr(level, levels)[0] > 0.85


def test_a_static_mixture_stays_static() -> None:
    mixture = replace(
        random_parameters(3, 0, 7, 1.0, RIDES, n_levels=2), transition_matrix=np.eye(3)
    )
    lengths = np.random.default_rng(7).integers(50, 150, size=80)
    X, _ = simulate(mixture, lengths, 7)
    packed = pack(X, lengths, RIDES)
    model = HiddenMarkovModel(3, initial=mixture, max_iterations=20).fit(packed)
    np.testing.assert_array_equal(model.parameters_.transition_matrix, np.eye(3))
    smoothed = model.predict_proba(packed)
    first = np.cumsum(lengths) - lengths
    assert_close(smoothed, np.repeat(smoothed[first], lengths, axis=0))
    assert (
        model.predict(packed) == np.repeat(smoothed[first].argmax(1), lengths)
    ).all()


@pytest.mark.parametrize("n_levels", [2, 5])
def test_one_state_with_levels_fits_users_who_differ(n_levels: int) -> None:
    rng = np.random.default_rng(8)
    lengths = rng.integers(20, 60, size=200)
    rates = rng.gamma(1.0, 1.0, size=200)
    X = rng.poisson(np.repeat(rates, lengths)).astype(float)[:, np.newaxis]
    packed = pack(X, lengths, (COUNT,))
    alike = HiddenMarkovModel(1, densities=(COUNT,)).fit(X, lengths)
    differ = HiddenMarkovModel(1, densities=(COUNT,), n_levels=n_levels)
    differ.fit(X, lengths)
    assert differ.log_likelihood_ > alike.log_likelihood_ + 0.15 * len(X)
    last = np.cumsum(lengths) - 1
    level = expected_level(differ.filter_levels(packed)[last], differ.parameters_)
    assert spearmanr(level, rates)[0] > 0.8


def test_the_m_step_of_levels_ends_at_the_optimum() -> None:
    before = random_parameters(3, 0, 9, 1.0, (COUNT,), n_levels=3)
    rng = np.random.default_rng(9)
    joint = rng.gamma(1.0, 200.0, size=(3, 3, 8)) * tilted(before)
    sums = LevelSums(
        rng.uniform(10, 20, size=3), joint.sum(axis=2), joint @ np.arange(8)
    )
    overall = joint.sum(axis=(0, 1)) / joint.sum()

    def objective(model: HMMParameters) -> float:
        prior = 0.1 * (overall * np.log(model.means)).sum()
        return float((joint * np.log(tilted(model))).sum() + prior) + log_level_prior(
            model
        )

    parameters, values = before, []
    for _ in range(60):
        p, weights, effects = estimate_levels(
            sums, joint.sum(axis=0), overall, parameters, 1e-6
        )
        parameters = replace(
            parameters, means=p, level_weights=weights, level_effects=effects
        )
        values.append(objective(parameters))
    assert np.diff(values).min() > -1e-6
    for _ in range(30):
        logs = np.log(parameters.level_effects) + rng.normal(0, 0.02, size=3)
        p = parameters.means * np.exp(rng.normal(0, 0.02, size=(3, 8)))
        other = replace(
            parameters,
            means=p / p.sum(axis=1, keepdims=True),
            level_effects=np.exp(logs - parameters.level_weights @ logs),
        )
        assert objective(other) < values[-1] + 1e-6


@pytest.mark.parametrize("method", [rough_from_kmeans, rough_from_distant_rows])
def test_rough_models_have_probabilities_of_every_density(method: Any) -> None:
    _, X, lengths = some_case(2, missing=0.2, seed=13)
    rng = np.random.default_rng(13)
    rough = with_levels(method(X, lengths, 3, EVERY, rng), 4)
    split = split_state(rough, 1, rng)
    smaller = without_state(split, 0)
    for model in (rough, split, smaller):
        assert model.densities == EVERY
        assert model.n_levels == 4
        assert np.isfinite(HiddenMarkovModel.from_parameters(model).score(X, lengths))
    assert (split.means[1] != split.means[3]).all()
    value, weight = as_means(X, EVERY)
    shares = value.sum(axis=0) / weight.sum(axis=0)
    assert (np.ptp(rough.means, axis=0) > 0).any()
    one = method(X, lengths, 1, EVERY, rng)
    if method is rough_from_kmeans:
        np.testing.assert_allclose(one.means[0, 9:], shares[9:], atol=0.02)


# Parameters, draws, and refused input


def test_probabilities_of_a_count_by_definition() -> None:
    parameters = random_parameters(3, 0, 10, 1.0, EVERY, n_levels=4)
    found = parameters.count_probabilities()
    assert found.shape == (4, 3, 8)
    assert_close(found, tilted(parameters))
    (only,) = random_parameters(3, 0, 10, 1.0, EVERY).count_probabilities()
    assert_close(only, parameters.means[:, parameters.columns(1)])
    assert parameters.columns(3) == slice(10, 13)
    assert parameters.kinds[10:14] == ("parts", "parts", "parts", "bernoulli")


def test_permuted_states_keep_the_levels() -> None:
    parameters, X, lengths = some_case(3, seed=11)
    order = np.array([1, 0])
    other = parameters.permuted(order)
    packed = pack(X, lengths, EVERY)
    ours, theirs = (
        inference.filtered(one, packed).reshape(-1, 3, 2) for one in (other, parameters)
    )
    assert_close(ours, theirs[:, :, order])


def test_parameters_are_counted() -> None:
    # 1 start, 2 moves; a Gaussian 2, a count 7, shares 1, parts and categories 2,
    # a Bernoulli 1, in 2 states; 2 weights and 2 effects.
    assert count_parameters(some_case(3)[0]) == 3 + 2 * (2 + 7 + 1 + 2 + 1 + 2 + 1) + 4


@pytest.mark.parametrize("n_levels", [1, 3])
def test_draws_follow_the_model(n_levels: int) -> None:
    parameters = random_parameters(2, 0, 12, 1.0, EVERY, n_levels)
    model = HiddenMarkovModel.from_parameters(parameters)
    lengths = np.full(4000, 10)
    X, states = model.sample(lengths, random_state=1)
    assert X.shape == (40_000, 1 + 1 + 2 + 3 + 1 + 1 + 2)
    expected = np.tensordot(
        parameters.level_weights, parameters.count_probabilities(), axes=1
    )
    for state in range(2):
        rows = X[states == state]
        found = np.bincount(rows[:, 1].astype(int), minlength=8) / len(rows)
        np.testing.assert_allclose(found, expected[state], atol=0.02)
        share = rows[:, 2].sum() / rows[:, 3].sum()
        assert share == pytest.approx(parameters.means[state, 9], abs=0.02)
        of_parts = rows[:, 4:7].sum(axis=0) / rows[:, 4:7].sum()
        np.testing.assert_allclose(of_parts, parameters.means[state, 10:13], atol=0.02)
    np.testing.assert_array_equal(X[:, 3], X[:, 1])
    np.testing.assert_array_equal(X[:, 4:7].sum(axis=1), X[:, 1])
    np.testing.assert_array_equal(model.sample(lengths, random_state=1)[0], X)


@given(
    shares=st.lists(
        st.one_of(st.just(0.0), st.floats(1e-9, 1)), min_size=2, max_size=9
    ),
    floor=st.sampled_from([0.0, 1e-4, 0.05, 0.4]),
)
def test_probabilities_at_a_floor_maximise(shares: list[float], floor: float) -> None:
    given_shares = np.array(shares)
    if given_shares.sum() == 0.0:
        return
    p = distributions_above(given_shares, floor)
    least = min(floor, 0.5 / len(shares))
    assert p.sum() == pytest.approx(1.0)
    assert p.min() >= least * (1 - 1e-12)
    free = p > least * (1 + 1e-9)
    # Above the floor all have one multiplier; at it, theirs would be lower.
    if free.any():
        ratio = given_shares[free] / p[free]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
        assert (given_shares[~free] <= ratio[0] * least * (1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("poisson", 1, "got the density 'poisson'"),
        ("count", 7, "expected 8"),
        ("parts", 1, "expected 2 or more"),
        ("categorical", 1, "expected 2 or more"),
        ("share", 2, "expected 1"),
    ],
)
def test_densities_are_checked(kind: Any, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Density(kind, size)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level_weights": np.array([0.5, 0.4])}, "sum to"),
        ({"level_effects": np.array([1.0, 0.0])}, "expected finite numbers > 0"),
        ({"level_effects": np.ones(3)}, "shape"),
        ({"means": np.full((1, 8), 0.2)}, "sum to"),
        ({"means": np.array([[1.0, *np.zeros(7)]])}, "outside"),
        ({"densities": (parts(8),)}, "2 levels without a count"),
        (
            {"level_weights": np.ones(1), "level_effects": np.array([2.0])},
            "one level with the effect 2",
        ),
    ],
)
def test_levels_are_checked(change: dict[str, Any], message: str) -> None:
    sound: dict[str, Any] = {
        "start_probabilities": np.ones(1),
        "transition_matrix": np.ones((1, 1)),
        "means": np.full((1, 8), 1 / 8),
        "variances": np.ones((1, 8)),
        "densities": (COUNT,),
        "level_weights": np.array([0.5, 0.5]),
        "level_effects": np.array([0.5, 2.0]),
    }
    assert HMMParameters(**sound).n_levels == 2
    with pytest.raises(ValueError, match=message):
        HMMParameters(**(sound | change))


def test_the_number_of_levels_must_be_that_of_the_beginning() -> None:
    parameters, X, lengths = some_case(2)
    with pytest.raises(ValueError, match="got n_levels 3"):
        HiddenMarkovModel(2, initial=parameters, n_levels=3).fit(X, lengths)
    fitted = HiddenMarkovModel(2, initial=parameters, max_iterations=1)
    assert fitted.fit(X, lengths).parameters_.n_levels == 2
