"""Whether states predict next week's activity better than shuffled states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.selection.next_week_scores import Flags, as_flags, rows_with_next_week

# Least number of users among whom states are exchanged.
MIN_USERS = 20


@dataclass(frozen=True)
class Separation:
    """What this week's state says about next week's activity.

    Attributes
    ----------
    information : float
        Mutual information of the two in nats a user-week: 0 if the state says
        nothing, log 2 if it determines an activity of probability 1/2.
    p_value : float
        Of the hypothesis that it says nothing, from `n_shuffles` shuffles.
    n_shuffles : int
    """

    information: float
    p_value: float
    n_shuffles: int


def separation(
    states: IntArray,
    is_active: Flags,
    lengths: IntArray,
    weeks: IntArray | None,
    *,
    n_shuffles: int = 199,
    seed: int,
) -> Separation | None:
    """Test whether states predict next week's activity, with independent users.

    The hypothesis is that a user's states say nothing about the user's activity beyond
    what the calendar and the length of the history say. Under it, users observed in
    the same weeks could have each other's states. So each shuffle exchanges whole
    histories of states between such users, and p is (1 + number of shuffles with at
    least the observed information) / (1 + number of shuffles), which is never 0
    (Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology
    9, article 39).

    Whole histories are exchanged because a user's weeks resemble each other, in state
    and in activity. If weeks were shuffled one by one, the shuffles would vary too
    little, and random states for each user would look significant. They are exchanged
    between users because states that only distinguish often from seldom active users
    do predict next week's activity, and should count. They are exchanged among users of
    the same weeks because a state that is only the season, or the age of the account,
    is the same for all of them, and should not count.

    The exchange is exact among users with the same number of weeks (and the same first
    week, if `weeks` is given). Groups of fewer than 20 such users are joined with users
    of the next longer history, and the states that a user receives are stretched to
    the user's own length, which is nearly exact.

    Parameters
    ----------
    states : array of int, shape (n_rows,)
        Most probable filtered state of each row, from 0.
    is_active : array of 0/1, shape (n_rows,)
        Activity in each row's own week.
    lengths : array of int, shape (n_users,)
        Rows of each user, consecutive weeks.
    weeks : array of int or None, shape (n_rows,)
        Number of the calendar week of each row, from any origin. None if all users
        are observed up to the same week: then the length determines the weeks.
    n_shuffles : int
    seed : int

    Returns
    -------
    Separation or None
        None if there is only one state, or no user with two weeks. For a single user
        p is 1, because there is nobody to exchange states with.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    active = as_flags(is_active)
    if not len(states) == len(active) == lengths.sum():
        raise ValueError(
            f"got {len(states)} states and {len(active)} rows of activity; expected "
            f"the {lengths.sum()} of the lengths"
        )
    rows = rows_with_next_week(lengths)
    if len(rows) == 0 or states.min() == states.max():
        return None
    labels = states[rows]
    happened = active[rows + 1]
    has_pair = lengths > 1
    n_pairs = lengths[has_pair] - 1
    first_weeks = np.zeros_like(n_pairs)
    if weeks is not None:
        first_weeks = weeks[np.cumsum(lengths) - lengths][has_pair]
    exchange = _Exchange(n_pairs, _strata(n_pairs, first_weeks))
    n_states = int(states.max()) + 1
    observed = _information(labels, happened, n_states)
    rng = np.random.default_rng(seed)
    shuffled = np.array(
        [
            _information(labels[exchange.draw(rng)], happened, n_states)
            for _ in range(n_shuffles)
        ]
    )
    # The margin allows for sums of the same numbers in another order.
    n_as_good = int(np.count_nonzero(shuffled >= observed - 1e-12))
    return Separation(observed, (1 + n_as_good) / (1 + n_shuffles), n_shuffles)


def _information(labels: IntArray, happened: Flags, n_states: int) -> float:
    """Return the mutual information of two columns, in nats a row.

    sum_kj p_kj log(p_kj / (p_k p_j)) with the observed shares (Cover and Thomas
    2006, Elements of Information Theory, section 2.3).
    """
    counts = np.bincount(2 * labels + happened, minlength=2 * n_states)
    joint: FloatArray = counts.reshape(n_states, 2) / len(labels)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return float(rel_entr(joint, independent).sum())


def _strata(n_pairs: IntArray, first_weeks: IntArray) -> IntArray:
    """Return the group of each user within which states are exchanged.

    Users of the same weeks are always in the same group. Groups of fewer than
    `MIN_USERS` are joined with the next, by length.
    """
    windows, window_of_user = np.unique(
        np.column_stack([n_pairs, first_weeks]), axis=0, return_inverse=True
    )
    sizes = np.bincount(window_of_user, minlength=len(windows)).tolist()
    strata = np.zeros(len(windows), dtype=np.int64)
    stratum = n_in_stratum = 0
    for window, size in enumerate(sizes):
        if n_in_stratum >= MIN_USERS:
            stratum, n_in_stratum = stratum + 1, 0
        strata[window] = stratum
        n_in_stratum += size
    if n_in_stratum < MIN_USERS and stratum > 0:
        strata[strata == stratum] = stratum - 1
    of_users: IntArray = strata[window_of_user]
    return of_users


class _Exchange:
    """Exchanges the rows of users within each stratum.

    Parameters
    ----------
    n_pairs : array of int, shape (n_users,)
        Rows of each user, at least one; users stacked.
    strata : array of int, shape (n_users,)
    """

    def __init__(self, n_pairs: IntArray, strata: IntArray) -> None:
        self.n_pairs = n_pairs
        self.strata = strata
        self.by_stratum = np.argsort(strata, kind="stable")
        self.first_rows = np.cumsum(n_pairs) - n_pairs
        self.own_n_pairs = np.repeat(n_pairs, n_pairs)
        self.places = np.arange(n_pairs.sum()) - np.repeat(self.first_rows, n_pairs)

    def draw(self, rng: np.random.Generator) -> IntArray:
        """Return, for each row, the row of another user that takes its place."""
        lenders = np.empty_like(self.by_stratum)
        lenders[self.by_stratum] = np.lexsort((rng.random(len(lenders)), self.strata))
        lent_n_pairs = np.repeat(self.n_pairs[lenders], self.n_pairs)
        # The same place in the history: place * lent // own, which is the place itself
        # if both are equally long.
        places = self.places * lent_n_pairs // self.own_n_pairs
        rows: IntArray = np.repeat(self.first_rows[lenders], self.n_pairs) + places
        return rows
