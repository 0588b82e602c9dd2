"""The Gaussian HMM against enumeration, plain hmmlearn and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_hmm import enumerate_paths, random_parameters, simulate
from segmentation.arrays import FloatArray, IntArray
from segmentation.engine import sequence_model
from segmentation.gaussian_hmm import FlooredGaussianHMM
from segmentation.parameters import HMMParameters


def mixed_data(seed: int) -> tuple[FloatArray, IntArray]:
    """Rows with two continuous, one binary and one constant column."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 30, size=40)
    X, states = simulate(random_parameters(3, 2, seed, spread=1.0), lengths, seed)
    binary = (rng.random(len(X)) < np.array([0.05, 0.5, 1.0])[states]) * 1.0
    return np.column_stack([X, binary, np.full(len(X), 2.0)]), lengths


def rough_parameters(X: FloatArray, n_states: int, seed: int) -> HMMParameters:
    rng = np.random.default_rng(seed)
    return HMMParameters(
        start_probabilities=np.full(n_states, 1 / n_states),
        transition_matrix=np.full((n_states, n_states), 1 / n_states),
        means=X[rng.choice(len(X), n_states, replace=False)],
        variances=np.ones((n_states, X.shape[1])),
    )


@pytest.mark.parametrize("n_weeks", [1, 2, 6])
@pytest.mark.parametrize("n_states", [1, 2, 3])
def test_enumeration_gives_the_same(n_states: int, n_weeks: int) -> None:
    parameters = random_parameters(n_states, 2, seed=n_states, spread=1.0)
    X, _ = simulate(parameters, np.array([n_weeks]), seed=n_weeks)
    exact = enumerate_paths(parameters, X)
    model = sequence_model(parameters)
    smoothed = model.smooth(X, np.array([n_weeks]))
    best_log_likelihood, path = model.decode(X, np.array([n_weeks]))
    assert smoothed.log_likelihood == pytest.approx(exact.log_likelihood, abs=1e-10)
    np.testing.assert_allclose(smoothed.probabilities, exact.probabilities, atol=1e-12)
    np.testing.assert_allclose(
        smoothed.expected_moves, exact.expected_moves, atol=1e-12
    )
    np.testing.assert_array_equal(path, exact.best_path)
    assert best_log_likelihood == pytest.approx(exact.best_log_likelihood, abs=1e-10)


def test_users_do_not_touch_each_other() -> None:
    parameters = random_parameters(3, 2, spread=1.0)
    lengths = np.array([4, 1, 5])
    X, _ = simulate(parameters, lengths)
    model = sequence_model(parameters)
    users = [enumerate_paths(parameters, rows) for rows in np.split(X, [4, 5])]
    smoothed = model.smooth(X, lengths)
    assert model.score(X, lengths) == pytest.approx(
        sum(user.log_likelihood for user in users)
    )
    np.testing.assert_allclose(
        smoothed.probabilities,
        np.concatenate([user.probabilities for user in users]),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        smoothed.expected_moves, sum(user.expected_moves for user in users), atol=1e-12
    )
    np.testing.assert_array_equal(
        model.decode(X, lengths)[1],
        np.concatenate([user.best_path for user in users]),
    )


@pytest.mark.parametrize("n_states", [1, 2, 4])
def test_without_a_floor_it_is_hmmlearn_to_the_last_digit(n_states: int) -> None:
    lengths = np.random.default_rng(1).integers(1, 60, size=50)
    X, _ = simulate(random_parameters(4, 3, spread=1.0), lengths)
    initial = rough_parameters(X, n_states, seed=2)
    plain = GaussianHMM(
        n_states, init_params="", n_iter=15, tol=-np.inf, implementation="scaling"
    )
    plain.n_features = 3
    plain.startprob_ = initial.start_probabilities
    plain.transmat_ = initial.transition_matrix
    plain.means_, plain._covars_ = initial.means, initial.variances
    plain.fit(X, lengths)
    ours = FlooredGaussianHMM.from_parameters(
        initial, variance_floor=0.0, n_iter=15, tolerance=-np.inf
    ).fit(X, lengths)
    np.testing.assert_array_equal(ours.startprob_, plain.startprob_)
    np.testing.assert_array_equal(ours.transmat_, plain.transmat_)
    np.testing.assert_array_equal(ours.means_, plain.means_)
    np.testing.assert_array_equal(ours._covars_, plain._covars_)
    assert ours.history_ == list(plain.monitor_.history)
    assert ours.score(X, lengths) == plain.score(X, lengths)
    np.testing.assert_array_equal(ours.predict(X, lengths), plain.predict(X, lengths))
    np.testing.assert_array_equal(
        ours.predict_proba(X, lengths), plain.predict_proba(X, lengths)
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_states=st.integers(1, 5),
    floor=st.sampled_from([0.001, 0.01, 0.3]),
)
def test_em_never_loses_and_the_floor_holds(
    seed: int, n_states: int, floor: float
) -> None:
    X, lengths = mixed_data(seed)
    least = []

    def watch(iteration: int, log_likelihood: float) -> None:
        least.append(model.parameters.variances.min())

    model = FlooredGaussianHMM.from_parameters(
        rough_parameters(X, n_states, seed),
        variance_floor=floor,
        tolerance=1e-7,
        n_iter=40,
        on_iteration=watch,
    )
    model.fit(X, lengths)
    history = np.array(model.history_)
    assert (np.diff(history) >= -1e-10 * np.abs(history[1:])).all()
    assert min(least) >= floor
    # The constant column can only lie at the floor.
    np.testing.assert_array_equal(model.parameters.variances[:, 3], floor)


def test_a_floor_for_each_feature() -> None:
    X, lengths = mixed_data(3)
    floors = np.array([0.5, 0.01, 0.02, 0.25])
    model = sequence_model(rough_parameters(X, 3, 0), variance_floor=floors)
    variances = model.fit(X, lengths).parameters.variances
    assert (variances >= floors).all()
    np.testing.assert_array_equal(variances[:, 3], 0.25)


def test_a_state_without_rows_keeps_its_parameters() -> None:
    X, lengths = mixed_data(1)
    rough = rough_parameters(X, 3, 1)
    means = rough.means.copy()
    means[2] = 1e6
    far = HMMParameters(
        rough.start_probabilities, rough.transition_matrix, means, rough.variances
    )
    model = sequence_model(far, variance_floor=0.01).fit(X, lengths)
    np.testing.assert_array_equal(model.parameters.means[2], means[2])
    np.testing.assert_array_equal(model.parameters.variances[2], rough.variances[2])
    np.testing.assert_array_equal(
        model.parameters.transition_matrix[2], rough.transition_matrix[2]
    )
    assert set(model.decode(X, lengths)[1]) <= {0, 1}
    assert model.converged_


def test_one_week_users_leave_the_transition_matrix_alone() -> None:
    X, _ = mixed_data(2)
    lengths = np.ones(len(X), dtype=np.int64)
    rough = rough_parameters(X, 2, 0)
    model = sequence_model(rough, variance_floor=0.01).fit(X, lengths)
    np.testing.assert_array_equal(
        model.parameters.transition_matrix, rough.transition_matrix
    )
    assert model.smooth(X, lengths).expected_moves.sum() == 0


def logarithmic(parameters: HMMParameters) -> GaussianHMM:
    """Return hmmlearn's slow and safe model with these parameters."""
    plain = GaussianHMM(parameters.n_states, implementation="log")
    plain.n_features = parameters.n_features
    plain.startprob_ = parameters.start_probabilities
    plain.transmat_ = parameters.transition_matrix
    plain.means_, plain._covars_ = parameters.means, parameters.variances
    return plain


@pytest.mark.parametrize("forbidden", [False, True])
def test_a_row_a_thousand_standard_deviations_away(forbidden: bool) -> None:
    parameters = random_parameters(3, 2, seed=4)
    if forbidden:
        # The widest state explains a far row best, and cannot be reached: beside
        # its density those of the others underflow.
        parameters = HMMParameters(
            np.array([0.5, 0.5, 0.0]),
            np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]]),
            parameters.means,
            np.array([[0.5, 0.5], [1.0, 1.0], [50.0, 50.0]]),
        )
    lengths = np.array([20, 1, 30])
    X, _ = simulate(parameters, lengths, seed=4)
    for row in (0, 7, 20, 50):
        X[row] = 1000.0 * (-1.0) ** row
    model = sequence_model(parameters, variance_floor=0.01)
    plain = logarithmic(parameters)
    smoothed = model.smooth(X, lengths)
    assert smoothed.log_likelihood == pytest.approx(plain.score(X, lengths), rel=1e-12)
    np.testing.assert_allclose(
        smoothed.probabilities, plain.predict_proba(X, lengths), atol=1e-9
    )
    assert smoothed.expected_moves.sum() == pytest.approx(48)
    model.fit(X, lengths)
    assert np.isfinite(model.history_).all()
    assert (np.diff(model.history_) > -1e-6).all()


def test_one_state_is_the_mean_and_variance() -> None:
    X, lengths = mixed_data(5)
    model = sequence_model(rough_parameters(X, 1, 0), variance_floor=0.01)
    parameters = model.fit(X, lengths).parameters
    np.testing.assert_allclose(parameters.means[0], X.mean(axis=0))
    np.testing.assert_allclose(parameters.variances[0], np.maximum(X.var(0), 0.01))
    np.testing.assert_array_equal(parameters.transition_matrix, [[1.0]])
    np.testing.assert_array_equal(model.predict_proba(X, lengths), 1.0)


def test_renumbering_states_renumbers_results() -> None:
    parameters = random_parameters(4, 2, seed=8)
    lengths = np.array([30, 40])
    X, _ = simulate(parameters, lengths)
    order = np.array([2, 0, 3, 1])
    permuted = sequence_model(parameters.permuted(order))
    model = sequence_model(parameters)
    assert permuted.score(X, lengths) == pytest.approx(model.score(X, lengths))
    np.testing.assert_allclose(
        permuted.predict_proba(X, lengths),
        model.predict_proba(X, lengths)[:, order],
        atol=1e-12,
    )
    np.testing.assert_array_equal(
        order[permuted.decode(X, lengths)[1]], model.decode(X, lengths)[1]
    )


def test_running_out_of_iterations_is_not_convergence() -> None:
    X, lengths = mixed_data(6)
    rough = rough_parameters(X, 3, 0)
    short = sequence_model(rough, variance_floor=0.01, max_iterations=2)
    assert not short.fit(X, lengths).converged_
    long = sequence_model(rough, variance_floor=0.01, tolerance=1e-4)
    assert long.fit(X, lengths).converged_
    assert long.history_[-1] - long.history_[-2] < 1e-4 * len(X)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_probabilities": np.array([0.5, 0.4])}, "sum to"),
        ({"transition_matrix": np.array([[1.5, -0.5], [0.0, 1.0]])}, "negative"),
        ({"means": np.array([[0.0], [np.nan]])}, "not finite"),
        ({"variances": np.array([[1.0], [0.0]])}, "positive"),
        ({"variances": np.ones((2, 3))}, "shape"),
    ],
)
def test_parameters_are_checked(change: dict[str, FloatArray], message: str) -> None:
    sound = {
        "start_probabilities": np.array([0.5, 0.5]),
        "transition_matrix": np.eye(2),
        "means": np.zeros((2, 1)),
        "variances": np.ones((2, 1)),
    }
    assert HMMParameters(**sound).n_states == 2
    with pytest.raises(ValueError, match=message):
        HMMParameters(**(sound | change))


@pytest.mark.parametrize("lengths", [[3, 3], [5, 0], [4, 4]])
def test_lengths_must_fill_the_rows(lengths: list[int]) -> None:
    model = sequence_model(random_parameters(2, 2))
    with pytest.raises(ValueError, match="lengths"):
        model.smooth(np.zeros((5, 2)), np.array(lengths))
