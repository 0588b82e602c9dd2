"""Traits: what hardly changes in half a year is told from what users do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Feature
from user_states.panel.training_data import training_data
from user_states.panel.traits import trait_ratio, without_traits
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.panel.weekly_values import (
    all_weekly_values,
    value_names,
    weekly_values,
)

N_RIDES = Feature("n_rides", "zero", "count", "log1p", 0, "later_week")
AWAY = Feature("n_away", "zero", "share", "none", 0, "ride", of="n_rides")
CASH = Feature("is_cash", "carried", "binary", "none", 0, "ride")
PARTS = Feature(
    "day_parts", "zero", "parts", "none", 0, "ride", columns=("n_early", "n_late")
)


def spells(rng: np.random.Generator, n_users: int, n_weeks: int) -> FloatArray:
    """Return a state of 0 or 1 that lasts some weeks, shape (n_users, n_weeks)."""
    states = np.empty((n_users, n_weeks))
    states[:, 0] = rng.integers(0, 2, n_users)
    for week in range(1, n_weeks):
        moves = rng.random(n_users) < 0.1
        states[:, week] = np.where(
            moves, rng.integers(0, 2, n_users), states[:, week - 1]
        )
    return states


def planted(n_users: int = 400, n_weeks: int = 60) -> Sample:
    """Return users who travel in spells, and who always pay alike or ride early.

    Columns: rides, rides away (spells) of the rides, cash (a trait, blurred), and
    rides early and late (a trait).
    """
    rng = np.random.default_rng(0)
    shape = (n_users, n_weeks)
    rides = rng.poisson(2.0, shape).astype(np.float64)
    rides[:, 0] = np.maximum(rides[:, 0], 1)
    away = rng.binomial(rides.astype(int), 0.1 + 0.8 * spells(rng, *shape))
    pays_cash = rng.integers(0, 2, (n_users, 1))
    cash = rng.random(shape) < 0.15 + 0.7 * pays_cash
    early = rng.binomial(rides.astype(int), 0.2 + 0.6 * rng.random((n_users, 1)))
    columns = [rides, away, rides, cash, early, rides - early]
    X = np.column_stack([np.asarray(c, dtype=np.float64).ravel() for c in columns])
    weeks = UserWeeks(
        features=(N_RIDES, AWAY, CASH, PARTS),
        X=X,
        lengths=np.full(n_users, n_weeks),
        n_rides=rides.ravel(),
        has_request=rides.ravel() > 0,
    )
    return Sample(weeks, np.arange(n_users) % 4 == 0)


def test_spells_of_behaviour_are_no_trait_and_habits_are() -> None:
    weeks = planted().weeks
    ratios = {}
    for feature in (AWAY, CASH, PARTS):
        found = trait_ratio(weeks, feature)
        assert found is not None
        ratios[feature.name] = found.ratio
    # A spell of ten weeks on average has nearly ended after 26.
    assert ratios["n_away"] < 0.2
    assert ratios["is_cash"] == pytest.approx(1, abs=0.05)
    assert ratios["day_parts"] == pytest.approx(1, abs=0.2)


def test_the_correlation_is_that_of_the_pairs() -> None:
    weeks = planted(100).weeks
    found = trait_ratio(weeks, CASH)
    assert found is not None
    cash = weeks.values(["is_cash"]).reshape(100, -1)
    has_ride = (weeks.is_active & ~weeks.is_first).reshape(100, -1)
    for lag, expected in ((1, found.after_a_week), (26, found.after_half_a_year)):
        both = has_ride[:, :-lag] & has_ride[:, lag:]
        pairs = np.corrcoef(cash[:, :-lag][both], cash[:, lag:][both])
        assert pairs[0, 1] == pytest.approx(expected)


def test_a_users_first_week_does_not_count() -> None:
    """In the first week nobody's usual city is known, so hardly anybody is away."""
    before = planted(n_weeks=32)
    cash = before.weeks.column_names.index("is_cash")
    X = before.weeks.X.copy()
    X[before.weeks.is_first, cash] = 0
    weeks = replace(before.weeks, X=X)
    found, expected = trait_ratio(weeks, CASH), trait_ratio(before.weeks, CASH)
    assert found == expected
    assert found is not None
    assert found.is_above(0.5)


def test_two_parts_are_measured_as_one_share() -> None:
    """The shares of two parts add up to 1, so both have the same correlation."""
    weeks = planted().weeks
    of_parts = trait_ratio(weeks, PARTS)
    early = Feature("n_early", "zero", "share", "none", 0, "ride", of="n_rides")
    of_share = trait_ratio(
        UserWeeks(
            (early,),
            weeks.values(["n_early", "n_rides"]),
            weeks.lengths,
            weeks.n_rides,
            weeks.has_request,
        ),
        early,
    )
    assert of_parts is not None
    assert of_share is not None
    assert of_parts.after_a_week == pytest.approx(of_share.after_a_week)
    assert of_parts.ratio == pytest.approx(of_share.ratio)


def test_a_preset_leaves_traits_out_and_says_so() -> None:
    sample, report = without_traits(planted(), 0.5, drops=True)
    assert sample.weeks.names == ["n_rides", "n_away"]
    assert [one.feature for one in report.traits] == [CASH, PARTS]
    assert report.lines[0].startswith("left out of the model: is_cash is a trait: ")
    assert report.warnings == ()
    data = training_data(sample, "mixed")
    assert data.training.names == ["n_rides", "n_away"]


def test_a_list_of_ones_own_keeps_traits_with_a_warning() -> None:
    before = planted()
    sample, report = without_traits(before, 0.5, drops=False)
    assert sample is before
    assert report.lines == ()
    (warning,) = report.warnings
    assert "is_cash (" in warning
    assert "day_parts (" in warning
    assert "hmm.features" in warning


def test_a_higher_limit_allows_them() -> None:
    sample, report = without_traits(planted(), 2.0, drops=True)
    assert sample.weeks.names == ["n_rides", "n_away", "is_cash", "day_parts"]
    assert report.traits == ()
    assert len(report.ratios) == 3


def test_a_short_log_is_not_measured() -> None:
    before = planted(n_weeks=29)
    sample, report = without_traits(before, 0.5, drops=True)
    assert sample is before
    assert report.lines == (
        "traits: not measured, because the log has 29 weeks; that takes 30",
    )


def test_weekly_values_are_shares_where_there_is_a_whole() -> None:
    X = np.array([[2, 1, 2, 0, 1, 1], [0, 0, 0, 1, 0, 0], [3, 3, 3, 1, 0, 3.0]])
    weeks = UserWeeks(
        (N_RIDES, AWAY, CASH, PARTS), X, np.array([2, 1]), X[:, 0], X[:, 0] > 0
    )
    nan = np.nan
    np.testing.assert_array_equal(weekly_values(weeks, N_RIDES)[:, 0], [nan, 0, nan])
    np.testing.assert_array_equal(weekly_values(weeks, AWAY)[:, 0], [0.5, nan, 1])
    assert value_names(weeks.features) == (
        "n_rides", "n_away", "is_cash", "n_early", "n_late",
    )  # fmt: skip
    np.testing.assert_array_equal(
        all_weekly_values(weeks, weeks.features)[:, 2:],
        [[0, 0.5, 0.5], [1, nan, nan], [1, 0, 1]],
    )


def test_mixed_emissions_read_counts_after_the_first_week_and_parts_of_rides() -> None:
    data = training_data(planted(), "mixed")
    weeks = data.training
    assert weeks.column_names == [
        "n_rides", "n_away", "n_rides", "is_cash", "n_early", "n_late",
    ]  # fmt: skip
    unknown = np.isnan(weeks.X)
    assert (unknown[:, 0] == weeks.is_first).all()
    for column in (1, 2, 3, 4, 5):
        assert (unknown[:, column] == ~weeks.is_active).all()
    kinds = [density.kind for density in data.input.densities]
    assert kinds == ["count", "share", "bernoulli", "parts"]
    # Nothing is scaled.
    np.testing.assert_array_equal(
        weeks.X[~weeks.is_first, 0], weeks.n_rides[~weeks.is_first]
    )
