"""Customers on a plane: the first two principal components of their features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from user_states.hmm.arrays import FloatArray

N_COMPONENTS = 2


@dataclass(frozen=True, eq=False)
class SegmentMap:
    """Places of customers, and what the axes are.

    Attributes
    ----------
    places : array, shape (n, 2)
        In scaled units, around the mean of all customers.
    loadings : array, shape (2, n_features)
        Weight of each scaled feature in each component.
    explained_shares : array, shape (2,)
        Share of the variance along each component.
    """

    places: FloatArray
    loadings: FloatArray
    explained_shares: FloatArray


def segment_map(values: FloatArray) -> SegmentMap:
    """Return the places of customers on their first two principal components.

    The sign of a component is that of its greatest loading: positive. With one feature
    the second component is 0.

    Parameters
    ----------
    values : array, shape (n, n_features)
        Scaled, of at least two customers.
    """
    n_features = values.shape[1]
    n_found = min(N_COMPONENTS, n_features)
    model = PCA(n_found, svd_solver="covariance_eigh").fit(values)
    loadings = np.zeros((N_COMPONENTS, n_features))
    shares = np.zeros(N_COMPONENTS)
    for row, component in enumerate(model.components_):
        sign = np.sign(component[np.abs(component).argmax()])
        loadings[row] = sign * component
    shares[:n_found] = model.explained_variance_ratio_
    places: FloatArray = (values - model.mean_) @ loadings.T
    return SegmentMap(places, loadings, shares)
