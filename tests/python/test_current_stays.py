"""Current stays: the last weeks in a row in the same state, and the rides in them."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.naming.current_stays import CurrentStays, current_stays


def test_the_last_weeks_in_a_row_count() -> None:
    # Two users: three weeks in state 1 after one in state 0; one week in state 1.
    found = current_stays(
        np.array([0, 1, 1, 1, 1]),
        np.array([4, 1]),
        np.array([5.0, 2.0, 1.0, 0.0, 1.0]),
        {"n_weekend_rides": np.array([5.0, 1.0, 1.0, 0.0, np.nan])},
    )
    assert found.states.tolist() == [1, 1]
    assert found.weeks.tolist() == [3, 1]
    assert found.n_rides.tolist() == [3.0, 1.0]
    assert found.silent_weeks.tolist() == [1, 0]
    np.testing.assert_array_equal(found.counts["n_weekend_rides"], [2.0, np.nan])


def test_a_silence_begins_before_the_stay_does() -> None:
    found = current_stays(
        np.array([0, 0, 0, 2]), np.array([4]), np.array([1.0, 0.0, 0.0, 0.0]), {}
    )
    assert (found.weeks.tolist(), found.silent_weeks.tolist()) == ([1], [3])


def test_sums_of_unknown_columns_are_unknown() -> None:
    found = current_stays(np.array([0]), np.array([1]), np.array([2.0]), {})
    assert found.sum_of(("n_rides",)).tolist() == [2.0]
    assert np.isnan(found.sum_of(("n_rides", "n_away_rides"))).all()


@pytest.mark.parametrize("seed", range(5))
def test_any_users_equal_those_looked_at_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, 40)
    states = rng.integers(0, 2, lengths.sum())
    n_rides = rng.poisson(0.4, lengths.sum()).astype(float)
    ends = np.cumsum(lengths)
    n_rides[ends - lengths] += 1
    away = rng.binomial(n_rides.astype(int), 0.5).astype(float)
    found = current_stays(states, lengths, n_rides, {"n_away_rides": away})
    assert isinstance(found, CurrentStays)
    for user, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        rows = list(range(end - length, end))
        stay = []
        while rows and states[rows[-1]] == states[end - 1]:
            stay.append(rows.pop())
        ride_rows = [row for row in range(end - length, end) if n_rides[row]]
        assert found.states[user] == states[end - 1]
        assert found.weeks[user] == len(stay)
        assert found.n_rides[user] == n_rides[stay].sum()
        assert found.ride_weeks[user] == (n_rides[stay] > 0).sum()
        assert found.counts["n_away_rides"][user] == away[stay].sum()
        assert found.silent_weeks[user] == end - 1 - ride_rows[-1]
