"""The lapse rule in Python: expected weeks until a user lapses, from the chain."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray

# Expected times are capped at ten years, which means "practically never".
LONGEST_LAPSE_WEEKS = 520.0
# Represents an infinite time in the calculation, because infinity times 0 is NaN.
_FOREVER = 1e30


def weeks_until_lapse(
    transition_matrix: FloatArray, request: FloatArray, lapse_after_weeks: int
) -> FloatArray:
    """Return the expected weeks until a user has been silent for L consecutive weeks.

    A hitting time of the chain of (state, silent weeks), which moves to (j, 0) with
    A_ij q_j and to (j, s + 1) with A_ij (1 - q_j); having lapsed is (any, L). By the
    equations of Kemeny and Snell 1976 (Finite Markov Chains, section 3.5),

        h_s = 1 + A (q h_0 + (1 - q) h_{s+1}),    h_L = 0,

    so h_s = f_s + B_s h_0 for every s, from L downwards, and h_0 solves
    (I - B_0) h_0 = f_0. Every row of B_0 sums to 1 minus the probability of lapsing
    before the next request. That probability may be tiny, so it is computed directly
    and not as a difference.

    Parameters
    ----------
    transition_matrix : array, shape (K, K)
    request : array, shape (K,)
        Share of weeks with any request in each state, q: `has_lapsed` counts weeks
        without a request.
    lapse_after_weeks : int
        L, at least 1.

    Returns
    -------
    array, shape (K, L)
        By state and by weeks of silence so far, each at most LONGEST_LAPSE_WEEKS.
    """
    n_states = len(request)
    silent_move = transition_matrix * (1 - request)
    request_move = transition_matrix * request
    steps = [(np.zeros(n_states), np.zeros((n_states, n_states)))]
    lapse = np.ones(n_states)
    for _ in range(lapse_after_weeks):
        f, B = steps[-1]
        steps.append((1 + silent_move @ f, request_move + silent_move @ B))
        lapse = silent_move @ lapse
    f, B = steps[-1]
    from_request = mean_time_to_end(B, lapse, f)
    weeks = np.column_stack([f + B @ from_request for f, B in steps[:0:-1]])
    return np.minimum(weeks, LONGEST_LAPSE_WEEKS)


def mean_time_to_end(
    moves: FloatArray, end: FloatArray, durations: FloatArray
) -> FloatArray:
    """Return the mean time until a chain ends, if each step takes some time.

    Solves h = durations + moves h by eliminating one state after the other. The
    diagonal of I - moves is computed as the sum of all other ways out. So nothing is
    subtracted, and the smallest probability of an end keeps its digits (Grassmann,
    Taksar and Heyman 1985, Operations Research 33:1107-1116).

    Parameters
    ----------
    moves : array, shape (K, K)
        Probability of going from a state (row) to a state (column).
    end : array, shape (K,)
        Probability of ending from each state; with the moves it sums to 1.
    durations : array, shape (K,)
        Mean time of a step from each state.

    Returns
    -------
    array, shape (K,)
        1e30 if the end is never reached.
    """
    moves, end, durations = moves.copy(), end.copy(), durations.copy()
    n_states = len(end)
    for last in range(n_states - 1, 0, -1):
        rest = slice(0, last)
        out = max(moves[last, rest].sum() + end[last], 1 / _FOREVER)
        share = moves[rest, last] / out
        moves[rest, rest] += np.outer(share, moves[last, rest])
        end[rest] += share * end[last]
        durations[rest] = np.minimum(
            durations[rest] + share * durations[last], _FOREVER
        )
    mean = np.empty(n_states)
    for state in range(n_states):
        before = slice(0, state)
        out = max(moves[state, before].sum() + end[state], 1 / _FOREVER)
        time = durations[state] + moves[state, before] @ mean[before]
        mean[state] = min(time / out, _FOREVER)
    return mean
