"""The distance between segments of two fits, by the distributions of their features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Transform

# Members who all have the same value have no variance; two such segments are equal if
# they have the same value, and otherwise without overlap.
LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class SegmentProfiles:
    """How the features are distributed in each segment of one fit.

    In the units of the transformed features. Of a hidden Markov model these are the
    emissions of its states, of clusters the means and variances of their members.

    Attributes
    ----------
    features : tuple of str, length P
        Feature of each mean. One with probabilities of categories or parts has several.
    families : tuple of str, length P
        Family of the feature of each mean, as in the var `features`.
    transforms : tuple of str, length P
        `log1p` or `none`. Means and variances are in the units of the transformed
        feature.
    means, variances : array, shape (K, P)
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
    ) -> SegmentProfiles:
        """Undo a fit's scaling of its means and variances, shape (K, P)."""
        return cls(
            features=tuple(features),
            families=tuple(families),
            transforms=tuple(transforms),
            means=means * scales + scaling_means,
            variances=variances * scales**2,
        )


def profile_distances(one: SegmentProfiles, other: SegmentProfiles) -> FloatArray:
    """Return the distance of each pair of segments, shape (K_one, K_other).

    The root of the mean squared Hellinger distance over the features that both fits
    read with the same transform and as many categories or parts. It is 0 for equal
    distributions, 1 for distributions without overlap, and symmetric. It does not
    depend on units, so fits with different scalings can be compared. NaN if the fits
    share no feature.

    For each feature H² = 1 − BC, with Bhattacharyya's coefficient BC (Pardo,
    *Statistical Inference Based on Divergence Measures*, 2006, ch. 1): of two
    normals sqrt(2 s t / (s² + t²)) exp(−(m − n)² / (4 (s² + t²))), of two
    probabilities sqrt(p q) + sqrt((1 − p) (1 − q)), of categories or parts the sum of
    sqrt(p q). A binary feature that a fit modelled as normal is compared by its mean.
    """
    squares = [
        _squared_hellinger(one, other, columns, other_columns)
        for feature in dict.fromkeys(one.features)
        if len(columns := _columns(one, feature))
        == len(other_columns := _columns(other, feature))
        and one.transforms[columns[0]] == other.transforms[other_columns[0]]
    ]
    if not squares:
        return np.full((len(one.means), len(other.means)), np.nan)
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))


def _columns(profiles: SegmentProfiles, feature: str) -> list[int]:
    """Return the numbers of a feature's means."""
    return [place for place, name in enumerate(profiles.features) if name == feature]


def _squared_hellinger(
    one: SegmentProfiles,
    other: SegmentProfiles,
    columns: list[int],
    other_columns: list[int],
) -> FloatArray:
    """Return H² of one feature for each pair of segments."""
    m = one.means[:, np.newaxis, columns]
    n = other.means[np.newaxis, :, other_columns]
    if len(columns) > 1:
        coefficient = np.sqrt(m * n).sum(axis=-1)
    elif one.families[columns[0]] in ("binary", "share"):
        p, q = np.clip(m[..., 0], 0.0, 1.0), np.clip(n[..., 0], 0.0, 1.0)
        coefficient = np.sqrt(p * q) + np.sqrt((1 - p) * (1 - q))
    else:
        v = np.maximum(one.variances[:, columns], LEAST_VARIANCE)
        w = np.maximum(other.variances[:, other_columns].T, LEAST_VARIANCE)
        coefficient = np.sqrt(2 * np.sqrt(v * w) / (v + w)) * np.exp(
            -((m[..., 0] - n[..., 0]) ** 2) / (4 * (v + w))
        )
    return np.asarray(np.clip(1 - coefficient, 0.0, 1.0))
