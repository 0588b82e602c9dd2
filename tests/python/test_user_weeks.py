"""Records of user-weeks: users stay complete, and weeks keep their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_states.hmm.arrays import IntArray
from user_states.hmm.packing import pack
from user_states.hmm.parameters import GAUSSIAN
from user_states.hmm.sequences import Sequences
from user_states.panel.features import Feature
from user_states.panel.user_weeks import Sample, UserWeeks

A, B, C = (Feature(name, "zero", "continuous", "none", 0.0, "week") for name in "abc")

lengths_of_users = st.lists(st.integers(1, 6), min_size=1, max_size=8).map(np.array)


def user_weeks(lengths: IntArray) -> UserWeeks:
    """Return users whose values are all different."""
    n_rows = int(lengths.sum())
    X = np.arange(3.0 * n_rows).reshape(n_rows, 3)
    n_rides = (np.arange(n_rows) % 3).astype(np.float64)
    return UserWeeks((A, B, C), X, lengths, n_rides, np.arange(n_rows) % 2 == 0)


def sequences(lengths: IntArray) -> Sequences:
    X = np.arange(2.0 * lengths.sum()).reshape(-1, 2)
    return Sequences(X, lengths, (GAUSSIAN,) * 2)


class TestSequences:
    @given(lengths_of_users, st.integers(0, 1000))
    @settings(max_examples=50, deadline=None)
    def test_complete_users_are_taken_in_order(
        self, lengths: IntArray, seed: int
    ) -> None:
        data = sequences(lengths)
        users = np.random.default_rng(seed).integers(len(lengths), size=5)
        rows = np.split(data.X, np.cumsum(lengths)[:-1])
        taken = data.take(users)
        assert np.array_equal(taken.X, np.concatenate([rows[user] for user in users]))
        assert taken.lengths.tolist() == [lengths[user] for user in users]

    def test_an_empty_list_of_users_can_be_taken(self) -> None:
        nobody = sequences(np.array([1, 2])).take(np.array([], dtype=np.int64))
        assert (nobody.X.shape, nobody.n_users) == ((0, 2), 0)

    def test_the_first_users_have_their_rows(self) -> None:
        first = sequences(np.array([2, 3, 4])).first(2)
        assert (first.n_users, first.n_rows) == (2, 5)
        assert first.X.tolist() == sequences(np.array([2, 3])).X.tolist()

    def test_sequences_are_packed_once(self) -> None:
        data = sequences(np.array([2, 3, 4]))
        assert data.packed is data.packed
        again = pack(data.X, data.lengths, data.densities)
        assert np.array_equal(data.packed.values, again.values)

    def test_rows_that_do_not_fit_the_lengths_are_refused(self) -> None:
        with pytest.raises(ValueError, match="lengths that sum to 4"):
            Sequences(np.zeros((3, 1)), np.array([2, 2]), (GAUSSIAN,))


class TestUserWeeks:
    def test_features_are_found_by_name(self) -> None:
        weeks = user_weeks(np.array([2, 1]))
        assert weeks.values(["c", "a"]).tolist() == weeks.X[:, [2, 0]].tolist()
        selected = weeks.select((C, B))
        assert selected.names == ["c", "b"]
        assert selected.X.tolist() == weeks.X[:, [2, 1]].tolist()

    @given(lengths_of_users, st.integers(1, 10))
    @settings(max_examples=50, deadline=None)
    def test_blocks_are_complete_users_and_cover_all(
        self, lengths: IntArray, n_rows: int
    ) -> None:
        weeks = user_weeks(lengths)
        blocks = list(weeks.blocks(n_rows))
        for name in ("X", "lengths", "n_rides", "has_request"):
            together = np.concatenate([getattr(block, name) for block in blocks])
            assert np.array_equal(together, getattr(weeks, name)), name

    def test_weeks_are_numbered_back_from_the_last(self) -> None:
        weeks = user_weeks(np.array([2, 4, 1]))
        assert weeks.n_weeks == 4
        assert weeks.week.tolist() == [2, 3, 0, 1, 2, 3, 3]
        assert weeks.user.tolist() == [0, 0, 1, 1, 1, 1, 2]

    @given(lengths_of_users, st.integers(0, 5))
    @settings(max_examples=50, deadline=None)
    def test_until_keeps_what_was_known_in_a_week(
        self, lengths: IntArray, last: int
    ) -> None:
        weeks = user_weeks(lengths)
        last = min(last, weeks.n_weeks - 1)
        is_held_out = np.arange(len(lengths)) % 2 == 0
        known = Sample(weeks, is_held_out).until(last)
        rows = weeks.week <= last
        assert known.weeks.X.tolist() == weeks.X[rows].tolist()
        assert known.weeks.n_rides.tolist() == weeks.n_rides[rows].tolist()
        users = sorted(set(weeks.user[rows].tolist()))
        assert known.is_held_out.tolist() == is_held_out[users].tolist()
        assert known.weeks.lengths.tolist() == [
            int((weeks.user[rows] == user).sum()) for user in users
        ]
