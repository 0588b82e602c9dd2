"""The usual measures of the shape of segments. They are shown, and decide nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics import davies_bouldin_score

from user_states.hmm.arrays import FloatArray, IntArray

# Rows whose distances are in memory at once.
_BLOCK_ROWS = 500


def davies_bouldin(values: FloatArray, labels: IntArray) -> float | None:
    """Return the index of Davies and Bouldin (1979, IEEE PAMI 1:224-227).

    Less is better. Customers in no segment are left out. None for fewer than two
    segments, or as many as customers.
    """
    inside = labels >= 0
    n_segments = len(np.unique(labels[inside]))
    if not 2 <= n_segments < np.count_nonzero(inside):
        return None
    return float(davies_bouldin_score(values[inside], labels[inside]))


def silhouettes(
    values: FloatArray, labelings: Mapping[str, IntArray]
) -> dict[str, float | None]:
    """Return the mean silhouette of several labelings of the same customers.

    (b - a) / max(a, b), with a customer's mean distance a to others of the segment, and
    b to those of the nearest other segment (Rousseeuw 1987, Journal of Computational
    and Applied Mathematics 20:53-65); 0 for a customer alone in a segment. As
    scikit-learn's silhouette_score, which would compute all distances again for every
    labeling. Customers in no segment are left out. None as in `davies_bouldin`.

    Parameters
    ----------
    values : array, shape (n, n_features)
    labelings : mapping of str to array of int, shape (n,)
    """
    found = {name: _Silhouette(labels) for name, labels in labelings.items()}
    for first in range(0, len(values), _BLOCK_ROWS):
        rows = slice(first, first + _BLOCK_ROWS)
        distances = cdist(values[rows], values)
        for silhouette in found.values():
            silhouette.add(distances, rows)
    return {name: silhouette.mean for name, silhouette in found.items()}


class _Silhouette:
    """The silhouette of one labeling, added up block by block."""

    def __init__(self, labels: IntArray) -> None:
        numbers, self._labels = np.unique(labels, return_inverse=True)
        self._inside = labels >= 0
        # Of the segments, without the group of customers in none.
        self._is_segment = numbers >= 0
        self._members = (self._labels[:, np.newaxis] == range(len(numbers))).astype(
            np.float64
        )
        self._sizes = self._members.sum(axis=0)
        self._sum = 0.0

    def add(self, distances: FloatArray, rows: slice) -> None:
        """Add the rows of a block, given their distances to all customers."""
        if np.count_nonzero(self._is_segment) < 2:
            return
        own = self._labels[rows]
        at = np.arange(len(own))
        sums = distances @ self._members
        alone = self._sizes[own] == 1
        near = sums[at, own] / np.maximum(self._sizes[own] - 1, 1)
        means = np.where(self._is_segment, sums / self._sizes, np.inf)
        means[at, own] = np.inf
        far = means.min(axis=1)
        greatest = np.maximum(near, far)
        widths = np.divide(
            far - near, greatest, out=np.zeros_like(far), where=(greatest > 0) & ~alone
        )
        self._sum += float(widths[self._inside[rows]].sum())

    @property
    def mean(self) -> float | None:
        n_inside = int(np.count_nonzero(self._inside))
        if not 2 <= np.count_nonzero(self._is_segment) < n_inside:
            return None
        return self._sum / n_inside


def simplified_silhouette(values: FloatArray, centres: FloatArray) -> float | None:
    """Return the mean silhouette by distances to centres, as SQL computes it weekly.

    (b - a) / b, with a customer's distance a to the nearest centre and b to the second
    nearest (Hruschka, Campello and Castro 2006, Information Sciences 176:1898-1927).
    None for fewer than two centres.

    Parameters
    ----------
    values : array, shape (n, n_features)
    centres : array, shape (n_segments, n_features)
    """
    if len(centres) < 2:
        return None
    nearest = np.sort(cdist(values, centres), axis=1)
    a, b = nearest[:, 0], nearest[:, 1]
    return float(np.mean(np.divide(b - a, b, out=np.zeros_like(b), where=b > 0)))
