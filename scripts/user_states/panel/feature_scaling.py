"""How features are transformed and standardised for a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.parameters import Emissions
from user_states.panel.features import Feature, Transform


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """How natural units become those of a model: z = (transform(x) - mean) / scale.

    Attributes
    ----------
    names : tuple of str
        Columns, in the order of the features that they belong to.
    transforms : tuple of str
        `log1p` or `none`, for each.
    means, scales : array, shape (n_columns,)
        Mean and standard deviation (dividing by n) of the transformed column; 0 and 1
        for one that no normal distribution describes, and for a binary one: they stay
        as they are.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    means: FloatArray
    scales: FloatArray

    def transform(self, X: FloatArray) -> FloatArray:
        """Return `X`, shape (n_rows, n_columns), in scaled units.

        Raises
        ------
        UserError
            If a feature under log1p is negative.
        """
        return (transform_features(self.names, self.transforms, X) - self.means) / (
            self.scales
        )

    def inverse_transform(self, Z: FloatArray) -> FloatArray:
        """Return scaled values, shape (n, n_columns), in natural units.

        Applied to the means of a state, it gives typical values: under log1p that is
        the median of the feature in the state, not its mean.
        """
        X = Z * self.scales + self.means
        return np.where(self._is_log1p, np.expm1(X), X)

    @property
    def _is_log1p(self) -> BoolArray:
        return np.array([transform == "log1p" for transform in self.transforms])


class FeatureScaler:
    """Learns a `FeatureScaling` from data, in the scikit-learn shape.

    Continuous features are transformed as declared and standardised by
    scikit-learn's StandardScaler, and so are counts in Gaussian emissions. Others stay
    as they are.

    Parameters
    ----------
    features : sequence of Feature
    emissions : str
        `gaussian` or `mixed`.

    Attributes
    ----------
    scaling_ : FeatureScaling
        After `fit`.
    """

    def __init__(
        self, features: Sequence[Feature], emissions: Emissions = "gaussian"
    ) -> None:
        self.features = tuple(features)
        self.emissions = emissions

    def fit(self, X: FloatArray) -> FeatureScaler:
        """Learn means and scales from `X`, shape (n_rows, n_columns), natural units.

        NaN, where a feature was not observed, is ignored.
        """
        return self.fit_blocks([X])

    def fit_blocks(self, blocks: Iterable[FloatArray]) -> FeatureScaler:
        """Learn from rows that come in blocks, so that no copy holds all of them."""
        columns = [
            (name, feature.is_scaled(self.emissions), feature.transform)
            for feature in self.features
            for name in feature.columns
        ]
        names = tuple(name for name, _, _ in columns)
        unchanged: Transform = "none"
        transforms = tuple(
            transform if is_scaled else unchanged for _, is_scaled, transform in columns
        )
        means, scales = np.zeros(len(names)), np.ones(len(names))
        continuous = [i for i, (_, is_scaled, _) in enumerate(columns) if is_scaled]
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
    """Return a copy of `X`, shape (n_rows, n_columns), with log1p where it is declared.

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
                    "log1p: correct the data, or declare `transform: none`"
                )
            np.log1p(column, out=column)
    return transformed
