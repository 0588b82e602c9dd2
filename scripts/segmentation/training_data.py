"""The rows that a model is fitted on, in the model's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.arrays import FloatArray, IntArray
from segmentation.features import (
    DroppedFeature,
    Feature,
    FeatureScaler,
    FeatureScaling,
    column_indices,
    usable_features,
)


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The sample in the model's units.

    Attributes
    ----------
    X : array, shape (n_rows, D)
        Scaled features in use.
    lengths : array of int, shape (n_users,)
        Weeks of each user.
    features : tuple of Feature
        In use, one for each column.
    dropped : tuple of DroppedFeature
    columns : list of int
        Where the features in use stand among those asked for.
    scaling : FeatureScaling
    """

    X: FloatArray
    lengths: IntArray
    features: tuple[Feature, ...]
    dropped: tuple[DroppedFeature, ...]
    columns: list[int]
    scaling: FeatureScaling


def training_data(
    requested: Sequence[Feature], X: FloatArray, lengths: IntArray
) -> TrainingData:
    """Leave out features that say nothing, and scale the others.

    Parameters
    ----------
    requested : sequence of Feature
        One for each column of `X`.
    X : array, shape (n_rows, n_features)
        In natural units; NaN throughout where a feature's source is absent.
    lengths : array of int, shape (n_users,)

    Raises
    ------
    UserError
        As in `usable_features` and `FeatureScaling.transform`.
    """
    features, dropped = usable_features(requested, X)
    columns = column_indices(requested, features)
    scaler = FeatureScaler(features)
    return TrainingData(
        X=scaler.fit_transform(X[:, columns]),
        lengths=lengths,
        features=features,
        dropped=dropped,
        columns=columns,
        scaling=scaler.scaling_,
    )
