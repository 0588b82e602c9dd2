"""Clusters of dense places: DBSCAN and HDBSCAN. What is dense nowhere is noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.neighbors import NearestNeighbors

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_models import (
    NearestMember,
    largest_first,
    renumbered,
)


def fit_dbscan(
    values: FloatArray, percents: Sequence[int], n_starts: int, seed: int
) -> dict[int, NearestMember]:
    """Fit DBSCAN with several radii; later customers follow the nearest core customer.

    A core customer has twice as many neighbours as there are features, itself included
    (Sander, Ester, Kriegel and Xu 1998, Data Mining and Knowledge Discovery
    2:169-194). The radius is the distance within which the given share of customers
    have them.

    Parameters
    ----------
    values : array, shape (n, n_features)
    percents : sequence of int
        Share of the customers who are core customers, in percent.
    n_starts, seed : int
        Not used: there is no chance.
    """
    del n_starts, seed
    n_neighbours = min(2 * values.shape[1], len(values))
    (farthest,) = each_with_one_thread(
        lambda number: _distance_to_neighbour(values, number), [n_neighbours]
    )

    def fit(percent: int) -> NearestMember:
        # DBSCAN wants a radius above 0; many customers may be equal.
        radius = max(float(np.percentile(farthest, percent)), 1e-9)
        model = DBSCAN(eps=radius, min_samples=n_neighbours).fit(values)
        is_core: BoolArray = np.zeros(len(values), dtype=np.bool_)
        is_core[model.core_sample_indices_] = True
        return _members(values, model.labels_, is_core, radius)

    return dict(zip(percents, each_with_one_thread(fit, percents), strict=True))


def _distance_to_neighbour(values: FloatArray, number: int) -> FloatArray:
    """Return the distance to the neighbour of that number, oneself the first."""
    neighbours = NearestNeighbors(n_neighbors=number).fit(values)
    farthest: FloatArray = neighbours.kneighbors(values)[0][:, -1]
    return farthest


def fit_hdbscan(
    values: FloatArray, least_sizes: Sequence[int], n_starts: int, seed: int
) -> dict[int, NearestMember]:
    """Fit HDBSCAN with several least sizes of a cluster.

    Later customers follow the nearest customer of the fit, into noise as well.

    Parameters
    ----------
    values : array, shape (n, n_features)
    least_sizes : sequence of int
        Of a cluster, in tenths of a percent of the customers.
    n_starts, seed : int
        Not used: there is no chance.
    """
    del n_starts, seed

    def fit(per_mille: int) -> NearestMember:
        least = max(2, round(len(values) * per_mille / 1000))
        model = HDBSCAN(min_cluster_size=least, copy=True).fit(values)
        everyone = np.ones(len(values), dtype=np.bool_)
        return _members(values, model.labels_, everyone, np.inf)

    return dict(zip(least_sizes, each_with_one_thread(fit, least_sizes), strict=True))


def _members(
    values: FloatArray, labels: IntArray, is_member: BoolArray, radius: float
) -> NearestMember:
    order = largest_first(labels, int(labels.max(initial=-1)) + 1)
    own = renumbered(labels, order)
    rule = NearestMember(values[is_member], own[is_member], radius)
    given_back = float(np.mean(rule.assign(values) == own))
    return NearestMember(rule.members, rule.labels, radius, given_back)
