"""Dense groups of conversations, and the group that each other conversation is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import HDBSCAN

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.personas.text_vectors import of_length_one

# Label of a conversation if there are no personas at all.
NO_PERSONA = -1
# Fewest people in a persona: fewer could be recognised.
LEAST_PEOPLE = 5
# Fewest conversations of a persona, however few there are.
_LEAST_SIZE = 10


@dataclass(frozen=True, eq=False)
class PersonaClusters:
    """The result of clustering.

    Attributes
    ----------
    labels : array of int, shape (n,)
        Persona of each conversation from 0, the one with most conversations first;
        NO_PERSONA for all if there are none.
    is_core : array of bool, shape (n,)
        Whether HDBSCAN put it there; otherwise the nearest persona was taken, because
        it is noise or was not clustered.
    is_clustered : array of bool, shape (n,)
        Whether HDBSCAN saw it.
    centroids : array, shape (n_personas, n_numbers)
        Mean of the core conversations in the space before the reduction.
    similarity : array, shape (n,)
        Cosine with the own centroid; NaN without personas.
    """

    labels: IntArray
    is_core: BoolArray
    is_clustered: BoolArray
    centroids: FloatArray
    similarity: FloatArray

    @property
    def n_personas(self) -> int:
        """Number of personas."""
        return len(self.centroids)

    @property
    def core_share(self) -> float:
        """Share of the clustered conversations that are in a dense group."""
        return float(np.mean(self.is_core[self.is_clustered]))


def cluster(
    reduced: FloatArray,
    places: IntArray,
    values: FloatArray,
    customers: IntArray,
    least_share: float,
    min_samples: int,
) -> PersonaClusters:
    """Cluster by density; give all others to the nearest centroid.

    HDBSCAN (Campello, Moulavi and Sander 2013, PAKDD 160-172) finds dense groups in the
    reduced space. Distances to centroids are taken in the space before it, where they
    mean something: UMAP does not keep far distances.

    Parameters
    ----------
    reduced : array, shape (n_clustered, n_reduced)
    places : array of int, shape (n_clustered,)
        Which of all conversations these are.
    values : array, shape (n, n_numbers)
        Before the reduction.
    customers : array of int, shape (n,)
    least_share : float
        Of the clustered conversations, in the smallest dense group.
    min_samples : int
        Neighbours that make a place dense, the conversation itself included.
    """
    least = max(_LEAST_SIZE, round(len(reduced) * least_share))
    model = HDBSCAN(
        min_cluster_size=least, min_samples=min(min_samples, len(reduced)), copy=True
    )
    found = model.fit(reduced).labels_.astype(np.int64)
    dense = np.full(len(values), NO_PERSONA, dtype=np.int64)
    dense[places] = _of_enough_people(found, customers[places])
    is_clustered = np.zeros(len(values), dtype=np.bool_)
    is_clustered[places] = True
    n_personas = int(dense.max(initial=-1)) + 1
    if n_personas < 2:
        return _none(values, is_clustered)
    is_core = dense >= 0
    centroids = means_by_label(values, dense, n_personas)
    labels = np.where(is_core, dense, _nearest(values, centroids))
    order = np.argsort(-np.bincount(labels, minlength=n_personas), kind="stable")
    labels = np.argsort(order, kind="stable")[labels].astype(np.int64)
    centroids = centroids[order]
    similarity = np.zeros(len(values))
    for persona, centroid in enumerate(of_length_one(centroids)):
        own = labels == persona
        similarity[own] = of_length_one(values[own]) @ centroid
    return PersonaClusters(labels, is_core, is_clustered, centroids, similarity)


def means_by_label(values: FloatArray, labels: IntArray, n_labels: int) -> FloatArray:
    """Return the mean row of each label from 0, shape (n_labels, n_numbers)."""
    return np.array([values[labels == label].mean(axis=0) for label in range(n_labels)])


def _of_enough_people(labels: IntArray, customers: IntArray) -> IntArray:
    """Return labels in which groups of too few people are noise."""
    n_groups = int(labels.max(initial=-1)) + 1
    people = [len(np.unique(customers[labels == group])) for group in range(n_groups)]
    kept = [group for group in range(n_groups) if people[group] >= LEAST_PEOPLE]
    # The last place is that of noise, -1.
    numbers = np.full(n_groups + 1, NO_PERSONA, dtype=np.int64)
    numbers[kept] = np.arange(len(kept))
    return numbers[labels]


def _nearest(values: FloatArray, centroids: FloatArray) -> IntArray:
    # Squared distances without the part that is the same for all centroids.
    nearness = values @ (2 * centroids).T - (centroids**2).sum(axis=1)
    places: IntArray = nearness.argmax(axis=1).astype(np.int64)
    return places


def _none(values: FloatArray, is_clustered: BoolArray) -> PersonaClusters:
    n, n_numbers = values.shape
    return PersonaClusters(
        np.full(n, NO_PERSONA, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
        is_clustered,
        np.zeros((0, n_numbers)),
        np.full(n, np.nan),
    )
