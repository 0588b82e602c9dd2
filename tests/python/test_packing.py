"""Packing of users into lanes: the place of every value, and refused input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_hmm import random_parameters, simulate, with_missing
from user_states.hmm import packing
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.lanes import WIDTH
from user_states.hmm.packing import PackedSequences, pack, unpack_user
from user_states.hmm.parameters import (
    COUNT,
    SHARE,
    Density,
    as_densities,
    categorical,
    parts,
)

MIXED: tuple[Density, ...] = as_densities(
    ("gaussian", "bernoulli", "gaussian", "bernoulli")
)


def some_rows(lengths: IntArray, seed: int = 0, missing: float = 0.3) -> FloatArray:
    parameters = random_parameters(3, 4, seed, 1.0, MIXED)
    return with_missing(simulate(parameters, lengths, seed)[0], missing, seed)


def unpacked(packed: PackedSequences) -> FloatArray:
    """Reconstruct the original rows from the packed columns."""
    columns = packed.columns
    X = np.full((packed.n_rows, len(columns.densities)), np.inf)
    for group, lane in np.argwhere(packed.lane_weeks > 0):
        rows, values, _ = unpack_user(packed, group, lane)
        for feature in range(X.shape[1]):
            value = values[:, columns.position[feature]] + columns.offset[feature]
            indicator = columns.observed[feature]
            if indicator >= 0:
                value = np.where(values[:, indicator] == 1.0, value, np.nan)
            X[rows, feature] = value
    return X


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    missing=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 1000),
)
def test_nothing_is_lost(lengths: list[int], missing: float, seed: int) -> None:
    n_weeks = np.array(lengths)
    X = some_rows(n_weeks, seed, missing)
    packed = pack(X, n_weeks, MIXED)
    np.testing.assert_allclose(unpacked(packed), X, rtol=0, atol=1e-13)
    assert packed.n_rows == len(X)
    np.testing.assert_array_equal(packed.lengths, n_weeks)
    assert packed.columns.densities == MIXED
    # Unused places are zero, so they are never infinite or NaN.
    assert np.isfinite(packed.values).all()


@pytest.mark.parametrize("n_users", [1, 7, 8, 9, 16, 17])
def test_groups_have_eight_users_with_the_longest_first(n_users: int) -> None:
    lengths = np.random.default_rng(n_users).integers(1, 30, size=n_users)
    packed = pack(some_rows(lengths), lengths, MIXED)
    assert packed.lane_weeks.shape == (-(-n_users // WIDTH), WIDTH)
    weeks = packed.lane_weeks.ravel()
    np.testing.assert_array_equal(weeks[:n_users], np.sort(lengths)[::-1])
    assert (weeks[n_users:] == 0).all()
    np.testing.assert_array_equal(packed.n_weeks, packed.lane_weeks.max(axis=1))
    np.testing.assert_array_equal(
        packed.first_row, np.cumsum(packed.n_weeks) - packed.n_weeks
    )
    assert len(packed.values) == packed.n_weeks.sum()


def test_a_load_of_eight_numbers_touches_one_cache_line() -> None:
    lengths = np.array([3, 4])
    packed = pack(some_rows(lengths), lengths, MIXED)
    assert packed.values.ctypes.data % 64 == 0
    assert packed.values.flags.c_contiguous


def test_squared_columns_are_first() -> None:
    X = np.array([[0.0, 1.0, 5.0, 7.0], [1.0, 0.0, 6.0, 9.0], [1.0, 1.0, 7.0, 8.0]])
    densities: tuple[Density, ...] = as_densities(
        ("gaussian", "bernoulli", "gaussian", "gaussian")
    )
    columns = pack(X, np.array([3]), densities).columns
    assert (columns.n_quadratic, columns.n_columns) == (2, 4)
    np.testing.assert_array_equal(columns.position, [2, 3, 0, 1])
    # Only a Gaussian 0/1 column equals its square; 0/1 columns have no offset.
    np.testing.assert_array_equal(columns.is_own_square, [True, False, False, False])
    np.testing.assert_allclose(columns.offset, [0.0, 0.0, 6.0, 8.0])
    np.testing.assert_array_equal(columns.observed, -1)


def test_features_observed_in_the_same_rows_share_a_column() -> None:
    nan = np.nan
    X = np.array(
        [
            [1.0, 2.0, nan, nan, 5.0],
            [1.5, nan, 3.0, nan, 7.0],
            [2.0, 4.0, nan, nan, nan],
            [nan, 5.0, 4.0, nan, 1.0],
        ]
    )
    X[:, 3] = X[:, 1]
    columns = pack(X, np.array([4]), ("gaussian",) * 5).columns
    assert columns.n_columns == 5 + 4
    assert columns.observed[1] == columns.observed[3]
    assert len(set(columns.observed.tolist())) == 4
    assert columns.observed.min() == 5
    # The offset is the mean of the observed values.
    np.testing.assert_allclose(columns.offset[:2], [1.5, 11 / 3])


def test_a_feature_without_observations() -> None:
    X = np.column_stack([np.arange(4.0), np.full(4, np.nan)])
    packed = pack(X, np.array([4]), ("gaussian", "bernoulli"))
    assert packed.columns.observed[1] == 2
    assert (packed.values[:, 1:] == 0.0).all()


def test_a_column_far_from_zero_keeps_small_squares() -> None:
    X = 1e6 + np.random.default_rng(0).normal(size=(100, 1))
    packed = pack(X, np.array([100]), ("gaussian",))
    assert np.abs(packed.values).max() < 5


def test_chunks_contain_all_groups_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = np.random.default_rng(1).integers(1, 50, size=200)
    X = some_rows(lengths)
    for chunk_rows in (1, 10, 97, 10_000):
        monkeypatch.setattr(packing, "_CHUNK_ROWS", chunk_rows)
        packed = pack(X, lengths, MIXED)
        groups = [group for chunk in packed.chunks for group in range(200)[chunk]]
        assert groups == list(range(25))
        for chunk in packed.chunks:
            # A chunk has no group that starts after its rows.
            begun = packed.first_row[chunk] - packed.first_row[chunk.start]
            assert begun.max() <= chunk_rows
        assert (len(packed.chunks) == 1) == (chunk_rows == 10_000)


def test_columns_of_counts_categories_shares_and_parts() -> None:
    nan = np.nan
    # A count, a category, s and m of two shares, and two parts.
    X = np.array(
        [
            [nan, 0.0, 1.0, 2.0, 0.0, 2.0, 3.0, 0.0],
            [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [9.0, 2.0, 3.0, 9.0, 1.0, 9.0, 4.0, 5.0],
            [2.0, 2.0, nan, nan, nan, nan, nan, nan],
        ]
    )
    densities = (COUNT, categorical(3), SHARE, SHARE, parts(2))
    packed = pack(X, np.array([4]), densities)
    columns, values = packed.columns, unpack_user(packed, 0, 0)[1]
    # 7 of the count and where it was observed, 2 of the category, s, s and m, 2 parts.
    assert columns.n_columns == values.shape[1] == 8 + 2 + 3 + 2
    assert (columns.n_quadratic, columns.n_dense) == (0, 1)
    count, category = columns.position[:8], columns.position[8:11]
    assert (count[0], category[0]) == (-1, -1)
    np.testing.assert_array_equal(values[:, count[2]], [0, 0, 0, 1])
    np.testing.assert_array_equal(values[:, count[7]], [0, 0, 1, 0])
    np.testing.assert_array_equal(values[:, columns.observed[0]], [0, 1, 1, 1])
    np.testing.assert_array_equal(values[:, category[2]], [0, 0, 1, 1])
    np.testing.assert_array_equal(columns.observed[8:11], -1)
    # Both shares are of the same m.
    assert columns.observed[11] == columns.observed[12]
    np.testing.assert_array_equal(values[:, columns.observed[11]], [2, 0, 9, 0])
    np.testing.assert_array_equal(values[:, columns.position[11]], [1, 0, 3, 0])
    np.testing.assert_array_equal(values[:, columns.position[13]], [3, 0, 4, 0])
    np.testing.assert_array_equal(
        unpack_user(packed, 0, 0)[2], [[0, 0], [0, 1], [7, 1], [2, 1]]
    )
    np.testing.assert_array_equal(columns.offset, 0.0)
    np.testing.assert_allclose(
        columns.overall[:8], [1 / 3, 0, 1 / 3, 0, 0, 0, 0, 1 / 3]
    )
    np.testing.assert_allclose(columns.overall[8:11], [0.25, 0.25, 0.5])
    np.testing.assert_allclose(columns.overall[11:], [4 / 11, 1 / 11, 7 / 12, 5 / 12])


def test_features_without_observations_have_equal_overall_shares() -> None:
    X = np.full((3, 1 + 2 + 4), np.nan)
    columns = pack(X, np.array([3]), (COUNT, SHARE, parts(4))).columns
    np.testing.assert_allclose(columns.overall, [*[1 / 8] * 8, 0.5, *[0.25] * 4])


@pytest.mark.parametrize(
    ("density", "rows", "message"),
    [
        (COUNT, [[-1.0], [1.0]], "negative values in column 1"),
        (COUNT, [[0.5], [1.0]], "fractions in column 1"),
        (categorical(3), [[3.0], [1.0]], "a category of 3 in column 1"),
        (SHARE, [[2.0, 1.0], [0.0, 0.0]], "more in column 1 than in column 2"),
        (SHARE, [[np.nan, 1.0], [0.0, 0.0]], "columns 1 to 2 missing"),
        (SHARE, [[0.0, np.inf], [0.0, 0.0]], "infinite values in column 2"),
        (parts(2), [[1.0, -2.0], [0.0, 0.0]], "negative values in column 2"),
        (parts(2), [[1.0, np.nan], [0.0, 0.0]], "columns 1 to 2 missing"),
    ],
)
def test_values_that_a_density_does_not_allow_are_refused(
    density: Density, rows: list[list[float]], message: str
) -> None:
    X = np.column_stack([np.zeros(2), np.array(rows)])
    with pytest.raises(ValueError, match=message):
        pack(X, np.array([2]), ("gaussian", density))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1])
def test_infinite_values_are_refused(value: float, column: int) -> None:
    X = np.zeros((3, 2))
    X[1, column] = value
    with pytest.raises(ValueError, match=f"infinite values in column {column}"):
        pack(X, np.array([3]), ("gaussian", "bernoulli"))


@pytest.mark.parametrize("value", [0.5, 2.0, -1.0])
def test_a_bernoulli_feature_is_0_or_1(value: float) -> None:
    X = np.array([[0.0], [1.0], [np.nan], [value]])
    with pytest.raises(ValueError, match="other than 0 and 1 in column 0"):
        pack(X, np.array([4]), ("bernoulli",))
    assert pack(X, np.array([4]), ("gaussian",)).n_rows == 4


@pytest.mark.parametrize("lengths", [[3, 3], [5, 0], [4, 4], [-1, 6]])
def test_lengths_must_fill_the_rows(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="lengths"):
        pack(np.zeros((5, 2)), np.array(lengths), ("gaussian",) * 2)


def test_the_number_of_columns_must_match_the_features() -> None:
    with pytest.raises(ValueError, match="2 columns for a model of 3 features"):
        pack(np.zeros((5, 2)), np.array([5]), ("gaussian",) * 3)
    with pytest.raises(ValueError, match="1 dimensions"):
        pack(np.zeros(5), np.array([5]), ("gaussian",))
