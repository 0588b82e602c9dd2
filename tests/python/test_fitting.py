"""Several starts: what is recovered, what is recorded, what it depends on."""

from __future__ import annotations

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from errors import UserError
from planted_hmm import random_parameters, simulate
from segmentation.arrays import FloatArray, IntArray
from segmentation.engine import sequence_model
from segmentation.fitting import (
    FitResult,
    FitSettings,
    count_floor_hits,
    count_parameters,
    fit_starts,
)
from segmentation.initialisation import initial_parameters

PLANTED = random_parameters(4, 3, seed=11, spread=2.0)
LENGTHS = np.random.default_rng(5).integers(1, 60, size=100)
X, STATES = simulate(PLANTED, LENGTHS, seed=6)
SETTINGS = FitSettings(start_users=60, tolerance=1e-5)


def mixed_rows() -> tuple[FloatArray, IntArray]:
    """Return the planted rows with two binary features, one nearly constant."""
    rng = np.random.default_rng(2)
    often = rng.random(len(X)) < np.array([0.0, 0.1, 0.9, 1.0])[STATES]
    return np.column_stack([X, often, rng.random(len(X)) < 0.001]) * 1.0, LENGTHS


@pytest.fixture(scope="module")
def fitted() -> FitResult:
    return fit_starts(X, LENGTHS, 4, 3, seed=1, settings=SETTINGS, n_jobs=1)


def test_a_planted_model_is_recovered(fitted: FitResult) -> None:
    assert fitted.converged
    decoded = sequence_model(fitted.parameters).decode(X, LENGTHS)[1]
    assert adjusted_rand_score(STATES, decoded) >= 0.9
    # The maximum of the likelihood lies above the truth's, and near it.
    truth = sequence_model(PLANTED).score(X, LENGTHS)
    assert truth < fitted.log_likelihood < truth + 100
    order = np.array(
        [np.square(fitted.parameters.means - m).sum(1).argmin() for m in PLANTED.means]
    )
    recovered = fitted.parameters.permuted(order)
    np.testing.assert_allclose(recovered.means, PLANTED.means, atol=0.2)
    np.testing.assert_allclose(recovered.variances, PLANTED.variances, atol=0.3)
    np.testing.assert_allclose(
        recovered.transition_matrix, PLANTED.transition_matrix, atol=0.1
    )


def test_the_result_says_how_it_came_about(fitted: FitResult) -> None:
    model = sequence_model(fitted.parameters)
    assert fitted.log_likelihood == model.score(X, LENGTHS)
    assert (fitted.n_users, fitted.n_rows) == (100, len(X))
    assert [record.start for record in fitted.starts] == [0, 1, 2]
    best = max(fitted.starts, key=lambda record: record.log_likelihood_per_row)
    assert fitted.start == best.start
    assert len(fitted.history) == fitted.n_iterations
    assert fitted.history[-1] <= fitted.log_likelihood
    assert all(record.n_iterations <= 300 for record in fitted.starts)


def test_a_start_is_em_on_the_first_users_only(fitted: FitResult) -> None:
    lengths = LENGTHS[: SETTINGS.start_users]
    rows = X[: lengths.sum()]
    initial = initial_parameters(rows, lengths, 4, 1, 1, 0.01)
    model = sequence_model(initial, variance_floor=0.01, tolerance=1e-5)
    score = model.fit(rows, lengths).score(rows, lengths)
    assert fitted.starts[1].log_likelihood_per_row == pytest.approx(score / len(rows))


def test_workers_do_not_change_a_bit(fitted: FitResult) -> None:
    two = fit_starts(X, LENGTHS, 4, 3, seed=1, settings=SETTINGS, n_jobs=2)
    for name, values in vars(fitted.parameters).items():
        np.testing.assert_array_equal(getattr(two.parameters, name), values)
    assert two.starts == fitted.starts
    assert two.history == fitted.history
    assert two.log_likelihood == fitted.log_likelihood


def test_seeds_and_starts_begin_elsewhere() -> None:
    lengths = LENGTHS[:15]
    rows = X[: lengths.sum()]
    with threadpool_limits(limits=1):
        begun = [
            initial_parameters(rows, lengths, 3, start, seed, 0.01).means
            for start, seed in [(0, 1), (0, 1), (2, 1), (0, 2), (1, 1)]
        ]
    np.testing.assert_array_equal(begun[0], begun.pop(1))
    assert all((other != begun[0]).any() for other in begun[1:])


def test_the_floor_holds_on_binary_features_and_hits_are_counted() -> None:
    rows, lengths = mixed_rows()
    floor = 0.01
    settings = FitSettings(variance_floor=floor)
    result = fit_starts(rows, lengths, 4, 1, 0, settings, n_jobs=1)
    variances = result.parameters.variances
    assert variances.min() >= floor
    assert result.n_floor_hits == (variances == floor).sum() > 0
    assert result.n_floor_hits == count_floor_hits(result.parameters, floor)
    assert count_floor_hits(result.parameters, 0.0) == 0


def test_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    fit_starts(
        X,
        LENGTHS,
        2,
        2,
        0,
        FitSettings(max_iterations=3, tolerance=-np.inf),
        n_jobs=1,
        on_progress=lambda done, total, text: told.append((done, total, text)),
    )
    assert [done for done, _, _ in told] == [1, 2, 2, 2, 2, 3]
    assert {total for _, total, _ in told} == {3}
    assert told[0][2].startswith("start 0: ")
    assert "all users, iteration 1: " in told[2][2]
    assert "not converged after 3 iterations" in told[-1][2]


@pytest.mark.parametrize("n_states", [1, 2])
def test_users_of_one_week(n_states: int) -> None:
    lengths = np.ones(100, dtype=np.int64)
    result = fit_starts(X[:100], lengths, n_states, 2, 0, n_jobs=1)
    assert np.isfinite(result.log_likelihood)
    np.testing.assert_allclose(result.parameters.transition_matrix.sum(axis=1), 1)


def test_fewer_distinct_rows_than_states() -> None:
    rows = np.tile([[0.0, 1.0], [1.0, 0.0]], (100, 1))
    result = fit_starts(rows, np.full(20, 10), 5, 2, 0, n_jobs=1)
    assert np.isfinite(result.log_likelihood)


@pytest.mark.parametrize(
    ("users", "n_states", "n_starts", "seed", "message"),
    [
        (100, 0, 1, 0, "got 0 states"),
        (3, 4, 1, 0, "3 users for 4 states"),
        (4, 4, 1, 0, "user-weeks for 4 states, which have 39 free"),
        (100, 2, 0, 0, "got 0 starts"),
        (100, 2, 1, -1, "seed -1"),
    ],
)
def test_too_little_or_out_of_range(
    users: int, n_states: int, n_starts: int, seed: int, message: str
) -> None:
    lengths = LENGTHS[:users] if users > 4 else np.full(users, 5)
    with pytest.raises(UserError, match=message):
        fit_starts(X[: lengths.sum()], lengths, n_states, n_starts, seed, n_jobs=1)


def test_free_parameters_are_those_hmmlearn_counts() -> None:
    model = GaussianHMM(8, covariance_type="diag")
    model.n_features = 7
    expected = sum(model._get_n_fit_scalars_per_param().values())
    assert count_parameters(8, 7) == expected == 7 + 56 + 112
