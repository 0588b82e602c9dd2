"""Non-negative matrix factorisation: a customer is a sum of typical ways to behave."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from user_states.hmm.arrays import FloatArray
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_models import GreatestFactor, largest_first


def fit_factors(
    values: FloatArray, sizes: Sequence[int], n_starts: int, seed: int
) -> dict[int, GreatestFactor]:
    """Fit so many factors each; a customer's segment is the factor with most of them.

    Features are counted from their least value, since parts cannot be negative (Lee
    and Seung 1999, Nature 401:788-791). Sizes of more factors than features are left
    out. Other parameters as of `fit_k_means`; the start is not random.
    """
    del n_starts
    floors = values.min(axis=0)
    parts = values - floors
    possible = [size for size in sizes if size <= min(parts.shape)]

    def fit(size: int) -> GreatestFactor:
        model = NMF(size, init="nndsvda", max_iter=400, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            weights = model.fit_transform(parts)
        sums = model.components_.sum(axis=1)
        labels = (weights * sums).argmax(axis=1).astype(np.int64)
        order = largest_first(labels, size)
        return GreatestFactor(model, floors, order, sums[order])

    return dict(zip(possible, each_with_one_thread(fit, possible), strict=True))
