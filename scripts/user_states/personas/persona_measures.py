"""Measures of personas, each named for what it measures. None has a scale of grades."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.sparse import csr_matrix

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.naming.segment_identity import match_segments
from user_states.personas.text_vectors import of_length_one
from user_states.personas.written_terms import TermCounts


def cohesion(vectors: FloatArray, labels: IntArray) -> float | None:
    """Return the mean cosine between two conversations of the same persona.

    The mean over conversations of their mean cosine with all others of the persona. To
    be compared with that of everybody in one group, because some embedders put all
    texts close together. None if no two are together.

    Parameters
    ----------
    vectors : array, shape (n, n_numbers)
        Of texts.
    labels : array of int, shape (n,)
        Negative ones are not counted.
    """
    sums, n_counted = 0.0, 0
    for label in np.unique(labels[labels >= 0]):
        own = of_length_one(vectors[labels == label])
        n_others = len(own) - 1
        if n_others:
            # The squared length of the sum holds all pairs, and each row with itself.
            pairs = float((own.sum(axis=0) ** 2).sum() - (own**2).sum())
            sums += pairs / n_others
            n_counted += len(own)
    return sums / n_counted if n_counted else None


def coherence(counted: TermCounts, terms: Sequence[Sequence[str]]) -> float | None:
    """Return how much the leading words of a persona occur in the same conversations.

    The mean over personas and pairs of words of the normalised pointwise mutual
    information, log(p_ab / (p_a p_b)) / -log p_ab (Bouma 2009, GSCL 31-40): 1 if two
    words come only together, 0 if independently, -1 if never together.

    Parameters
    ----------
    counted : TermCounts
        Of all conversations.
    terms : sequence of sequences of str
        Leading words of each persona. Terms of two words are left out, because a pair
        and its words come together always.

    Returns
    -------
    float or None
        None if no persona has two words.
    """
    places = {term: place for place, term in enumerate(counted.terms)}
    used: csr_matrix = (counted.counts > 0).astype(np.int64).tocsc()
    n_texts = used.shape[0]
    means = []
    for own in terms:
        known = [places[term] for term in own if term in places and " " not in term]
        if len(known) < 2:
            continue
        chosen = used[:, known]
        together = np.asarray((chosen.T @ chosen).todense()) / n_texts
        pairs = combinations(range(len(known)), 2)
        means.append(np.mean([_npmi(together, a, b) for a, b in pairs]))
    return float(np.mean(means)) if means else None


def kept_share(before: IntArray, after: IntArray, min_overlap: float) -> float | None:
    """Return the share of conversations that are in the same persona after a refit.

    Which persona is the same is decided as it is for keys: by shared conversations.

    Parameters
    ----------
    before, after : array of int, shape (n,)
        Personas of the same conversations, from 0.
    min_overlap : float
        Of the conversations of two personas that may be the same: those in both, as a
        share of those in either.

    Returns
    -------
    float or None
        None without conversations that were in a persona.
    """
    counted = before >= 0
    if not counted.any():
        return None
    n_after, n_before = int(after.max()) + 1, int(before.max()) + 1
    shared = np.zeros((n_after, n_before), dtype=np.int64)
    both = counted & (after >= 0)
    np.add.at(shared, (after[both], before[both]), 1)
    links = match_segments(shared, np.full(shared.shape, np.nan), min_overlap)
    n_kept = sum(link.n_shared for link in links if link.relation == "kept")
    return n_kept / int(np.count_nonzero(counted))


def _npmi(together: FloatArray, a: int, b: int) -> float:
    p_both = float(together[a, b])
    if p_both == 0:
        return -1.0
    if p_both == 1:
        return 1.0
    expected = float(together[a, a] * together[b, b])
    return float(np.log(p_both / expected) / -np.log(p_both))
