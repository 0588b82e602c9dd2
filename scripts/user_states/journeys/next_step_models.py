"""How well the steps so far predict the next one: base rates and Markov chains.

Every model gives a probability to each step of a session, and to its end, given the
steps before. The score of a session is the sum of the logarithms, so models of any kind
are compared on the same customers, on whom they were not fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.journeys.step_sequences import StepSequences
from user_states.selection.next_week_scores import UserScores

# Counts that a chain adds to each next step, in the proportions of the chain of one
# order less: a step that never came after another is not impossible.
_PRIOR_COUNT = 5.0


def with_ends(sessions: StepSequences) -> tuple[IntArray, IntArray]:
    """Return the steps of each session and its end, which is a step of its own.

    Returns
    -------
    codes : array of int, shape (n_rows + n_sessions,)
        The end has the code `len(sessions.steps)`.
    lengths : array of int, shape (n_sessions,)
    """
    ends = np.cumsum(sessions.lengths)
    codes = np.insert(sessions.codes, ends, len(sessions.steps))
    return codes.astype(np.int64), sessions.lengths + 1


@dataclass(frozen=True, eq=False)
class ChainOfSteps:
    """A Markov chain of steps; of order 0, base rates.

    Attributes
    ----------
    order : int
        How many steps before the next one it knows.
    shares : array, shape (S + 2,) * order + (S + 1,)
        Probability of the next step, or of the end S, given those before; S + 1 stands
        for "before the session".
    """

    order: int
    shares: FloatArray

    @classmethod
    def fit(cls, sessions: StepSequences, order: int) -> ChainOfSteps:
        """Count, beginning with base rates: each order is the prior of the next."""
        codes, lengths = with_ends(sessions)
        n_next = len(sessions.steps) + 1
        before = _before(codes, lengths, order, n_next)
        shares: FloatArray = np.full(n_next, 1 / n_next)
        for known in range(order + 1):
            counts = np.zeros((n_next + 1,) * known + (n_next,))
            np.add.at(counts, (*before[order - known :], codes), 1.0)
            prior = np.broadcast_to(shares, counts.shape)
            shares = (counts + _PRIOR_COUNT * prior) / (
                counts.sum(axis=-1, keepdims=True) + _PRIOR_COUNT
            )
        return cls(order, shares)

    def scores(self, sessions: StepSequences) -> UserScores:
        """Return the log score of each customer, in nats."""
        codes, lengths = with_ends(sessions)
        before = _before(codes, lengths, self.order, len(sessions.steps) + 1)
        return by_owner(sessions, np.log(self.shares[(*before, codes)]))


def _before(
    codes: IntArray, lengths: IntArray, order: int, n_next: int
) -> tuple[IntArray, ...]:
    """Return the steps before each row, the earliest first; `n_next` if none."""
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = np.arange(len(codes))
    return tuple(
        np.where(
            place - back >= begins, codes[np.maximum(place - back, 0)], n_next
        ).astype(np.int64)
        for back in range(order, 0, -1)
    )


def by_owner(sessions: StepSequences, log_scores: FloatArray) -> UserScores:
    """Add up the scores of steps and ends by customer.

    Parameters
    ----------
    sessions : StepSequences
    log_scores : array, shape (n_rows + n_sessions,)
        Of the rows of `with_ends`.
    """
    names, owner = np.unique(sessions.owners, return_inverse=True)
    rows = np.repeat(owner, sessions.lengths + 1)
    sums: FloatArray = np.bincount(rows, log_scores, len(names)).astype(np.float64)
    counts = np.bincount(rows, minlength=len(names)).astype(np.int64)
    return UserScores(sums, counts)
