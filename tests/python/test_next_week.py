"""Scores of next week's activity equal sums by hand, loops and a known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    activity_rates,
    base_scores,
    bootstrap_interval,
    next_week_probabilities,
    paired_difference,
    rows_with_next_week,
    score_next_week,
)


def scores(log_scores: list[float], n_pairs: list[int]) -> UserScores:
    return UserScores(np.array(log_scores), np.array(n_pairs))


def simulated(lengths: IntArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return the true probability of activity in each row's week, and the activity."""
    rng = np.random.default_rng(seed)
    chances = np.repeat(rng.uniform(0.1, 0.9, size=len(lengths)), lengths)
    return chances, (rng.random(len(chances)) < chances).astype(np.float64)


users = st.lists(st.integers(1, 6), min_size=1, max_size=8).map(np.array)


def test_rates_by_hand() -> None:
    probabilities = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    rates = activity_rates(probabilities, np.array([1, 0, 1]))
    # Nobody is in the third state, so it gets the overall rate of 2 in 3 weeks.
    assert rates == pytest.approx([1 / 1.5, 1 / 1.5, 2 / 3])


def test_rates_stay_away_from_0_and_1() -> None:
    rates = activity_rates(np.eye(2), np.array([True, False]))
    assert rates.tolist() == [1 - 1e-6, 1e-6]


def test_a_scaled_column_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2 values of is_active .* unscaled"):
        activity_rates(np.ones((3, 1)), np.array([1.0, -0.5, 1.5]))
    with pytest.raises(ValueError, match="1 values of is_active"):
        base_scores(0.5, np.array([1.0, np.nan]), np.array([2]))


def test_the_forecast_sums_over_both_weeks() -> None:
    filtered = np.array([[0.7, 0.3], [0.1, 0.9]])
    moves = np.array([[0.8, 0.2], [0.4, 0.6]])
    rates = np.array([0.9, 0.1])
    expected = [
        sum(filtered[t, i] * moves[i, j] * rates[j] for i in range(2) for j in range(2))
        for t in range(2)
    ]
    assert next_week_probabilities(filtered, moves, rates) == pytest.approx(expected)


def test_scores_by_hand() -> None:
    # Users of three, one and two weeks; the last forecast of each has no outcome.
    result = score_next_week(
        np.array([0.2, 0.4, 0.9, 0.9, 0.25, 0.9]),
        np.array([1, 1, 0, 0, 1, 1]),
        np.array([3, 1, 2]),
    )
    assert result.n_pairs.tolist() == [2, 0, 1]
    assert result.log_scores == pytest.approx(
        [math.log(0.2) + math.log(0.6), 0.0, math.log(0.25)]
    )
    assert result.n_users == 2
    assert result.mean == pytest.approx(result.log_scores.sum() / 3)


def test_the_last_forecast_and_the_first_week_do_not_count() -> None:
    chances, lengths = np.array([0.2, 0.4, 0.9, 0.3, 0.6]), np.array([3, 2])
    before = score_next_week(chances, np.array([1, 1, 0, 0, 1]), lengths)
    chances[[2, 4]] = 0.01
    after = score_next_week(chances, np.array([0, 1, 0, 1, 1]), lengths)
    assert np.array_equal(before.log_scores, after.log_scores)


def test_impossible_forecasts_and_other_lengths_are_refused() -> None:
    active, lengths = np.array([1, 0]), np.array([2])
    for bad in (0.0, 1.0, np.nan, 1.5):
        with pytest.raises(ValueError, match="above 0 and below 1"):
            score_next_week(np.array([bad, 0.5]), active, lengths)
    with pytest.raises(ValueError, match="got 3 probabilities"):
        score_next_week(np.full(3, 0.5), active, lengths)
    with pytest.raises(ValueError, match="one of each per user"):
        UserScores(np.zeros(2), np.array([1]))


@given(users, st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_scores_equal_a_loop(lengths: IntArray, seed: int) -> None:
    chances, active = simulated(lengths, seed)
    result = score_next_week(chances, active, lengths)
    starts = np.cumsum(lengths) - lengths
    for user, (first, length) in enumerate(zip(starts, lengths, strict=True)):
        rows = slice(first, first + length)
        pairs = zip(chances[rows][:-1], active[rows][1:], strict=True)
        expected = [math.log(p if y else 1 - p) for p, y in pairs]
        assert result.n_pairs[user] == len(expected)
        assert result.log_scores[user] == pytest.approx(sum(expected))


@given(users)
@settings(max_examples=50, deadline=None)
def test_rows_with_a_next_week_stay_within_their_user(lengths: IntArray) -> None:
    user_of_row = np.repeat(np.arange(len(lengths)), lengths)
    rows = rows_with_next_week(lengths)
    assert len(rows) == len(user_of_row) - len(lengths)
    assert (user_of_row[rows] == user_of_row[rows + 1]).all()


def test_the_base_score_at_the_true_rate_is_the_negative_entropy() -> None:
    active, lengths = np.array([0, 1, 0, 0, 1]), np.array([5])
    best = base_scores(0.5, active, lengths)
    assert best.mean == pytest.approx(-math.log(2))
    assert base_scores(0.4, active, lengths).mean < best.mean
    assert base_scores(0.0, active, lengths).mean == pytest.approx(
        (2 * math.log(1e-6) + 2 * math.log1p(-1e-6)) / 4
    )


def test_the_standard_error_by_hand() -> None:
    result = scores([-1.0, -3.0, 0.0], [1, 2, 0])
    # Mean -4/3; residuals 1/3 and -1/3; two users with pairs.
    assert result.standard_error == pytest.approx(math.sqrt(2 / 9 * 2) / 3)


def test_users_of_equal_length_give_the_usual_error_of_a_mean() -> None:
    sums = np.random.default_rng(3).normal(size=50)
    result = UserScores(sums, np.full(50, 4))
    usual = np.std(sums / 4, ddof=1) / math.sqrt(50)
    assert result.standard_error == pytest.approx(usual)


def test_one_user_or_none_gives_no_standard_error() -> None:
    assert scores([-1.0, 0.0], [3, 0]).standard_error == math.inf
    assert math.isnan(scores([0.0], [0]).mean)


def test_the_standard_error_equals_the_spread_of_repetitions() -> None:
    lengths = np.random.default_rng(0).integers(2, 30, size=200)
    results = []
    for seed in range(300):
        chances, active = simulated(lengths, seed)
        results.append(
            paired_difference(
                score_next_week(chances, active, lengths),
                base_scores(0.5, active, lengths),
            )
        )
    spread = np.std([result.mean for result in results])
    typical = np.mean([result.standard_error for result in results])
    assert typical == pytest.approx(spread, rel=0.15)


def test_the_truth_scores_best() -> None:
    lengths = np.full(500, 20)
    chances, active = simulated(lengths, 1)
    truth = score_next_week(chances, active, lengths)
    shifted = score_next_week(np.clip(chances + 0.1, 0, 0.99), active, lengths)
    base = base_scores(float(active.mean()), active, lengths)
    for other in (shifted, base):
        difference = paired_difference(truth, other)
        assert difference.mean > 2 * difference.standard_error


def test_a_difference_by_hand() -> None:
    a, b = scores([-1.0, -3.0], [1, 2]), scores([-2.0, -3.5], [1, 2])
    difference = paired_difference(a, b)
    # 1 and 0.5 over 3 pairs: mean 0.5, residuals 0.5 and -0.5.
    assert difference.mean == pytest.approx(0.5)
    assert difference.standard_error == pytest.approx(math.sqrt(0.5 * 2) / 3)


@given(users, st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_a_difference_is_antisymmetric(lengths: IntArray, seed: int) -> None:
    lengths = lengths + 1
    chances, active = simulated(lengths, seed)
    a = score_next_week(chances, active, lengths)
    b = base_scores(0.3, active, lengths)
    there, back = paired_difference(a, b), paired_difference(b, a)
    assert there.mean == pytest.approx(-back.mean)
    assert there.mean == pytest.approx(a.mean - b.mean)
    assert there.standard_error == pytest.approx(back.standard_error)
    same = paired_difference(a, a)
    if len(lengths) > 1:
        assert same == Difference(0.0, 0.0)


def test_rounding_errors_give_no_difference() -> None:
    sums = np.array([-3.0, -7.0, -11.0, -13.0])
    n_pairs = np.full(4, 10)
    same = UserScores(sums * (1 + 2e-16), n_pairs)
    assert not np.array_equal(same.log_scores, sums)
    assert paired_difference(UserScores(sums, n_pairs), same) == Difference(0.0, 0.0)
    other = UserScores(sums * (1 + 1e-9), n_pairs)
    assert paired_difference(UserScores(sums, n_pairs), other).mean > 0


def test_a_pair_needs_the_same_weeks() -> None:
    with pytest.raises(ValueError, match="same pairs of weeks"):
        paired_difference(scores([-1.0], [1]), scores([-1.0], [2]))
    with pytest.raises(ValueError, match="no pair of weeks"):
        paired_difference(scores([0.0], [0]), scores([0.0], [0]))


def test_the_bootstrap_interval_is_close_to_the_normal_one() -> None:
    lengths = np.random.default_rng(5).integers(1, 30, size=400)
    chances, active = simulated(lengths, 5)
    a = score_next_week(chances, active, lengths)
    b = base_scores(0.5, active, lengths)
    difference = paired_difference(a, b)
    low, high = bootstrap_interval(a, b, 2000, seed=0, level=0.9)
    reach = 1.6449 * difference.standard_error
    assert low == pytest.approx(difference.mean - reach, abs=0.1 * reach)
    assert high == pytest.approx(difference.mean + reach, abs=0.1 * reach)
    wider = bootstrap_interval(a, b, 2000, seed=0, level=0.99)
    assert wider[0] < low
    assert wider[1] > high


def test_the_interval_does_not_depend_on_the_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a, b = scores([-1.0, -3.0, -2.0], [1, 2, 3]), scores([-2.0, -3.5, -1.0], [1, 2, 3])
    whole = bootstrap_interval(a, b, 100, seed=2, level=0.9)
    monkeypatch.setattr("user_states.selection.next_week_scores.BOOTSTRAP_CELLS", 21)
    assert bootstrap_interval(a, b, 100, seed=2, level=0.9) == whole
    assert bootstrap_interval(a, b, 100, seed=3, level=0.9) != whole


def test_users_without_a_pair_do_not_widen_the_interval() -> None:
    a, b = scores([-1.0, -3.0], [1, 2]), scores([-2.0, -3.5], [1, 2])
    more_a, more_b = (
        scores([*s.log_scores, 0, 0, 0], [*s.n_pairs, 0, 0, 0]) for s in (a, b)
    )
    alone = bootstrap_interval(a, b, 50, seed=1, level=0.9)
    assert bootstrap_interval(more_a, more_b, 50, seed=1, level=0.9) == alone
