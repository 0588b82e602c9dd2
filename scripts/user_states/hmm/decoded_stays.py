"""How long users stay in a state, on their decoded paths."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray, first_weeks


def stay_begins(states: IntArray, lengths: IntArray) -> BoolArray:
    """Return the rows in which a stay in a state begins, shape (n_rows,).

    Parameters
    ----------
    states : array of int, shape (n_rows,)
    lengths : array of int, shape (n_users,)
        Rows of each user, consecutive weeks.
    """
    begins = first_weeks(lengths)
    begins[1:] |= states[1:] != states[:-1]
    return begins


class StayCounts:
    """How many stays of each length there are, over chunks of decoded users.

    Parameters
    ----------
    n_states : int
        Number of states, K.
    """

    def __init__(self, n_states: int) -> None:
        # Column n - 1: stays of n weeks.
        self._counts = np.zeros((n_states, 0), dtype=np.int64)

    def update(self, states: IntArray, lengths: IntArray) -> None:
        """Add a chunk.

        Stays that are cut off by the user's first or last week count with the weeks
        that they have.

        Parameters
        ----------
        states : array of int, shape (n_rows,)
            Decoded states, from 0.
        lengths : array of int, shape (n_users,)
            Rows of each user, consecutive weeks.
        """
        if len(states) == 0:
            return
        first_rows = np.flatnonzero(stay_begins(states, lengths))
        weeks = np.diff(np.append(first_rows, len(states)))
        missing = int(weeks.max()) - self._counts.shape[1]
        if missing > 0:
            self._counts = np.pad(self._counts, ((0, 0), (0, missing)))
        np.add.at(self._counts, (states[first_rows], weeks - 1), 1)

    @property
    def medians(self) -> FloatArray:
        """Median weeks of the stays in each state, NaN without stays, shape (K,).

        The least number of weeks that at least half of the stays do not exceed.
        """
        n_stays = self._counts.sum(axis=1)
        reached = 2 * np.cumsum(self._counts, axis=1) >= n_stays[:, np.newaxis]
        medians = np.full(len(n_stays), np.nan)
        has_stays = n_stays > 0
        if has_stays.any():
            medians[has_stays] = reached[has_stays].argmax(axis=1) + 1.0
        return medians


def median_stays(states: IntArray, lengths: IntArray, n_states: int) -> FloatArray:
    """Return the median weeks of the decoded stays in each state, shape (K,).

    Parameters as of `StayCounts`.
    """
    counts = StayCounts(n_states)
    counts.update(states, lengths)
    return counts.medians
