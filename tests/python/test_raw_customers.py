"""Customers made ready for a fit of segments: weeks, features, labels and the map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.given_labels import numbered_labels, rfm_labels
from user_states.segments.raw_customers import (
    MEASURES,
    RawCustomers,
    RawWeek,
    origins_among,
    prepared,
    week_number,
    weeks_to_read,
)
from user_states.segments.segment_map import segment_map
from user_states.segments.segmentation_certificate import TooFewCustomersError
from user_states.segments.snapshot_features import SnapshotFeature

MONDAY = dt.date(2026, 1, 5)
FEATURES = (
    SnapshotFeature("n_views", "log1p", 0.0),
    SnapshotFeature("age", "none", None),
    SnapshotFeature("always", "none", 0.0),
)


def raw_week(back: int, n: int = 200, **changed: Any) -> RawWeek:
    """Return a week so many weeks before MONDAY; views are 0, 1, 2, 0 and so on."""
    X = np.column_stack([np.arange(n) % 3, np.arange(n), np.full(n, 7)])
    X = X.astype(np.float64)
    X[0, 0] = X[back % 2, 1] = np.nan
    fields: dict[str, Any] = {
        "customer_ids": np.array([f"c{number}" for number in range(n)], dtype=object),
        "X": X,
        "measures": {measure: np.arange(n) * 1.0 for measure in MEASURES},
        "texts": {"states": ["a", "b"] * (n // 2), "crm_labels": [None] * n},
    }
    return RawWeek(MONDAY - dt.timedelta(weeks=back), **{**fields, **changed})


def raw(weeks: Sequence[RawWeek], origins: Sequence[int] = ()) -> RawCustomers:
    numbers = [week.number for week in weeks]
    return RawCustomers(
        FEATURES,
        tuple(weeks),
        tuple(origins) or origins_among(numbers),
        np.array([0.5, 0.0, 7.0]),
        np.array([2.0, 1.0, 1.0]),
        {},
    )


def test_origins_are_the_newest_week_and_every_fourth_before() -> None:
    assert origins_among(range(100, 127)) == (114, 118, 122, 126)
    assert weeks_to_read(range(100, 127)) == (114, 115, 118, 119, 122, 123, 126)
    # Fewer weeks: what there is; without a fourth one, the earliest.
    assert origins_among([122, 123, 124, 125, 126]) == (122, 126)
    assert origins_among([124, 125, 126]) == (124, 126)
    assert weeks_to_read([124, 125, 126]) == (124, 125, 126)
    assert origins_among([126]) == (126,)
    assert week_number(MONDAY) - week_number(MONDAY - dt.timedelta(weeks=3)) == 3


def test_features_are_filled_transformed_and_scaled_and_useless_ones_left_out() -> None:
    found = prepared(raw([raw_week(4), raw_week(3), raw_week(0)]), 0.2, "s")
    assert [feature.name for feature in found.used] == ["n_views"]
    assert found.dropped == {
        "age": "age is not known of up to 0.5% of the customers of a week",
        "always": "always is 7 for all customers of the newest week",
    }
    newest = found.data.newest
    np.testing.assert_allclose(newest.values[:4, 0], (np.log1p([0, 1, 2, 0]) - 0.5) / 2)
    assert found.filled[:3].tolist() == [[0.0], [1.0], [2.0]]
    assert found.week_start == MONDAY
    assert newest.is_active.tolist() == [False, *[True] * 199]
    # Nobody has a label of the CRM, so that is no division.
    assert set(newest.labels) == {"rfm", "states"}
    # The week after the first origin says what came.
    assert np.nansum(found.data.first.outcomes["active_next_week"]) == 7


def test_weeks_with_too_few_customers_or_without_states_are_left_out() -> None:
    weeks = [raw_week(12, n=100), raw_week(8), raw_week(4), raw_week(0)]
    assert len(prepared(raw(weeks), 0.2, "s").data.weeks) == 3
    stateless: dict[str, Any] = {
        "texts": {"states": [None] * 200, "crm_labels": [None] * 200}
    }
    weeks[1] = raw_week(8, **stateless)
    found = prepared(raw(weeks), 0.2, "s")
    assert found.first_week_start == MONDAY - dt.timedelta(weeks=4)
    # Two weeks are needed more than the states are.
    weeks[2] = raw_week(4, **stateless)
    found = prepared(raw(weeks), 0.2, "s")
    assert found.first_week_start == MONDAY - dt.timedelta(weeks=8)
    assert set(found.data.newest.labels) == {"rfm"}


@pytest.mark.parametrize(
    ("weeks", "message"),
    [
        ([raw_week(4), raw_week(0, n=99)], "found 99 customers in the newest week"),
        ([raw_week(0)], "found no week before 2026-01-05 with 100 customers"),
        ([raw_week(4, n=20), raw_week(0)], "build again in a later week"),
        (
            [raw_week(4, X=np.ones((200, 3))), raw_week(0, X=np.ones((200, 3)))],
            "found 3 features of customers, and each is unknown",
        ),
    ],
)
def test_too_little_says_what_is_missing(weeks: list[RawWeek], message: str) -> None:
    with pytest.raises(TooFewCustomersError, match=message):
        prepared(raw(weeks), 0.2, "s")


def test_labels_have_one_number_in_every_week() -> None:
    first, second = numbered_labels([["b", None, "c"], ["c", "a", "b"]])
    assert first.tolist() == [1, NO_SEGMENT, 2]
    assert second.tolist() == [2, 0, 1]


def test_without_prices_everybody_has_the_least_score_of_money() -> None:
    days, counts = np.array([1.0, 2.0, 3.0, np.nan]), np.array([3.0, 2.0, 1.0, 0.0])
    labels = rfm_labels(days, counts, np.full(4, np.nan))
    assert labels.tolist() == [24, 12, 0, NO_SEGMENT]


def test_the_map_keeps_distances_of_customers_on_a_plane() -> None:
    rng = np.random.default_rng(3)
    plane = rng.normal(size=(50, 2)) * [3.0, 1.0]
    axes = np.linalg.qr(rng.normal(size=(5, 5)))[0][:, :2]
    found = segment_map(plane @ axes.T + 4.0)
    distances = np.linalg.norm(plane[:, None] - plane[None], axis=-1)
    own = np.linalg.norm(found.places[:, None] - found.places[None], axis=-1)
    np.testing.assert_allclose(own, distances, atol=1e-9)
    assert found.explained_shares.sum() == pytest.approx(1.0)
    assert found.explained_shares[0] > found.explained_shares[1]
    assert all(row[np.abs(row).argmax()] > 0 for row in found.loadings)
    alone = segment_map(plane[:, :1])
    assert alone.places[:, 1].tolist() == [0.0] * 50
    assert alone.explained_shares.tolist() == [1.0, 0.0]
