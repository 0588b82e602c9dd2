"""Features of `customer_snapshots` as models read them: filled, transformed, scaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.panel.feature_scaling import FeatureScaling
from user_states.panel.features import Transform

SnapshotTransform = Literal["log1p", "binary", "none"]


@dataclass(frozen=True)
class SnapshotFeature:
    """A row of the seed `customer_features`.

    Attributes
    ----------
    name : str
    transform : str
    default : float, "median" or None
        What a null becomes; with None it stays unknown.
    """

    name: str
    transform: SnapshotTransform
    default: float | Literal["median"] | None


def filled_values(features: Sequence[SnapshotFeature], X: FloatArray) -> FloatArray:
    """Return the features of one week in natural units, with defaults for NaN.

    As int_customer_feature_values: the median is that of the customers who have a
    value, and NaN if nobody has one.

    Parameters
    ----------
    features : sequence of SnapshotFeature
    X : array, shape (n, n_features)
        NaN for null.
    """
    filled = X.astype(np.float64)
    for column, feature in zip(filled.T, features, strict=True):
        unknown = np.isnan(column)
        if feature.default is None or not unknown.any():
            continue
        if feature.default != "median":
            column[unknown] = feature.default
        elif not unknown.all():
            column[unknown] = np.median(column[~unknown])
    return filled


def known_features(weeks: Sequence[FloatArray]) -> list[int]:
    """Return the columns without NaN in any week: the others leave the model.

    Parameters
    ----------
    weeks : sequence of arrays, each of shape (n, n_features)
        From `filled_values`.
    """
    known = [~np.isnan(X).any(axis=0) for X in weeks]
    return np.flatnonzero(np.logical_and.reduce(known)).tolist()


def stored_scaling(
    features: Sequence[SnapshotFeature], centres: FloatArray, scales: FloatArray
) -> FeatureScaling:
    """Return the scaling of `customer_feature_scaling`; it also transforms.

    Parameters
    ----------
    features : sequence of SnapshotFeature
    centres, scales : array, shape (n_features,)
        Columns centre and scale, of one as-of week.
    """
    names = tuple(feature.name for feature in features)
    transforms: tuple[Transform, ...] = tuple(
        "log1p" if feature.transform == "log1p" else "none" for feature in features
    )
    return FeatureScaling(names, transforms, centres, scales)
