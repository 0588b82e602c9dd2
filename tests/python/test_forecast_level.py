"""The level of expected rides: by hand, and from earlier weeks only."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.outlook.forecast_level import LEVEL_WEEKS, level_shift, level_shifts


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
