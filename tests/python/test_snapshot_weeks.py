"""Snapshots put together: outcomes of later weeks, merged customers, held-out ones."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.segments.customer_weeks import hashed_places
from user_states.segments.snapshot_features import (
    SnapshotFeature,
    filled_values,
    known_features,
    stored_scaling,
)
from user_states.segments.snapshot_weeks import SnapshotWeek, joined_weeks


def snapshot(
    week: int, ids: str, activity: list[float], purchase: list[float]
) -> SnapshotWeek:
    n = len(ids)
    return SnapshotWeek(
        week,
        np.array(list(ids), dtype=object),
        np.zeros((n, 2)),
        {
            "days_since_last_activity": np.array(activity),
            "days_since_last_purchase": np.array(purchase),
        },
        np.ones(n, dtype=np.bool_),
    )


NEVER = np.nan
SNAPSHOTS = [
    snapshot(0, "abcd", [0, 3, 9, 1], [NEVER] * 4),
    # b became x, c is as it was; d is gone.
    snapshot(1, "xca", [6, 16, 7], [NEVER, NEVER, 6]),
    snapshot(4, "xca", [27, 28, 0], [NEVER, 27, 28]),
]


def test_outcomes_are_read_from_the_week_they_end_in() -> None:
    data = joined_weeks(SNAPSHOTS, [0, 4], {"b": "y", "y": "x"})
    first, newest = data.weeks
    found = {name: came.tolist() for name, came in first.outcomes.items()}
    nan = pytest.approx(np.nan, nan_ok=True)
    assert found == {
        "active_next_week": [0, 1, 0, nan],
        "active_in_four_weeks": [1, 1, 0, nan],
        "purchase_next_week": [1, 0, 0, nan],
        "purchase_in_four_weeks": [0, 0, 1, nan],
    }
    assert all(np.isnan(came).all() for came in newest.outcomes.values())


def test_customers_have_one_number_in_every_week_and_a_place_by_their_id() -> None:
    data = joined_weeks(SNAPSHOTS, [4, 0], {}, holdout_share=0.4, salt="s")
    first, newest = data.weeks
    assert first.customers.tolist() == [0, 1, 2, 3]
    assert newest.customers.tolist() == [4, 2, 0]
    np.testing.assert_array_equal(data.places, hashed_places("abcdx", "s"))
    assert data.is_held_out(first).tolist() == (data.places[:4] < 0.4).tolist()


def test_merges_in_a_circle_end() -> None:
    data = joined_weeks(SNAPSHOTS, [0], {"d": "q", "q": "d"})
    assert np.isnan(data.first.outcomes["active_next_week"][3])


def test_an_origin_without_a_snapshot_is_an_error() -> None:
    with pytest.raises(ValueError, match="no snapshot of week 2"):
        joined_weeks(SNAPSHOTS, [0, 2], {})


FEATURES = [
    SnapshotFeature("n_views", "log1p", 0.0),
    SnapshotFeature("seconds", "log1p", "median"),
    SnapshotFeature("converted", "binary", 0.0),
    SnapshotFeature("age", "none", None),
]


def test_nulls_take_the_default_and_values_are_scaled_as_stored() -> None:
    X = np.array([[3, 10, 1, 40], [np.nan, 30, np.nan, np.nan], [0, np.nan, 0, 50]])
    filled = filled_values(FEATURES, X)
    np.testing.assert_array_equal(filled[:, :3], [[3, 10, 1], [0, 30, 0], [0, 20, 0]])
    assert known_features([filled, filled]) == [0, 1, 2]
    assert known_features([filled[:1]]) == [0, 1, 2, 3]
    known = FEATURES[:3]
    centres, scales = np.array([1.0, 2.0, 0.5]), np.array([2.0, 4.0, 0.5])
    scaled = stored_scaling(known, centres, scales).transform(filled[:, :3])
    np.testing.assert_allclose(
        scaled[0], [(np.log(4) - 1) / 2, (np.log(11) - 2) / 4, 1.0]
    )
    assert np.isnan(X[1, 0])


def test_a_median_of_nobody_stays_unknown() -> None:
    filled = filled_values(FEATURES[1:2], np.full((2, 1), np.nan))
    assert np.isnan(filled).all()
    assert known_features([filled]) == []
