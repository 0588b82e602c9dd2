"""Agreement between refits, and the resampling of users."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.selection.stability import mean_adjusted_rand, resampled_users


def test_the_index_by_hand() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    # Of 15 pairs, 1 + 3 = 4 are together in both, 3 + 3 = 6 in a, 1 + 6 = 7 in b.
    # (4 - 6*7/15) / ((6 + 7)/2 - 6*7/15).
    assert mean_adjusted_rand([a, b]) == pytest.approx(1.2 / 3.7)


def test_numbers_of_states_do_not_matter() -> None:
    a = np.random.default_rng(0).integers(4, size=200)
    assert mean_adjusted_rand([a, 3 - a, (a + 1) % 4]) == 1.0


def test_random_states_only_agree_by_chance() -> None:
    rng = np.random.default_rng(1)
    labels = [rng.integers(3, size=20_000) for _ in range(3)]
    assert abs(mean_adjusted_rand(labels)) < 0.005


def test_the_mean_is_over_all_pairs() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    assert mean_adjusted_rand([a, b, a]) == pytest.approx((2 * 1.2 / 3.7 + 1) / 3)


def test_a_single_sequence_or_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="got 1 state sequences"):
        mean_adjusted_rand([np.zeros(3, dtype=np.int64)])
    with pytest.raises(ValueError, match=r"of \[2, 3\] rows"):
        mean_adjusted_rand([np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64)])


def test_every_user_is_drawn_equally_often() -> None:
    users = resampled_users(4, 40_000, np.random.default_rng(0))
    shares = np.bincount(users, minlength=4) / 40_000
    assert shares == pytest.approx(np.full(4, 0.25), abs=0.01)


def test_a_draw_repeats_users_and_follows_the_seed() -> None:
    first = resampled_users(50, 50, np.random.default_rng(7))
    again = resampled_users(50, 50, np.random.default_rng(7))
    assert np.array_equal(first, again)
    assert len(np.unique(first)) < 50
