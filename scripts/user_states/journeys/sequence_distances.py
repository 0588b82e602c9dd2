"""How far apart two sequences of steps are: optimal matching.

An insertion or a deletion costs 1, a substitution 2 (Abbott and Tsay 2000, Sociological
Methods & Research 29:3-33, section "Costs"). As a substitution then costs as much as a
deletion and an insertion, the distance is that of the longest common subsequence:
n + m - 2 LCS(n, m), TraMineR's `seqdist(method="OM", indel=1, sm=2)`.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.hmm.lanes import compiled
from user_states.journeys.step_sequences import StepSequences


def distances(one: StepSequences, other: StepSequences) -> IntArray:
    """Return the distance of each session to each other one.

    Parameters
    ----------
    one, other : StepSequences
        With the same steps.

    Returns
    -------
    array of int, shape (one.n_sessions, other.n_sessions)

    Raises
    ------
    ValueError
        If the steps differ.
    """
    if one.steps != other.steps:
        raise ValueError("got sessions with different steps; expected the same codes")
    found = np.empty((one.n_sessions, other.n_sessions), dtype=np.int64)
    _fill(
        found,
        (one.codes, one.begins, one.lengths),
        (other.codes, other.begins, other.lengths),
    )
    return found


@compiled
def _fill(
    found: IntArray,
    one: tuple[IntArray, IntArray, IntArray],
    other: tuple[IntArray, IntArray, IntArray],
) -> None:
    codes, begins, lengths = one
    other_codes, other_begins, other_lengths = other
    row = np.zeros(1 + other_lengths.max(), dtype=np.int64)
    for i in range(len(lengths)):
        for j in range(len(other_lengths)):
            m = other_lengths[j]
            row[: m + 1] = 0
            for a in range(lengths[i]):
                code = codes[begins[i] + a]
                # The longest common subsequence of one step less on both sides.
                diagonal = 0
                for b in range(m):
                    above = row[b + 1]
                    if other_codes[other_begins[j] + b] == code:
                        row[b + 1] = diagonal + 1
                    elif row[b] > above:
                        row[b + 1] = row[b]
                    diagonal = above
            found[i, j] = lengths[i] + m - 2 * row[m]
