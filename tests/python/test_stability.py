"""Agreement between refits, and the resampling of users."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_states.hmm.arrays import IntArray
from user_states.selection.stability import (
    mean_adjusted_rand,
    resampled_users,
    take_users,
)

lengths_of_users = st.lists(st.integers(1, 6), min_size=1, max_size=8).map(np.array)


def test_the_index_by_hand() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    # Pairs together in both: 1 + 3 = 4; in a: 3 + 3 = 6; in b: 1 + 6 = 7; of 15.
    # (4 - 6*7/15) / ((6 + 7)/2 - 6*7/15).
    assert mean_adjusted_rand([a, b]) == pytest.approx(1.2 / 3.7)


def test_names_of_states_do_not_matter() -> None:
    a = np.random.default_rng(0).integers(4, size=200)
    assert mean_adjusted_rand([a, 3 - a, (a + 1) % 4]) == 1.0


def test_states_at_random_agree_by_chance_only() -> None:
    rng = np.random.default_rng(1)
    labels = [rng.integers(3, size=20_000) for _ in range(3)]
    assert abs(mean_adjusted_rand(labels)) < 0.005


def test_the_mean_is_over_all_pairs() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    assert mean_adjusted_rand([a, b, a]) == pytest.approx((2 * 1.2 / 3.7 + 1) / 3)


def test_one_sequence_or_unequal_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="got 1 state sequences"):
        mean_adjusted_rand([np.zeros(3, dtype=np.int64)])
    with pytest.raises(ValueError, match=r"of \[2, 3\] rows"):
        mean_adjusted_rand([np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64)])


def test_users_are_drawn_alike_whatever_their_length() -> None:
    lengths = np.array([1, 100, 1, 1])
    users = resampled_users(lengths, 40_000, np.random.default_rng(0))
    shares = np.bincount(users, minlength=4) / 40_000
    assert shares == pytest.approx(np.full(4, 0.25), abs=0.01)


def test_a_draw_repeats_users_and_follows_the_seed() -> None:
    lengths = np.ones(50, dtype=np.int64)
    first = resampled_users(lengths, 50, np.random.default_rng(7))
    again = resampled_users(lengths, 50, np.random.default_rng(7))
    assert np.array_equal(first, again)
    assert len(np.unique(first)) < 50


@given(lengths_of_users, st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_users_are_taken_whole_and_in_order(lengths: IntArray, seed: int) -> None:
    X = np.arange(2.0 * lengths.sum()).reshape(-1, 2)
    users = resampled_users(lengths, 5, np.random.default_rng(seed))
    rows = np.split(X, np.cumsum(lengths)[:-1])
    taken, taken_lengths = take_users(X, lengths, users)
    assert np.array_equal(taken, np.concatenate([rows[user] for user in users]))
    assert taken_lengths.tolist() == [lengths[user] for user in users]


def test_nobody_may_be_taken() -> None:
    X, lengths = take_users(np.ones((3, 2)), np.array([1, 2]), np.array([], dtype=int))
    assert (X.shape, lengths.shape) == ((0, 2), (0,))
