"""Hierarchical clusters by Ward's criterion, cut at several sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, ward

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_models import (
    NearestCentre,
    largest_first,
    renumbered,
)


def fit_ward(
    values: FloatArray, sizes: Sequence[int], n_starts: int, seed: int
) -> dict[int, NearestCentre]:
    """Build one tree, cut it at each size, and take the clusters' means as centres.

    A tree says nothing about customers who come later. The rule for them is the
    nearest centre; `given_back` is the share of the tree's own labels that this rule
    finds again. The tree is that of scikit-learn's AgglomerativeClustering, which calls
    the same function of scipy but would build it again for each size.

    Parameters as of `fit_k_means`; there is no start and no chance.
    """
    del n_starts, seed
    (cuts,) = each_with_one_thread(lambda size: _cuts(values, size), [sizes])
    return {
        size: _nearest_centre(values, labels)
        for size, labels in zip(sizes, cuts, strict=True)
    }


def _cuts(values: FloatArray, sizes: Sequence[int]) -> list[IntArray]:
    tree = ward(values)
    cuts = (fcluster(tree, size, criterion="maxclust") for size in sizes)
    return [cut.astype(np.int64) - 1 for cut in cuts]


def _nearest_centre(values: FloatArray, labels: IntArray) -> NearestCentre:
    n_segments = int(labels.max()) + 1
    order = largest_first(labels, n_segments)
    own = renumbered(labels, order)
    centres = np.array(
        [values[own == number].mean(axis=0) for number in range(n_segments)]
    )
    rule = NearestCentre(centres)
    return NearestCentre(centres, given_back=float(np.mean(rule.assign(values) == own)))
