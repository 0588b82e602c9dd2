"""Measures of a Markov chain: length of stays, long-run shares, weeks to reach a state.

Every function takes many chains at once, as transition matrices of shape (n, K, K) with
the same possible moves. Infinite numbers are returned as infinity; numbers that do not
exist as NaN.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from user_states.hmm.arrays import BoolArray, FloatArray

# A move with a smaller probability counts as impossible: EM leaves such remainders of
# moves that the data rule out.
_LEAST_PROBABILITY = 1e-12


def expected_stay(transitions: FloatArray) -> FloatArray:
    """Return the expected weeks in a state, including the present one, shape (n, K).

    The stay in a state is geometric, with the mean 1 / (1 - A_ii) (Kemeny and Snell
    1976, Finite Markov Chains, section 3.5). Infinite if it is never left.
    """
    leaving = transitions.sum(axis=2) - np.diagonal(transitions, axis1=1, axis2=2)
    leaving = np.where(leaving < _LEAST_PROBABILITY, 0.0, leaving)
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / leaving)


def long_run_shares(transitions: FloatArray) -> FloatArray:
    """Return the share of weeks in each state in the long run, shape (n, K).

    The stationary distribution, by elimination without subtraction, which stays exact
    if states hardly communicate (Grassmann, Taksar and Heyman 1985,
    Operations Research 33:1107-1116). In a periodic chain it is the mean over time.
    NaN if there are several classes of states that are never left: the long run then
    depends on where a user begins.
    """
    closed = _closed_classes(_possible(transitions))
    shares = np.zeros(transitions.shape[:-1])
    if len(closed) > 1:
        return np.full_like(shares, np.nan)
    (members,) = closed
    chain = transitions[:, members][:, :, members].copy()
    for last in range(len(members) - 1, 0, -1):
        leaving = chain[:, last, :last].sum(axis=1, keepdims=True)
        chain[:, :last, last] /= leaving
        chain[:, :last, :last] += (
            chain[:, :last, last, np.newaxis] * chain[:, np.newaxis, last, :last]
        )
    of_members = np.ones((len(transitions), len(members)))
    for state in range(1, len(members)):
        of_members[:, state] = np.einsum(
            "ni,ni->n", of_members[:, :state], chain[:, :state, state]
        )
    shares[:, members] = of_members / of_members.sum(axis=1, keepdims=True)
    return shares


def weeks_to_reach(transitions: FloatArray) -> FloatArray:
    """Return the expected weeks from a state until another, shape (n, K, K).

    From state i (row) to j (column), h_ij = 1 + sum_{k != j} A_ik h_kj, and h_jj = 0
    (Kemeny and Snell 1976, section 4.4; Norris 1997, Markov Chains, theorem 1.3.5).
    Infinite if j may never be reached.
    """
    n_states = transitions.shape[1]
    weeks = np.full(transitions.shape, np.inf)
    possible = _possible(transitions)
    for goal in range(n_states):
        weeks[:, goal, goal] = 0.0
        sure = _surely_reach(possible, goal)
        if len(sure):
            inside = transitions[:, sure][:, :, sure]
            system = np.eye(len(sure)) - inside
            found = np.linalg.solve(system, np.ones((len(transitions), len(sure), 1)))
            weeks[:, sure, goal] = found[:, :, 0]
    return weeks


def _possible(transitions: FloatArray) -> BoolArray:
    """Return the moves that any of the chains can make, shape (K, K)."""
    return np.asarray((transitions >= _LEAST_PROBABILITY).any(axis=0))


def _closed_classes(possible: BoolArray) -> list[list[int]]:
    """Return the classes of states that are never left, each as a list of states."""
    n_classes, labels = connected_components(possible, connection="strong")
    classes = [np.flatnonzero(labels == label) for label in range(n_classes)]
    return [
        members.tolist()
        for members in classes
        if not possible[members][:, labels != labels[members[0]]].any()
    ]


def _surely_reach(possible: BoolArray, goal: int) -> list[int]:
    """Return the other states from which the goal is reached with probability 1.

    These are the states from which no state without a way to the goal can be reached.
    """
    reach = possible.copy()
    reach[goal] = False
    np.fill_diagonal(reach, True)
    for middle in range(len(reach)):
        reach |= np.outer(reach[:, middle], reach[middle])
    is_sure = ~reach[:, ~reach[:, goal]].any(axis=1)
    return [state for state in np.flatnonzero(is_sure).tolist() if state != goal]
