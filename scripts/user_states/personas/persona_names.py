"""Names of personas: the words by which their conversations differ from others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.naming.automatic_name import (
    SEPARATOR,
    AutomaticName,
    distinct_levels,
    free_name,
)
from user_states.personas.group_terms import GroupTerms
from user_states.personas.persona_clusters import LEAST_PEOPLE
from user_states.personas.written_terms import TermCounts

# Terms in a name at first and at most, in a description, and that may stay in a name.
_TERMS_IN_NAME, _MOST_IN_NAME, _DESCRIBED, _TERMS_KEPT = 2, 5, 8, 40
# Standard errors from which a term is said to be used more than by others.
_CLEARLY_MORE = 1.96
# Name of a persona that uses no term more than the others.
LIKE_THE_OTHERS = "Writes like the others"


def class_based_tfidf(
    counts: csr_matrix, labels: IntArray, n_groups: int
) -> FloatArray:
    """Return the weight of each term in each group, shape (n_groups, n_terms).

    tf log(1 + A / f), with the share tf of the term in the terms of the group, its
    count f in all groups, and the mean number A of terms in a group (Grootendorst 2022,
    arXiv:2203.05794, section 3.3, with shares in place of counts).

    Parameters
    ----------
    counts : sparse array of int, shape (n, n_terms)
    labels : array of int, shape (n,)
        From 0; negative ones are not counted.
    n_groups : int
    """
    sums = np.array(
        [
            np.asarray(counts[np.flatnonzero(labels == group)].sum(axis=0)).ravel()
            for group in range(n_groups)
        ],
        dtype=np.float64,
    ).reshape(n_groups, counts.shape[1])
    of_groups = sums.sum(axis=1, keepdims=True)
    of_terms = sums.sum(axis=0)
    mean = float(of_groups.mean()) if n_groups else 0.0
    rarity = np.log1p(
        np.divide(mean, of_terms, out=np.zeros_like(of_terms), where=of_terms > 0)
    )
    shares = np.divide(sums, of_groups, out=np.zeros_like(sums), where=of_groups > 0)
    weights: FloatArray = shares * rarity
    return weights


def name_personas(
    counted: TermCounts, labels: IntArray, found: GroupTerms
) -> tuple[AutomaticName, ...]:
    """Return a name for each persona; no two have the same.

    A name has the terms of the greatest weight, of those that the persona uses clearly
    more than others, that several people use, and that do not begin or end with a stop
    word. A term whose words are in the name already is left out.

    Parameters
    ----------
    counted : TermCounts
        Of n texts.
    labels : array of int, shape (n,)
    found : GroupTerms
        Of the same texts and labels.
    """
    n_personas = len(found.z)
    weights = class_based_tfidf(counted.counts, labels, n_personas)
    may_name = (
        counted.is_telling[np.newaxis, :]
        & (found.z >= _CLEARLY_MORE)
        & (found.n_customers >= LEAST_PEOPLE)
    )
    ranked = [
        [counted.terms[i] for i in np.argsort(-own, kind="stable") if may[i]]
        for own, may in zip(weights, may_name, strict=True)
    ]
    candidates = [_candidates(_without_repeats(terms)) for terms in ranked]
    taken: set[str] = set()
    result = []
    for names, level, terms in zip(
        candidates, distinct_levels(candidates), ranked, strict=True
    ):
        name = free_name(names[level:], taken)
        taken.add(name)
        result.append(
            AutomaticName(
                name,
                tuple(other for other in names[level:] if other != name),
                _description(terms),
                frozenset(terms[:_TERMS_KEPT])
                | set(names[0].casefold().split(SEPARATOR)),
            )
        )
    return tuple(result)


def _candidates(terms: Sequence[str]) -> list[str]:
    """Return the possible names, from the shortest to the most exact."""
    if not terms:
        return [LIKE_THE_OTHERS]
    shortest = min(_TERMS_IN_NAME, len(terms))
    lengths = range(shortest, min(_MOST_IN_NAME, len(terms)) + 1)
    names = [SEPARATOR.join(terms[:n]) for n in lengths]
    return [name[:1].upper() + name[1:] for name in names]


def _without_repeats(terms: Sequence[str]) -> list[str]:
    """Return the terms that add a word; a later pair replaces its single words."""
    kept: list[str] = []
    for term in terms:
        words = set(term.split(" "))
        inside = [other for other in kept if set(other.split(" ")) <= words]
        if len(words) > 1 and inside:
            kept[kept.index(inside[0])] = term
            kept = [other for other in kept if other == term or other not in inside]
        elif not any(words & set(other.split(" ")) for other in kept):
            kept.append(term)
        if len(kept) >= _MOST_IN_NAME:
            break
    return kept


def _description(terms: Sequence[str]) -> str:
    if not terms:
        return "No term is used clearly more than in other conversations."
    listed = ", ".join(terms[:_DESCRIBED])
    return f"Used more than in other conversations: {listed}."
