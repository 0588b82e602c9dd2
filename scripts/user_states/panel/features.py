"""What the model reads: features, which of them are usable, and their scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import StandardScaler

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray

Transform = Literal["log1p", "none"]


@dataclass(frozen=True)
class Feature:
    """What a model needs to know about a column of the panel: from the var `features`.

    Attributes
    ----------
    name : str
        Column of user_week_panel.
    silent_week : str
        Value in a week without a request: `zero`, `carried` or `growing` by 1.
    family : str
        `binary` (0 or 1) or `continuous`.
    transform : str
        Before scaling: `log1p`, or `none`.
    default : float
        Value while the feature is not yet defined.
    evidence : str
        Weeks in which it is an observation, and not carried on or derived from
        the past: every `week`, weeks with a `request`, weeks with a completed
        `ride`, or `none`. Only mixed emissions ask for it.
    """

    name: str
    silent_week: Literal["zero", "carried", "growing"]
    family: Literal["binary", "continuous"]
    transform: Transform
    default: float
    evidence: Literal["week", "request", "ride", "none"]


@dataclass(frozen=True)
class DroppedFeature:
    """A feature that leaves the model, and why, in words."""

    feature: Feature
    reason: str


def parse_features(
    entries: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[Feature, ...]:
    """Return the features that the model is to read, in the order of `names`.

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
    for name in names:
        if name not in declared:
            raise UserError(
                f"found no feature {name} in the var features; expected one of "
                f"{', '.join(declared)}: declare it in dbt_project.yml"
            )
    keys = [field.name for field in fields(Feature)]
    return tuple(
        Feature(**{key: declared[name][key] for key in keys}) for name in names
    )


def usable_features(
    features: Sequence[Feature],
    X: FloatArray,
    is_observed: npt.NDArray[np.bool_] | None = None,
) -> tuple[tuple[Feature, ...], tuple[DroppedFeature, ...]]:
    """Split features into those that say something and those that leave.

    Parameters
    ----------
    features : sequence of Feature
        One for each column of `X`.
    X : array, shape (n_rows, n_features)
        In natural units. A column that is NaN throughout is absent.
    is_observed : array of bool, shape (n_rows, n_features), optional
        Which values are evidence; by default all.

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
        is_observed = np.ones(X.shape, dtype=bool)
    for feature, column, observed in zip(features, X.T, is_observed.T, strict=True):
        reason = _reason_to_drop(feature, column, observed)
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
    feature: Feature, column: FloatArray, is_observed: npt.NDArray[np.bool_]
) -> str | None:
    n_bad = int(np.count_nonzero(~np.isfinite(column)))
    if n_bad == len(column) and np.isnan(column).all():
        return f"{feature.name} is absent: its source column is not there"
    if n_bad:
        raise UserError(
            f"got {n_bad} of {len(column)} values of {feature.name} that are NaN or "
            "infinite; expected a number in every row that the model reads: mend the "
            "rides that it is made of (a price of NaN, say), and build the panel again"
        )
    if not is_observed.any():
        return (
            f"{feature.name} follows from the weeks before (its evidence is "
            f"{feature.evidence}): mixed emissions count what was seen once"
        )
    observed = column[is_observed]
    if observed.min() == observed.max():
        return f"{feature.name} is constant: it is {observed[0]:g} in every row" + (
            "" if is_observed.all() else " in which it was observed"
        )
    return None


def observed_values(
    features: Sequence[Feature],
    is_active: npt.NDArray[np.bool_],
    has_request: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Return which values are evidence, shape (n_rows, n_features).

    What is carried through a silent week was counted in the week it came from,
    and a clock tells nothing new.

    Parameters
    ----------
    features : sequence of Feature
    is_active, has_request : array of bool, shape (n_rows,)
        Weeks with a completed ride, and with any request.
    """
    weeks = {
        "week": np.ones(len(is_active), dtype=bool),
        "request": has_request,
        "ride": is_active,
        "none": np.zeros(len(is_active), dtype=bool),
    }
    return np.column_stack([weeks[feature.evidence] for feature in features])


def column_indices(features: Sequence[Feature], kept: Sequence[Feature]) -> list[int]:
    """Return where the columns of `kept` stand among those of `features`."""
    names = [feature.name for feature in features]
    return [names.index(feature.name) for feature in kept]


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """How natural units become the model's: z = (transform(x) - mean) / scale.

    Attributes
    ----------
    names : tuple of str
        Features, in the order of the columns.
    transforms : tuple of str
        `log1p` or `none`, for each.
    means, scales : array, shape (D,)
        Mean and standard deviation (dividing by n) of the transformed feature;
        0 and 1 for a binary one, which stays as it is.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    means: FloatArray
    scales: FloatArray

    def transform(self, X: FloatArray) -> FloatArray:
        """Return `X`, shape (n_rows, D), in scaled units.

        Raises
        ------
        UserError
            If a feature under log1p is negative.
        """
        return (transform_features(self.names, self.transforms, X) - self.means) / (
            self.scales
        )

    def inverse_transform(self, Z: FloatArray) -> FloatArray:
        """Return scaled values, shape (n, D), in natural units.

        Of a state's means this gives the typical value: under log1p that is the
        median of the feature in the state, not its mean.
        """
        X = Z * self.scales + self.means
        return np.where(self._is_log1p, np.expm1(X), X)

    @property
    def _is_log1p(self) -> npt.NDArray[np.bool_]:
        return np.array([transform == "log1p" for transform in self.transforms])


class FeatureScaler:
    """Learns a `FeatureScaling` from data, in the scikit-learn shape.

    Continuous features are transformed as declared and standardised by
    scikit-learn's StandardScaler; binary ones stay 0 and 1.

    Parameters
    ----------
    features : sequence of Feature
        One for each column.

    Attributes
    ----------
    scaling_ : FeatureScaling
        After `fit`.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)

    def fit(self, X: FloatArray) -> FeatureScaler:
        """Learn means and scales from `X`, shape (n_rows, D), natural units.

        NaN, where a feature was not observed, counts for nothing.
        """
        return self.fit_blocks([X])

    def fit_blocks(self, blocks: Iterable[FloatArray]) -> FeatureScaler:
        """Learn from rows that come block by block, so that no copy holds all."""
        names = tuple(feature.name for feature in self.features)
        transforms = tuple(feature.transform for feature in self.features)
        means, scales = np.zeros(len(names)), np.ones(len(names))
        continuous = [
            index
            for index, feature in enumerate(self.features)
            if feature.family == "continuous"
        ]
        scaler = StandardScaler()
        for X in blocks:
            transformed = transform_features(names, transforms, X)
            if continuous:
                scaler.partial_fit(transformed[:, continuous])
        if continuous:
            means[continuous], scales[continuous] = scaler.mean_, scaler.scale_
        self.scaling_ = FeatureScaling(names, transforms, means, scales)
        return self

    def transform(self, X: FloatArray) -> FloatArray:
        """Return `X` in scaled units."""
        return self.scaling_.transform(X)

    def fit_transform(self, X: FloatArray) -> FloatArray:
        """Learn from `X` and return it in scaled units."""
        return self.fit(X).transform(X)

    def inverse_transform(self, Z: FloatArray) -> FloatArray:
        """Return scaled values in natural units."""
        return self.scaling_.inverse_transform(Z)


def transform_features(
    names: Sequence[str], transforms: Sequence[Transform], X: FloatArray
) -> FloatArray:
    """Return a copy of `X`, shape (n_rows, D), with log1p where it is declared.

    Raises
    ------
    UserError
        If a feature under log1p is negative.
    """
    transformed = X.astype(np.float64)
    for index, (name, transform) in enumerate(zip(names, transforms, strict=True)):
        if transform == "log1p":
            column = transformed[:, index]
            n_negative = int(np.count_nonzero(column < 0))
            if n_negative:
                raise UserError(
                    f"got {n_negative} negative values of {name}, the least "
                    f"{column.min():g}; expected none, because its transform is "
                    "log1p: mend the data, or declare `transform: none`"
                )
            np.log1p(column, out=column)
    return transformed
