"""Types of journeys: sessions that go alike.

Sessions are clustered by Ward's method on their distances (`sequence_distances`), as is
usual for sequences (Studer 2013, LIVES Working Papers 24). The number of types is the
one with the largest average silhouette among those that come back when other sessions
are drawn; if none does, there are no types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score, silhouette_score

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.journeys.sequence_distances import distances
from user_states.journeys.step_sequences import StepSequences

# Sessions that are clustered; all others get the type of the nearest medoid.
MOST_SESSIONS = 2_000
# Least sessions that can be divided.
LEAST_SESSIONS = 100
NUMBERS = tuple(range(2, 9))
# Refits on four fifths of the sessions, of which pairs are compared.
_N_REFITS, _REFIT_SHARE = 6, 0.8


@dataclass(frozen=True)
class TypeLimits:
    """What types must be like to be published.

    Attributes
    ----------
    min_stability : float
        Least mean adjusted Rand index of refits.
    min_share : float
        Least share of the sessions in a type.
    """

    min_stability: float = 0.6
    min_share: float = 0.02


@dataclass(frozen=True)
class TypeCandidate:
    """A number of types that was tried.

    Attributes
    ----------
    n_types : int
    silhouette : float
        Average over the clustered sessions.
    stability : float
        Mean adjusted Rand index of pairs of refits on resampled sessions.
    smallest_share : float
    why_not : str or None
        Why it is not published; None if it could be.
    """

    n_types: int
    silhouette: float
    stability: float
    smallest_share: float
    why_not: str | None


@dataclass(frozen=True, eq=False)
class JourneyTypes:
    """Types of journeys, each with the session in its middle.

    Attributes
    ----------
    candidates : tuple of TypeCandidate
    medoids : StepSequences
        One session for each type, the largest type first; empty if none is stable.
    labels : array of int, shape (n_clustered,)
        The type, from 0, of each clustered session; empty without types.
    """

    candidates: tuple[TypeCandidate, ...]
    medoids: StepSequences
    labels: IntArray

    @property
    def n_types(self) -> int:
        """Number of types; 0 if none are published."""
        return self.medoids.n_sessions

    def assign(self, sessions: StepSequences) -> IntArray:
        """Return the type, from 0, of the medoid nearest to each session.

        Of two medoids that are as near, the one of the larger type.
        """
        nearest: IntArray = distances(sessions, self.medoids).argmin(axis=1)
        return nearest


def find_types(
    sessions: StepSequences,
    limits: TypeLimits,
    seed: int,
    numbers: Sequence[int] = NUMBERS,
) -> JourneyTypes:
    """Cluster the first sessions, and choose the number of types.

    Parameters
    ----------
    sessions : StepSequences
        In random order; at most `MOST_SESSIONS` of them are clustered.
    limits : TypeLimits
    seed : int
        Of the sessions that refits draw.
    numbers : sequence of int
        Numbers of types to try.
    """
    clustered = sessions.take(np.arange(min(sessions.n_sessions, MOST_SESSIONS)))
    none = sessions.take(np.arange(0))
    if clustered.n_sessions < LEAST_SESSIONS:
        return JourneyTypes((), none, np.zeros(0, dtype=np.int64))
    found = distances(clustered, clustered).astype(np.float64)
    stability = _stability(found, numbers, np.random.default_rng(seed))
    trees = {number: _clusters(found, (number,))[number] for number in numbers}
    candidates = tuple(
        _candidate(number, trees[number], found, stability[number], limits)
        for number in numbers
    )
    sound = [one for one in candidates if one.why_not is None]
    if not sound:
        return JourneyTypes(candidates, none, np.zeros(0, dtype=np.int64))
    best = max(sound, key=lambda one: one.silhouette).n_types
    labels = _by_size(trees[best])
    medoids = _medoids(found, labels)
    return JourneyTypes(candidates, clustered.take(medoids), labels)


def _clusters(found: FloatArray, numbers: Sequence[int]) -> dict[int, IntArray]:
    tree = linkage(squareform(found, checks=False), "ward")
    return {
        number: fcluster(tree, number, "maxclust").astype(np.int64) - 1
        for number in numbers
    }


def _stability(
    found: FloatArray, numbers: Sequence[int], rng: np.random.Generator
) -> dict[int, float]:
    n_sessions = len(found)
    n_drawn = int(_REFIT_SHARE * n_sessions)
    refits = []
    for _ in range(_N_REFITS):
        drawn = np.sort(rng.permutation(n_sessions)[:n_drawn])
        refits.append((drawn, _clusters(found[np.ix_(drawn, drawn)], numbers)))
    return {
        number: float(
            np.mean(
                [
                    _agreement(one, other, number)
                    for place, one in enumerate(refits)
                    for other in refits[place + 1 :]
                ]
            )
        )
        for number in numbers
    }


Refit = tuple[IntArray, dict[int, IntArray]]


def _agreement(one: Refit, other: Refit, number: int) -> float:
    _, here, there = np.intersect1d(
        one[0], other[0], assume_unique=True, return_indices=True
    )
    return float(adjusted_rand_score(one[1][number][here], other[1][number][there]))


def _candidate(
    number: int,
    labels: IntArray,
    found: FloatArray,
    stability: float,
    limits: TypeLimits,
) -> TypeCandidate:
    counts = np.bincount(labels)
    smallest = float(counts.min() / len(labels))
    silhouette = 0.0
    if len(counts) > 1:
        silhouette = float(silhouette_score(found, labels, metric="precomputed"))
    why_not = None
    if len(counts) < number:
        why_not = f"found only {len(counts)} different groups of sessions"
    elif stability < limits.min_stability:
        why_not = (
            f"its stability is {stability:.2f}; expected {limits.min_stability:.2f} "
            "or more"
        )
    elif smallest < limits.min_share:
        why_not = (
            f"its smallest type has {smallest:.1%} of the sessions; expected "
            f"{limits.min_share:.1%} or more"
        )
    return TypeCandidate(number, silhouette, stability, smallest, why_not)


def _by_size(labels: IntArray) -> IntArray:
    """Return the same groups, numbered from the largest on."""
    counts = np.bincount(labels)
    order = np.argsort(-counts, kind="stable")
    return np.argsort(order, kind="stable")[labels].astype(np.int64)


def _medoids(found: FloatArray, labels: IntArray) -> IntArray:
    """Return the session of each group that is nearest to the others of it."""
    medoids = []
    for group in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == group)
        sums = found[np.ix_(members, members)].sum(axis=1)
        medoids.append(int(members[sums.argmin()]))
    return np.array(medoids, dtype=np.int64)
