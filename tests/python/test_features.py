"""Feature declarations, what leaves the model, and scaling."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from user_states.errors import UserError
from user_states.hmm import parameters as densities
from user_states.panel.feature_scaling import FeatureScaler, FeatureScaling
from user_states.panel.features import (
    Feature,
    column_indices,
    column_slices,
    observed_values,
    parse_features,
    usable_features,
)
from user_states.warehouse.dbt_project import DbtProject

IS_ACTIVE = Feature("is_active", "zero", "binary", "none", 0, "week")
N_RIDES = Feature("n_rides", "zero", "continuous", "log1p", 0, "ride")
WEEKEND_SHARE = Feature("weekend_share", "carried", "continuous", "none", 0, "ride")
FEATURES = (IS_ACTIVE, N_RIDES, WEEKEND_SHARE)
KEYS = ("name", "silent_week", "family", "transform", "default", "evidence", "source")
ENTRIES: list[dict[str, Any]] = [
    {key: getattr(feature, key) for key in KEYS} for feature in FEATURES
]


def rows(n_rows: int = 200) -> Any:
    rng = np.random.default_rng(0)
    return np.column_stack(
        [rng.integers(0, 2, n_rows), rng.poisson(3, n_rows), rng.random(n_rows)]
    ).astype(float)


def test_features_have_the_requested_order() -> None:
    parsed = parse_features(ENTRIES, ["weekend_share", "is_active"])
    assert parsed == (WEEKEND_SHARE, IS_ACTIVE)


def test_a_name_that_is_not_declared_is_an_error() -> None:
    with pytest.raises(UserError, match=r"no feature n_ride in .* is_active, n_rides"):
        parse_features(ENTRIES, ["n_ride"])


SHARE: dict[str, Any] = {"family": "share", "of": "n_requests", "transform": "none"}
PARTS: dict[str, Any] = {
    "family": "parts", "columns": ["n_a", "n_b"], "transform": "none",
}  # fmt: skip
CATEGORICAL: dict[str, Any] = {
    "family": "categorical", "categories": 3, "transform": "none",
}  # fmt: skip
LABEL = {"text": "Rides", "unit": "a week", "kind": "number"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "binry"}, "expected family to be one of binary, continuous"),
        ({"silent_week": "kept"}, "silent_week to be one of zero, carried, growing"),
        ({"transform": "sqrt"}, "transform to be one of log1p, none"),
        (
            {"evidence": "day"},
            "evidence to be one of week, later_week, request, ride, none",
        ),
        ({"silent_week": "carried", "evidence": "week"}, "to be request, ride or none"),
        ({"default": "none"}, "expected a number as its default"),
        ({"default": True}, "expected a number as its default"),
        ({"name": "n rides"}, "expected the name of a column as its name"),
        ({"source": 1}, "expected the name of a column as its source"),
        ({"family": "binary", "transform": "log1p"}, "expected the transform none"),
        ({"extra": 1}, "expected no key extra"),
        ({"name": "is_active"}, "found a name more than once in the var features"),
        ({"cap": "lapse_after_weeks"}, "expected no cap"),
        ({"silent_week": "growing"}, "expected the key cap"),
        ({"silent_week": "growing", "cap": 19}, "expected the name of a var"),
        (
            {"silent_week": "growing", "cap": "reader_role"},
            "expected the name of a var",
        ),
        ({"label": "Rides"}, "expected a label with a text"),
        ({"label": LABEL | {"kind": "count"}}, "expected a label with a text"),
        ({"label": LABEL | {"colour": "red"}}, "expected a label with a text"),
        (
            PARTS | {"label": LABEL | {"parts": ["A"]}},
            "as many texts in the parts of its label as it has columns",
        ),
        (
            PARTS | {"label": LABEL | {"parts": "AB"}},
            "as many texts in the parts of its label",
        ),
        ({"label": LABEL | {"parts": ["A", "B"]}}, "as many texts in the parts"),
        ({"label": LABEL | {"repeats": 1}}, "expected the name of another feature"),
        (
            {"label": LABEL | {"repeats": ENTRIES[1]["name"]}},
            "expected the name of another feature as the repeats of its label",
        ),
        ({"trait": 1}, "expected a word as its trait"),
        ({"words": "none"}, "expected no words, because names say only what users do"),
        ({"family": "share", "transform": "none"}, "expected the key of, because"),
        ({"of": "n_requests"}, "expected no key of, which only the family share has"),
        (SHARE | {"of": "n requests"}, "expected the name of a column as its of"),
        (SHARE | {"transform": "log1p"}, "expected the transform none"),
        (SHARE | {"evidence": "later_week"}, "evidence to be request or ride"),
        (SHARE | {"silent_week": "carried"}, "expected its silent_week to be zero"),
        (PARTS | {"columns": ["n_a"]}, "two or more different columns"),
        (PARTS | {"columns": ["n_a", "n_a"]}, "two or more different columns"),
        (PARTS | {"columns": ["n_a", 1]}, "expected the names of columns"),
        (CATEGORICAL | {"categories": 1}, "a whole number from 2 to 50"),
        (
            {"silent_week": "carried", "evidence": "later_week"},
            "to be request, ride or none",
        ),
    ],
)
def test_a_bad_entry_is_an_error(
    macros_project: DbtProject,
    empty_warehouse: None,
    change: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(UserError, match=message):
        check([ENTRIES[0], ENTRIES[1] | change], macros_project)


@pytest.mark.parametrize("key", ENTRIES[0])
def test_an_entry_without_a_key_is_an_error(
    macros_project: DbtProject, empty_warehouse: None, key: str
) -> None:
    entry = {name: value for name, value in ENTRIES[1].items() if name != key}
    with pytest.raises(UserError, match=f"expected the key {key}"):
        check([ENTRIES[0], entry], macros_project)


def test_every_optional_key_is_accepted(
    macros_project: DbtProject, empty_warehouse: None
) -> None:
    label = LABEL | {"repeats": ENTRIES[0]["name"]}
    keys = {"source": "has_price", "label": label, "trait": "price"}
    grown = {"silent_week": "growing", "cap": "lapse_after_weeks"}
    check([ENTRIES[0], ENTRIES[1] | keys, ENTRIES[2] | grown], macros_project)
    check([ENTRIES[0], ENTRIES[1] | SHARE], macros_project)
    check([ENTRIES[0], ENTRIES[1] | PARTS], macros_project)
    named = {"label": LABEL | {"parts": ["In the morning", "At night"]}}
    check([ENTRIES[0], ENTRIES[1] | PARTS | named], macros_project)
    check([ENTRIES[0], ENTRIES[1] | CATEGORICAL], macros_project)
    check(
        [ENTRIES[0], ENTRIES[1] | {"family": "count", "evidence": "later_week"}],
        macros_project,
    )


def check(entries: list[dict[str, Any]], project: DbtProject) -> None:
    """Let dbt check a var `features`, as every build and command does."""
    changed = json.dumps({"features": entries, "hmm.features": ["is_active"]})
    project.run("run-operation", "check_features", "--vars", changed, label="features")


def test_a_feature_of_several_columns_knows_them() -> None:
    entries = [
        ENTRIES[1] | SHARE | {"name": "n_away"},
        ENTRIES[1] | PARTS | {"name": "day_parts"},
        ENTRIES[1] | CATEGORICAL | {"name": "mode"},
        ENTRIES[1] | {"family": "count"},
    ]
    names = [entry["name"] for entry in entries]
    found = parse_features(entries, names)
    assert [feature.columns for feature in found] == [
        ("n_away", "n_requests"),
        ("n_a", "n_b"),
        ("mode",),
        ("n_rides",),
    ]
    assert [feature.density("mixed") for feature in found] == [
        densities.SHARE,
        densities.parts(2),
        densities.categorical(3),
        densities.COUNT,
    ]
    assert found[3].density("gaussian") == densities.GAUSSIAN
    with pytest.raises(UserError, match="n_away is of the family share; expected"):
        found[0].density("gaussian")
    slices = [slice(0, 2), slice(2, 4), slice(4, 5), slice(5, 6)]
    assert list(column_slices(found)) == slices
    assert column_indices(found, (found[3], found[1])).tolist() == [5, 2, 3]


def test_values_are_observed_in_their_weeks_of_evidence() -> None:
    kinds = ("week", "later_week", "request", "ride", "none")
    entries = [ENTRIES[1] | {"name": kind, "evidence": kind} for kind in kinds]
    features = parse_features(entries, kinds)
    has_ride = np.array([True, False, False, True])
    has_request = np.array([True, True, False, True])
    is_first = np.array([True, False, False, False])
    observed = observed_values(features, has_ride, has_request, is_first)
    assert observed.T.tolist() == [
        [True, True, True, True],
        [False, True, True, True],
        [True, True, False, True],
        [True, False, False, True],
        [False, False, False, False],
    ]


AWAY = Feature("n_away", "zero", "share", "none", 0, "ride", of="n_with_city")
DAY_PARTS = Feature(
    "day_parts", "zero", "parts", "none", 0, "ride", columns=("n_early", "n_late"),
    source="has_time_of_day",
)  # fmt: skip


@pytest.mark.parametrize(
    ("feature", "columns", "reason"),
    [
        (AWAY, ([0, 1], [2, 1]), None),
        (
            AWAY,
            ([0, 0], [2, 1]),
            "n_away is constant: it is 0% of n_with_city in every",
        ),
        (AWAY, ([2, 1], [2, 1]), "n_away is constant: it is 100% of n_with_city"),
        (AWAY, ([0, 0], [0, 0]), "n_away is absent: its whole, n_with_city, is 0 in"),
        (AWAY, ([np.nan, np.nan], [np.nan, np.nan]), "n_away is absent: its source"),
        (DAY_PARTS, ([0, 1], [2, 1]), None),
        (DAY_PARTS, ([0, 0], [2, 1]), "day_parts is constant: all of it is n_late"),
        (DAY_PARTS, ([0, 0], [0, 0]), "day_parts is absent: its parts are 0 in every"),
        (
            DAY_PARTS,
            ([np.nan, np.nan], [np.nan, np.nan]),
            "day_parts is absent: every ride is at 00:00, so the log has dates only",
        ),
    ],
)
def test_shares_and_parts_that_tell_nothing_are_dropped(
    feature: Feature, columns: tuple[list[float], list[float]], reason: str | None
) -> None:
    X = np.column_stack([[1.0, 2.0], *columns])
    kept, dropped = usable_features((N_RIDES, feature), X)
    if reason is None:
        assert kept == (N_RIDES, feature)
    else:
        assert kept == (N_RIDES,)
        assert dropped[0].reason.startswith(reason)


def test_only_normal_distributions_are_scaled() -> None:
    count = replace(N_RIDES, family="count")
    X = np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 1.0]])
    mixed = FeatureScaler((count, AWAY), "mixed").fit(X).scaling_
    np.testing.assert_array_equal(mixed.transform(X), X)
    assert mixed.transforms == ("none", "none", "none")
    assert mixed.names == ("n_rides", "n_away", "n_with_city")
    gaussian = FeatureScaler((count,), "gaussian").fit(X[:, :1]).scaling_
    np.testing.assert_allclose(gaussian.transform(X[:, :1])[:, 0], [-1.0, 1.0])
    assert gaussian.transforms == ("log1p",)


def test_absent_and_constant_features_are_dropped_with_a_reason() -> None:
    X = rows()
    X[:, 0] = np.nan
    X[:, 2] = 0.25
    kept, dropped = usable_features(FEATURES, X)
    assert kept == (N_RIDES,)
    assert column_indices(FEATURES, kept).tolist() == [1]
    assert [item.feature for item in dropped] == [IS_ACTIVE, WEEKEND_SHARE]
    assert "absent" in dropped[0].reason
    assert dropped[1].reason == ("weekend_share is constant: it is 0.25 in every row")


def test_no_usable_feature_is_an_error() -> None:
    with pytest.raises(UserError, match="n_rides is constant: it is 1"):
        usable_features(FEATURES, np.ones((5, 3)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_partly_missing_features_are_an_error(value: float) -> None:
    X = rows()
    X[[3, 8], 1] = value
    with pytest.raises(UserError, match="2 of 200 values of n_rides"):
        usable_features(FEATURES, X)


def test_an_infinite_column_is_an_error_and_not_absent() -> None:
    X = rows()
    X[:, 1] = np.inf
    with pytest.raises(UserError, match="200 of 200 values of n_rides"):
        usable_features(FEATURES, X)


def test_scaling_equals_standard_scaler_and_skips_binaries() -> None:
    X = rows()
    Z = FeatureScaler(FEATURES).fit_transform(X)
    np.testing.assert_array_equal(Z[:, 0], X[:, 0])
    continuous = np.column_stack([np.log1p(X[:, 1]), X[:, 2]])
    np.testing.assert_allclose(
        Z[:, 1:], StandardScaler().fit_transform(continuous), atol=1e-14
    )


def test_scaling_round_trip_from_stored_parameters() -> None:
    X = rows()
    scaler = FeatureScaler(FEATURES).fit(X)
    learned = scaler.scaling_
    stored = FeatureScaling(
        learned.names, learned.transforms, learned.means.copy(), learned.scales.copy()
    )
    np.testing.assert_array_equal(stored.transform(X), scaler.transform(X))
    np.testing.assert_allclose(stored.inverse_transform(stored.transform(X)), X)
    np.testing.assert_array_equal(X, rows())


def test_a_negative_value_under_log1p_is_an_error() -> None:
    X = rows()
    X[4, 1] = -2.0
    with pytest.raises(UserError, match="1 negative values of n_rides, the least -2"):
        FeatureScaler(FEATURES).fit(X)
