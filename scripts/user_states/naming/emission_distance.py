"""The distance between states of two fits, by their emissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Transform


@dataclass(frozen=True, eq=False)
class StateEmissions:
    """The emissions of the states of one fit, in the units of the transformed features.

    Attributes
    ----------
    features : tuple of str, length D
    families : tuple of str, length D
        `binary` or `continuous`.
    transforms : tuple of str, length D
        `log1p` or `none`. Means and variances are in the units of the transformed
        feature.
    means, variances : array, shape (K, D)
    """

    features: tuple[str, ...]
    families: tuple[str, ...]
    transforms: tuple[Transform, ...]
    means: FloatArray
    variances: FloatArray

    @classmethod
    def from_scaled(
        cls,
        features: Sequence[str],
        families: Sequence[str],
        transforms: Sequence[Transform],
        means: FloatArray,
        variances: FloatArray,
        scaling_means: FloatArray,
        scales: FloatArray,
    ) -> StateEmissions:
        """Undo a fit's scaling of its means and variances, shape (K, D)."""
        return cls(
            features=tuple(features),
            families=tuple(families),
            transforms=tuple(transforms),
            means=means * scales + scaling_means,
            variances=variances * scales**2,
        )


def emission_distances(one: StateEmissions, other: StateEmissions) -> FloatArray:
    """Return the distance of each pair of states, shape (K_one, K_other).

    The root of the mean squared Hellinger distance over the features that both fits
    read with the same transform. It is 0 for equal distributions, 1 for distributions
    without overlap, and symmetric. It does not depend on units, so fits with
    different scalings can be compared. NaN if the fits share no feature.

    For each feature H² = 1 − BC, with Bhattacharyya's coefficient BC (Pardo,
    *Statistical Inference Based on Divergence Measures*, 2006, ch. 1): of two
    normals sqrt(2 s t / (s² + t²)) exp(−(m − n)² / (4 (s² + t²))), of two
    probabilities sqrt(p q) + sqrt((1 − p) (1 − q)). A binary feature that a fit
    modelled as normal is compared by its mean.
    """
    squares = [
        _squared_hellinger(one, other, column, other.features.index(feature))
        for column, feature in enumerate(one.features)
        if feature in other.features
        and one.transforms[column] == other.transforms[other.features.index(feature)]
    ]
    if not squares:
        return np.full((len(one.means), len(other.means)), np.nan)
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))


def _squared_hellinger(
    one: StateEmissions, other: StateEmissions, column: int, other_column: int
) -> FloatArray:
    """Return H² of one feature for each pair of states."""
    m = one.means[:, column, np.newaxis]
    n = other.means[np.newaxis, :, other_column]
    if one.families[column] == "binary":
        p, q = np.clip(m, 0.0, 1.0), np.clip(n, 0.0, 1.0)
        coefficient = np.sqrt(p * q) + np.sqrt((1 - p) * (1 - q))
    else:
        v = one.variances[:, column, np.newaxis]
        w = other.variances[np.newaxis, :, other_column]
        coefficient = np.sqrt(2 * np.sqrt(v * w) / (v + w)) * np.exp(
            -((m - n) ** 2) / (4 * (v + w))
        )
    return np.asarray(np.clip(1 - coefficient, 0.0, 1.0))
