"""The features that a model may read: their declaration, and which are usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.parameters import (
    BERNOULLI,
    COUNT,
    GAUSSIAN,
    SHARE,
    Density,
    Emissions,
    categorical,
    parts,
    slices,
)

Transform = Literal["log1p", "none"]
FeatureFamily = Literal[
    "binary", "continuous", "count", "share", "parts", "categorical"
]

# What the log lacks if a source is absent, in words; others are named.
_WITHOUT_SOURCE = {
    "has_time_of_day": "every ride is at 00:00, so the log has dates only",
    "has_city": "no ride has a city",
    "has_coupon_count": "no ride says whether a coupon was used",
}


@dataclass(frozen=True)
class Feature:
    """What a model needs to know about a column of the panel: from the var `features`.

    Attributes
    ----------
    name : str
        Column of user_week_panel, except of parts.
    silent_week : str
        Value in a week without a request: `zero`, `carried` or `growing` by 1.
    family : str
        `binary` (0 or 1), `continuous`, `count` (of the week), `share` (of a count of
        the week), `parts` (of one) or `categorical`.
    transform : str
        Before scaling: `log1p`, or `none`. Only normal distributions use it.
    default : float
        Value while the feature is not yet defined.
    evidence : str
        Weeks in which the value is an observation, and not carried on or derived
        from earlier weeks: every `week`, every `later_week` than the user's first,
        weeks with a `request`, weeks with a completed `ride`, or `none`. Only mixed
        emissions use it.
    of : str or None
        Column of the whole, of a share.
    columns : tuple of str
        Columns of user_week_panel that the feature is read from, in order: of parts
        as declared, of a share its own and `of`, of others its own.
    n_categories : int
        Of a categorical feature; 0 of others.
    source : str
        Column of int_feature_sources without which the feature is null, or `none`.
    """

    name: str
    silent_week: Literal["zero", "carried", "growing"]
    family: FeatureFamily
    transform: Transform
    default: float
    evidence: Literal["week", "later_week", "request", "ride", "none"]
    of: str | None = None
    columns: tuple[str, ...] = ()
    n_categories: int = 0
    source: str = "none"

    def __post_init__(self) -> None:
        columns = tuple(self.columns) or tuple(filter(None, (self.name, self.of)))
        object.__setattr__(self, "columns", columns)

    def density(self, emissions: Emissions) -> Density:
        """Return the density of the feature in a state.

        Raises
        ------
        UserError
            If the emissions are Gaussian and no normal distribution describes the
            feature.
        """
        by_family = {
            "binary": BERNOULLI,
            "continuous": GAUSSIAN,
            "count": COUNT,
            "share": SHARE,
        }
        if emissions == "gaussian":
            if self.family in ("binary", "continuous", "count"):
                return GAUSSIAN
            raise UserError(
                f"the feature {self.name} is of the family {self.family}; expected "
                "binary, continuous or count in Gaussian emissions: choose "
                "hmm.emissions: mixed, or hmm.preset: notebook"
            )
        if self.family == "parts":
            return parts(len(self.columns))
        if self.family == "categorical":
            return categorical(self.n_categories)
        return by_family[self.family]

    def is_scaled(self, emissions: Emissions) -> bool:
        """Whether the values are transformed and standardised for a model."""
        return self.family == "continuous" or (
            self.family == "count" and emissions == "gaussian"
        )


@dataclass(frozen=True)
class DroppedFeature:
    """A feature that is left out of the model, and the reason as a sentence."""

    feature: Feature
    reason: str


def parse_features(
    entries: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[Feature, ...]:
    """Return the features that the model reads, in the order of `names`.

    The entries themselves are checked by macros/features/check_features.sql, which
    every command calls first through `DbtProject.check_settings`.

    Parameters
    ----------
    entries : sequence of mappings
        The var `features`.
    names : sequence of str
        Features to return, such as the var `hmm.features`.

    Raises
    ------
    UserError
        If a name is not declared.
    """
    declared = {entry["name"]: entry for entry in entries}
    keys = ("name", "silent_week", "family", "transform", "default", "evidence")
    for name in names:
        if name not in declared:
            raise UserError(
                f"found no feature {name} in the var features; expected one of "
                f"{', '.join(declared)}: declare it in dbt_project.yml"
            )
    return tuple(
        Feature(
            **{key: declared[name][key] for key in keys},
            of=declared[name].get("of"),
            columns=tuple(declared[name].get("columns", ())),
            n_categories=declared[name].get("categories", 0),
            source=declared[name]["source"],
        )
        for name in names
    )


def column_slices(features: Sequence[Feature]) -> tuple[slice, ...]:
    """Return which columns of `X` each feature has, one feature after the other."""
    return slices([len(feature.columns) for feature in features])


def usable_features(
    features: Sequence[Feature],
    X: FloatArray,
    is_observed: BoolArray | None = None,
) -> tuple[tuple[Feature, ...], tuple[DroppedFeature, ...]]:
    """Split features into those that are usable and those that are dropped.

    Parameters
    ----------
    features : sequence of Feature
    X : array, shape (n_rows, n_columns)
        Their columns, in natural units. One that is NaN throughout is absent.
    is_observed : array of bool, shape (n_rows, n_features), optional
        Which values are observations; by default all.

    Returns
    -------
    kept : tuple of Feature
    dropped : tuple of DroppedFeature

    Raises
    ------
    UserError
        If a column is partly NaN or infinite, or no feature is left.
    """
    kept, dropped = [], []
    if is_observed is None:
        is_observed = np.ones((len(X), len(features)), dtype=bool)
    by_feature = zip(features, column_slices(features), is_observed.T, strict=True)
    for feature, columns, observed in by_feature:
        reason = _reason_to_drop(feature, X[:, columns], observed)
        if reason is None:
            kept.append(feature)
        else:
            dropped.append(DroppedFeature(feature, reason))
    if not kept:
        reasons = "; ".join(item.reason for item in dropped)
        raise UserError(
            f"no usable feature is left ({reasons}); expected at least one that "
            "varies: name others in the var hmm.features, or provide their columns"
        )
    return tuple(kept), tuple(dropped)


def _reason_to_drop(
    feature: Feature, values: FloatArray, is_observed: BoolArray
) -> str | None:
    """Return why a feature cannot be used; None if it can.

    `values`, shape (n_rows, n_columns), are those of its columns.
    """
    for name, column in zip(feature.columns, values.T, strict=True):
        n_bad = int(np.count_nonzero(~np.isfinite(column)))
        if n_bad == len(column) and np.isnan(column).all():
            return f"{feature.name} is absent: " + _WITHOUT_SOURCE.get(
                feature.source, "its source column does not exist"
            )
        if n_bad:
            raise UserError(
                f"got {n_bad} of {len(column)} values of {name} that are NaN or "
                "infinite; expected a number in every row that the model reads: "
                "correct the rides it comes from (a price of NaN, say) and rebuild the "
                "panel"
            )
    if not is_observed.any():
        return (
            f"{feature.name} follows from earlier weeks (its evidence is "
            f"{feature.evidence}): mixed emissions count each observation once"
        )
    where = "" if is_observed.all() else " in which it was observed"
    return _reason_of_no_change(feature, values[is_observed], where)


def _reason_of_no_change(
    feature: Feature, values: FloatArray, where: str
) -> str | None:
    """Return why the observed values of a feature cannot tell states apart, or None.

    `where` says which rows they are, after "in every row".
    """
    if feature.family == "share":
        part, whole = values.sum(axis=0)
        if whole == 0:
            whole_name = f"its whole, {feature.of}, is 0 in every row"
            return f"{feature.name} is absent: {whole_name}{where}"
        if part in (0, whole):
            percent = f"{part / whole:.0%} of {feature.of}"
            return f"{feature.name} is constant: it is {percent} in every row{where}"
        return None
    if feature.family == "parts":
        totals = values.sum(axis=0)
        if np.count_nonzero(totals) == 0:
            return f"{feature.name} is absent: its parts are 0 in every row{where}"
        if np.count_nonzero(totals) == 1:
            only = feature.columns[int(totals.argmax())]
            return f"{feature.name} is constant: all of it is {only}"
        return None
    if values.min() == values.max():
        value = values.flat[0]
        return f"{feature.name} is constant: it is {value:g} in every row{where}"
    return None


def observed_values(
    features: Sequence[Feature],
    is_active: BoolArray,
    has_request: BoolArray,
    is_first: BoolArray,
) -> BoolArray:
    """Return which values are observations, shape (n_rows, n_features).

    A value that is carried through a silent week already counted in the week it comes
    from. A feature that only counts weeks adds nothing new. The first week has a
    completed ride because the user's weeks begin with it: how many there are says
    little.

    Parameters
    ----------
    features : sequence of Feature
    is_active, has_request, is_first : array of bool, shape (n_rows,)
        Weeks with a completed ride, with any request, and of the user's first ride.
    """
    weeks = {
        "week": np.ones(len(is_active), dtype=bool),
        "later_week": ~is_first,
        "request": has_request,
        "ride": is_active,
        "none": np.zeros(len(is_active), dtype=bool),
    }
    return np.column_stack([weeks[feature.evidence] for feature in features])


def column_indices(features: Sequence[Feature], kept: Sequence[Feature]) -> IntArray:
    """Return the columns of `X` that `kept` has, among those of `features`."""
    names = [feature.name for feature in features]
    columns = column_slices(features)
    all_columns = np.arange(sum(len(feature.columns) for feature in features))
    return np.concatenate(
        [all_columns[columns[names.index(feature.name)]] for feature in kept]
    )


def by_column(features: Sequence[Feature], values: BoolArray) -> BoolArray:
    """Repeat values of features, shape (n_rows, n_features), for each column."""
    return np.repeat(values, [len(feature.columns) for feature in features], axis=1)
