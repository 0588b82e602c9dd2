"""k-means, and the elbow of its inertia."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from user_states.hmm.arrays import FloatArray
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_models import NearestCentre, largest_first


def fit_k_means(
    values: FloatArray, sizes: Sequence[int], n_starts: int, seed: int
) -> dict[int, NearestCentre]:
    """Fit k-means with each number of segments (Lloyd's algorithm, k-means++ starts).

    Parameters
    ----------
    values : array, shape (n, n_features)
    sizes : sequence of int
    n_starts : int
        The best of so many is kept.
    seed : int
    """

    def fit(size: int) -> NearestCentre:
        return _fitted(KMeans(size, n_init=n_starts, random_state=seed), values)

    return dict(zip(sizes, each_with_one_thread(fit, sizes), strict=True))


def carry_k_means(
    models: Mapping[int, NearestCentre], values: FloatArray
) -> dict[int, NearestCentre]:
    """Fit again to other customers, from the centres found before."""

    def fit(model: NearestCentre) -> NearestCentre:
        again = KMeans(model.n_segments, init=model.centres, n_init=1)
        return _fitted(again, values)

    return dict(zip(models, each_with_one_thread(fit, models.values()), strict=True))


def _fitted(model: KMeans, values: FloatArray) -> NearestCentre:
    with warnings.catch_warnings():
        # Fewer different customers than segments: some stay empty, which the checks
        # find.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(values)
    order = largest_first(model.labels_, model.n_clusters)
    return NearestCentre(model.cluster_centers_[order], float(model.inertia_))


def elbow(sizes: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return the size at which the inertia bends most, or None for fewer than three.

    The point farthest below the line from the first to the last, after both axes are
    scaled to [0, 1] (Kneedle: Satopää, Albrecht, Irwin and Raghavan 2011, ICDCS
    Workshops 31:166-171). It is shown, and decides nothing.
    """
    if len(sizes) < 3:
        return None
    x, y = (
        _to_unit(np.array(column, dtype=np.float64)) for column in (sizes, inertias)
    )
    return int(sizes[int(np.argmax(1 - x - y))])


def _to_unit(column: FloatArray) -> FloatArray:
    spread = np.ptp(column)
    scaled: FloatArray = (column - column.min()) / (spread if spread else 1.0)
    return scaled
