"""The permutation test of states and next week's activity: its size and power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency

from user_states.hmm.arrays import IntArray
from user_states.selection.next_week_scores import rows_with_next_week
from user_states.selection.separation import Separation, separation

LEVEL = 0.05


def run(
    states: IntArray,
    is_active: IntArray,
    lengths: IntArray,
    weeks: IntArray | None = None,
    n_shuffles: int = 199,
) -> Separation:
    result = separation(
        states, is_active, lengths, weeks, n_shuffles=n_shuffles, seed=0
    )
    assert result is not None
    return result


def ages(lengths: IntArray) -> IntArray:
    """Return each row's number of earlier weeks of the same user."""
    firsts = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) - np.repeat(firsts, lengths)


def test_information_by_hand() -> None:
    # Forty users of two weeks: activity follows state 1 in 15 of 20 cases, and state 0
    # in 5 of 20.
    lengths = np.full(40, 2)
    states = np.repeat([1] * 20 + [0] * 20, 2)
    active = np.zeros(80, dtype=np.int64)
    active[1::2] = [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15
    result = run(states, active, lengths)
    shares = {True: 15 / 40, False: 5 / 40}
    expected = sum(2 * share * math.log(share / 0.25) for share in shares.values())
    assert result.information == pytest.approx(expected)
    # Fisher's exact test gives p = 0.004.
    assert result.p_value < LEVEL


def test_a_state_that_predicts_perfectly() -> None:
    rng = np.random.default_rng(0)
    lengths = np.full(100, 10)
    active = rng.integers(2, size=1000)
    result = run(np.roll(active, -1), active, lengths)
    assert result.information == pytest.approx(math.log(2), abs=0.01)
    assert result == Separation(result.information, 1 / 200, 199)


def test_random_states_by_user_keep_the_significance_level() -> None:
    # Users differ in activity and always keep their random state. A test that shuffles
    # single rows would find nearly all of these significant.
    n_naive = n_found = 0
    n_trials = 300
    for seed in range(n_trials):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(20, 60, size=60)
        rates = np.repeat(rng.beta(0.5, 0.5, size=60), lengths)
        active = (rng.random(lengths.sum()) < rates).astype(np.int64)
        states = np.repeat(rng.integers(3, size=60), lengths)
        rows = rows_with_next_week(lengths)
        table = np.bincount(2 * states[rows] + active[rows + 1], minlength=6)
        n_naive += chi2_contingency(table.reshape(3, 2)).pvalue <= LEVEL
        n_found += run(states, active, lengths, n_shuffles=99).p_value <= LEVEL
    assert n_naive > 0.8 * n_trials
    assert n_found <= binom.ppf(0.999, n_trials, LEVEL)


def test_states_from_this_week_do_not_predict_random_weeks() -> None:
    # Like filtered states of data without structure: this week's activity determines
    # the state, and next week's activity is independent.
    n_trials = 300
    n_found = 0
    for seed in range(n_trials):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(2, 30, size=80)
        active = rng.integers(2, size=lengths.sum())
        n_found += run(active, active, lengths, n_shuffles=99).p_value <= LEVEL
    assert n_found <= binom.ppf(0.999, n_trials, LEVEL)


def test_states_that_only_distinguish_users_are_significant() -> None:
    rng = np.random.default_rng(1)
    lengths = rng.integers(5, 40, size=200)
    is_keen = rng.integers(2, size=200)
    rates = np.repeat(np.where(is_keen == 1, 0.6, 0.3), lengths)
    active = (rng.random(lengths.sum()) < rates).astype(np.int64)
    assert run(np.repeat(is_keen, lengths), active, lengths).p_value == 1 / 200


def test_states_that_follow_spells_of_activity_are_significant() -> None:
    # Users are alike, and their activity has spells.
    rng = np.random.default_rng(2)
    lengths = np.full(100, 30)
    mood = (ages(lengths) + np.repeat(rng.integers(10, size=100), lengths)) // 5 % 2
    active = (rng.random(3000) < np.where(mood == 1, 0.6, 0.3)).astype(np.int64)
    assert run(mood, active, lengths).p_value == 1 / 200


def test_age_alone_is_not_significant() -> None:
    rng = np.random.default_rng(3)
    lengths = np.repeat([8, 12, 16], 40)
    is_new = (ages(lengths) < 4).astype(np.int64)
    active = (rng.random(len(is_new)) < np.where(is_new == 1, 0.9, 0.2)).astype(
        np.int64
    )
    result = run(is_new, active, lengths)
    assert result.information > 0.1
    assert result.p_value == 1.0


def test_season_alone_is_not_significant_if_weeks_are_given() -> None:
    rng = np.random.default_rng(4)
    lengths = np.full(120, 10)
    weeks = ages(lengths) + np.repeat(np.repeat([0, 1, 2, 3], 30), lengths)
    is_summer = weeks // 3 % 2
    active = (rng.random(1200) < np.where(is_summer == 1, 0.8, 0.2)).astype(np.int64)
    assert run(is_summer, active, lengths, weeks).p_value == 1.0
    assert run(is_summer, active, lengths, None).p_value == 1 / 200


def test_users_with_unique_lengths_are_tested_too() -> None:
    rng = np.random.default_rng(5)
    lengths = np.arange(1, 61)
    is_keen = rng.integers(2, size=60)
    rates = np.repeat(np.where(is_keen == 1, 0.8, 0.2), lengths)
    active = (rng.random(lengths.sum()) < rates).astype(np.int64)
    assert run(np.repeat(is_keen, lengths), active, lengths).p_value == 1 / 200


def test_order_of_users_and_numbers_of_states_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    lengths = np.full(30, 5)
    states, active = rng.integers(3, size=150), rng.integers(2, size=150)
    result = run(states, active, lengths)
    turned = states.reshape(30, 5)[::-1].ravel(), active.reshape(30, 5)[::-1].ravel()
    assert run(*turned, lengths).information == pytest.approx(result.information)
    assert run(2 - states, active, lengths).p_value == result.p_value


def test_nothing_to_test() -> None:
    active = np.array([1, 0, 1, 0])
    zeros = np.zeros(4, dtype=np.int64)
    assert separation(zeros, active, np.array([2, 2]), None, seed=0) is None
    assert separation(active, active, np.ones(4, dtype=int), None, seed=0) is None


def test_a_single_user_is_never_significant() -> None:
    active = np.array([1, 0, 1, 0, 1, 0])
    assert run(active, active, np.array([6])).p_value == 1.0


def test_arrays_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="got 3 states and 4 rows of activity"):
        separation(np.zeros(3, dtype=int), np.zeros(4), np.array([4]), None, seed=0)
