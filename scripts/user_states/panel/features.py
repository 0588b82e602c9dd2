"""The features that a model may read: their declaration, and which are usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray

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
        Weeks in which the value is an observation, and not carried on or derived
        from earlier weeks: every `week`, weeks with a `request`, weeks with a
        completed `ride`, or `none`. Only mixed emissions use it.
    """

    name: str
    silent_week: Literal["zero", "carried", "growing"]
    family: Literal["binary", "continuous"]
    transform: Transform
    default: float
    evidence: Literal["week", "request", "ride", "none"]


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
    is_observed: BoolArray | None = None,
) -> tuple[tuple[Feature, ...], tuple[DroppedFeature, ...]]:
    """Split features into those that are usable and those that are dropped.

    Parameters
    ----------
    features : sequence of Feature
        One for each column of `X`.
    X : array, shape (n_rows, n_features)
        In natural units. A column that is NaN throughout is absent.
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
    feature: Feature, column: FloatArray, is_observed: BoolArray
) -> str | None:
    n_bad = int(np.count_nonzero(~np.isfinite(column)))
    if n_bad == len(column) and np.isnan(column).all():
        return f"{feature.name} is absent: its source column does not exist"
    if n_bad:
        raise UserError(
            f"got {n_bad} of {len(column)} values of {feature.name} that are NaN or "
            "infinite; expected a number in every row that the model reads: correct "
            "the rides it comes from (a price of NaN, say) and rebuild the panel"
        )
    if not is_observed.any():
        return (
            f"{feature.name} follows from earlier weeks (its evidence is "
            f"{feature.evidence}): mixed emissions count each observation once"
        )
    observed = column[is_observed]
    if observed.min() == observed.max():
        return f"{feature.name} is constant: it is {observed[0]:g} in every row" + (
            "" if is_observed.all() else " in which it was observed"
        )
    return None


def observed_values(
    features: Sequence[Feature],
    is_active: BoolArray,
    has_request: BoolArray,
) -> BoolArray:
    """Return which values are observations, shape (n_rows, n_features).

    A value that is carried through a silent week already counted in the week it comes
    from. A feature that only counts weeks adds nothing new.

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
    """Return the positions of `kept` among `features`."""
    names = [feature.name for feature in features]
    return [names.index(feature.name) for feature in kept]
