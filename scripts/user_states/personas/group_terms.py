"""Which terms a group of people uses more than all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.personas.persona_clusters import LEAST_PEOPLE
from user_states.personas.written_terms import TermCounts, is_telling

# Size of the prior, in uses of terms by customers.
PRIOR_USES = 500.0


@dataclass(frozen=True, eq=False)
class GroupTerms:
    """Uses of terms by groups, each compared with all others.

    Attributes
    ----------
    terms : tuple of str
    n_customers : array of int, shape (n_groups, n_terms)
        Customers of the group who used the term.
    log_odds : array, shape (n_groups, n_terms)
        Logarithm of the ratio of odds, drawn towards 0 by the prior.
    z : array, shape (n_groups, n_terms)
        The same in standard errors.
    """

    terms: tuple[str, ...]
    n_customers: IntArray
    log_odds: FloatArray
    z: FloatArray


@dataclass(frozen=True)
class RankedTerm:
    """One term of a group.

    Attributes
    ----------
    group, rank : int
        The group from 0, and the rank in it from 1.
    term : str
    n_customers : int
    log_odds, z : float
    """

    group: int
    rank: int
    term: str
    n_customers: int
    log_odds: float
    z: float


def compare_groups(
    counted: TermCounts, customers: IntArray, labels: IntArray, n_groups: int
) -> GroupTerms:
    """Compare what each group writes with what all others write.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008,
    Political Analysis 16:372-403). With y uses of a term out of n uses of all terms,
    and prior uses a of it out of A, in proportion to everybody's uses,

        log_odds = log((y + a) / (n + A - y - a)) - the same of all others,
        variance = 1 / (y + a) + 1 / (y' + a),   z = log_odds / sqrt(variance).

    A customer uses a term once in a group, however often they write it: what one
    person repeats says nothing of the group.

    Parameters
    ----------
    counted : TermCounts
        Of n texts.
    customers : array of int, shape (n,)
        From 0.
    labels : array of int, shape (n,)
        Group of each text from 0; negative ones are not counted.
    n_groups : int
    """
    uses = _customers_by_group(counted.counts, customers, labels, n_groups)
    everybody = uses.sum(axis=0)
    total = float(everybody.sum())
    if not total:
        zeros = np.zeros(uses.shape)
        return GroupTerms(counted.terms, uses, zeros, zeros.copy())
    prior = PRIOR_USES * everybody / total
    of_group = uses + prior
    of_others = everybody - uses + prior
    sizes = uses.sum(axis=1, keepdims=True) + PRIOR_USES
    others = total - uses.sum(axis=1, keepdims=True) + PRIOR_USES
    # Terms that no group uses have no prior either.
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.log(of_group / (sizes - of_group)) - np.log(
            of_others / (others - of_others)
        )
        z = log_odds / np.sqrt(1 / of_group + 1 / of_others)
    return GroupTerms(counted.terms, uses, np.nan_to_num(log_odds), np.nan_to_num(z))


def ranked_terms(
    found: GroupTerms, most: int = 20, least_customers: int = LEAST_PEOPLE
) -> list[RankedTerm]:
    """Return the terms with the greatest z of each group, of those above 0.

    Terms that fewer customers of the group used are left out, and those that begin or
    end with a stop word.
    """
    telling = np.array([is_telling(term) for term in found.terms], dtype=np.bool_)
    rows = []
    for group, (z, people) in enumerate(zip(found.z, found.n_customers, strict=True)):
        order = np.argsort(-z, kind="stable")
        may_show = telling & (people >= least_customers) & (z > 0)
        shown = order[may_show[order]][:most]
        rows += [
            RankedTerm(
                group,
                rank,
                found.terms[place],
                int(people[place]),
                float(found.log_odds[group, place]),
                float(z[place]),
            )
            for rank, place in enumerate(shown.tolist(), start=1)
        ]
    return rows


def _customers_by_group(
    counts: csr_matrix, customers: IntArray, labels: IntArray, n_groups: int
) -> IntArray:
    """Return how many customers of each group used each term."""
    if not len(labels) or not n_groups:
        return np.zeros((n_groups, counts.shape[1]), dtype=np.int64)
    inside = np.flatnonzero(labels >= 0)
    pairs, own = np.unique(
        customers[inside] * n_groups + labels[inside], return_inverse=True
    )
    of_pairs = _sums_of_rows(counts[inside], own, len(pairs))
    of_pairs.data[:] = 1
    summed = _sums_of_rows(of_pairs, pairs % n_groups, n_groups)
    return np.asarray(summed.todense(), dtype=np.int64)


def _sums_of_rows(rows: csr_matrix, groups: IntArray, n_groups: int) -> csr_matrix:
    ones = np.ones(len(groups), dtype=np.int64)
    places = (groups, np.arange(len(groups)))
    return csr_matrix((ones, places), shape=(n_groups, len(groups))) @ rows
