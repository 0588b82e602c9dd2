"""Gaussian mixtures with diagonal covariances."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from user_states.hmm.arrays import FloatArray
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_models import DiagonalMixture, largest_first

# Added to each variance, in squared scaled units: many customers share the value 0, and
# a component of them alone would have none.
VARIANCE_MARGIN = 0.01


def fit_mixtures(
    values: FloatArray, sizes: Sequence[int], n_starts: int, seed: int
) -> dict[int, DiagonalMixture]:
    """Fit a mixture with each number of components, by EM from k-means.

    Parameters as of `fit_k_means`; one start, because k-means has found it.
    """
    del n_starts

    def fit(size: int) -> DiagonalMixture:
        model = GaussianMixture(
            size,
            covariance_type="diag",
            reg_covar=VARIANCE_MARGIN,
            max_iter=200,
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            labels = model.fit_predict(values)
        order = largest_first(labels, size)
        return DiagonalMixture(
            model.weights_[order],
            model.means_[order],
            model.covariances_[order],
            bool(model.converged_),
        )

    return dict(zip(sizes, each_with_one_thread(fit, sizes), strict=True))
