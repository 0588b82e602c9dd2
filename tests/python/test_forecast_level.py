"""The level of forecasts: by hand, and from earlier weeks only."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.outlook.forecast_level import (
    LEVEL_WEEKS,
    level_shift,
    level_shifts,
    odds_shift,
    odds_shifts,
    price_shifts,
)


def test_the_shift_by_hand() -> None:
    assert level_shift(100.0, 100.0) == 0
    assert level_shift(0.0, 0.0) == 0
    # 500 rides have half the weight of many.
    assert level_shift(249.5, 500.0) == pytest.approx(np.log(2) / 2)
    assert level_shift(2e9, 1e9) == pytest.approx(-np.log(2), rel=1e-5)


def some_weeks(n_weeks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three users who are forecast in each week but the last two."""
    rng = np.random.default_rng(1)
    week = np.tile(np.arange(n_weeks - 2), 3)
    return week, rng.uniform(500, 900, len(week)), rng.uniform(500, 900, len(week))


def test_each_week_follows_the_four_before_it() -> None:
    week, expected, came = some_weeks(12)
    shifts = level_shifts(week, expected, came, 12)
    assert shifts[0] == 0
    for now in range(1, 12):
        before = (week < now) & (week >= now - LEVEL_WEEKS)
        sums = float(expected[before].sum()), float(came[before].sum())
        assert shifts[now] == pytest.approx(level_shift(*sums))


def test_what_comes_later_changes_nothing() -> None:
    week, expected, came = some_weeks(12)
    shifts = level_shifts(week, expected, came, 12)
    # What came after an origin is known a week later.
    later = np.where(week >= 6, 9 * came, came)
    again = level_shifts(week, expected, later, 12)
    assert again[:7] == pytest.approx(shifts[:7])
    assert (again[7:] > shifts[7:]).all()


def test_a_season_that_rises_is_followed() -> None:
    n_weeks = 60
    week = np.arange(n_weeks - 1)
    expected = np.full(len(week), 10_000.0)
    came = 10_000 * np.exp(0.01 * week)
    shifts = level_shifts(week, expected, came, n_weeks)
    behind = 0.01 * week - shifts[week]
    # About the middle of the four weeks, and one ahead.
    assert behind[10:] == pytest.approx(0.025, abs=0.02)


def test_the_shift_of_the_odds_by_hand() -> None:
    assert odds_shift(0.0, 0.0, 0.0) == 0
    assert odds_shift(50.0, 25.0, 75.0) == pytest.approx(25 / 125)
    assert odds_shift(75.0, 25.0, 50.0) == pytest.approx(-25 / 125)
    # However many came, it is one step of at most 1.
    assert odds_shift(10.0, 9.0, 1e6) == 1
    assert odds_shift(1e6, 9.0, 10.0) == -1


def riders(odds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 5,000 users' forecasts in each week, and who rode: the odds change."""
    rng = np.random.default_rng(2)
    week = np.repeat(np.arange(len(odds)), 5_000)
    log_odds = rng.normal(-1.0, 1.5, len(week))
    probability = 1 / (1 + np.exp(-log_odds))
    truth = 1 / (1 + np.exp(-(log_odds + odds[week])))
    return week, probability, (rng.uniform(size=len(week)) < truth).astype(float)


def test_odds_of_each_week_follow_the_four_before_it() -> None:
    week, probability, has_ride = riders(np.full(12, 0.3))
    shifts = odds_shifts(week, probability, has_ride, 12)
    assert shifts[0] == 0
    for now in range(1, 12):
        before = (week < now) & (week >= now - LEVEL_WEEKS)
        p, came = probability[before], has_ride[before]
        assert shifts[now] == pytest.approx(
            odds_shift(p.sum(), (p * (1 - p)).sum(), came.sum())
        )
    later = np.where(week >= 6, 1.0, has_ride)
    again = odds_shifts(week, probability, later, 12)
    assert again[:7] == pytest.approx(shifts[:7])
    assert (again[7:] > shifts[7:]).all()


def test_a_drift_of_the_odds_is_made_right() -> None:
    # Nobody changes for ten weeks; then all are likelier to ride.
    odds = np.where(np.arange(20) < 10, 0.0, 0.4)
    week, probability, has_ride = riders(odds)
    shifts = odds_shifts(week, probability, has_ride, 20)
    assert shifts[5:11] == pytest.approx(0.0, abs=0.08)
    assert shifts[14:] == pytest.approx(0.4, abs=0.08)
    shifted = 1 / (1 + (1 - probability) / probability * np.exp(-shifts[week]))
    late = week >= 14
    assert shifted[late].mean() == pytest.approx(has_ride[late].mean(), abs=0.01)
    assert probability[late].mean() < has_ride[late].mean() - 0.04


def test_prices_are_those_of_the_rides_that_came() -> None:
    # From week 10 on, twice as many rides come, and each costs a tenth more.
    n_weeks = 20
    week = np.repeat(np.arange(n_weeks), 4)
    expected = np.full(len(week), 50_000.0)
    is_late = week >= 10
    rides = np.where(is_late, 2.0, 1.0) * expected
    of_rides = level_shifts(week, expected, rides, n_weeks)
    prices = price_shifts(week, expected, np.where(is_late, 1.1, 1) * rides, of_rides)
    assert prices[0] == 0
    assert prices[1:11] == pytest.approx(0.0, abs=0.001)
    assert prices[14:] == pytest.approx(np.log(1.1), abs=0.01)
