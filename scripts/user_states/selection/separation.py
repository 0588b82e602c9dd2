"""Whether states tell next week's activity better than shuffled states would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.selection.next_week import Flags, as_flags, rows_with_next_week

# Users among whom states are exchanged, at least.
MIN_USERS = 20


@dataclass(frozen=True)
class Separation:
    """What this week's state tells about next week's activity.

    Attributes
    ----------
    information : float
        Mutual information of the two in nats a user-week: 0 if the state tells
        nothing, log 2 if it tells all of an activity that is as likely as not.
    p_value : float
        Of the hypothesis that it tells nothing, from `n_shuffles` shuffles.
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
    """Test whether states tell next week's activity, users being independent.

    The hypothesis is that a user's states say nothing about the user's activity
    beyond what the calendar and the length of the history say. Under it, users
    who were seen in the same weeks could have had each other's states. So each
    shuffle exchanges whole histories of states between such users, and p is
    (1 + number of shuffles that tell as much) / (1 + number of shuffles), which
    is never 0 (Phipson and Smyth 2010, Statistical Applications in Genetics and
    Molecular Biology 9, article 39).

    Why whole histories: a user's weeks resemble each other, in state as in
    activity. Shuffled one by one they would not, so the shuffles would vary too
    little, and states drawn at random for each user would look significant.
    Why between users, and not within one: states that only mark who is often
    active and who seldom do tell next week's activity, and are to count. Why
    among users of the same weeks: a state that is nothing but the season, or the
    age of the account, is the same for all of them, so it does not count.

    The exchange is exact among users with the same number of weeks (and the same
    first week, if `weeks` is given). Where fewer than 20 share theirs, those with
    the next longer history join them, and the states that a user is lent are
    stretched to the user's own length: nearly exact.

    Parameters
    ----------
    states : array of int, shape (n_rows,)
        Most probable filtered state of each row, from 0.
    is_active : array of 0/1, shape (n_rows,)
        Activity in each row's own week.
    lengths : array of int, shape (n_users,)
        Rows of each user, consecutive weeks.
    weeks : array of int or None, shape (n_rows,)
        Number of the calendar week of each row, from any origin. None where all
        users are seen up to the same week: then the length says which weeks.
    n_shuffles : int
    seed : int

    Returns
    -------
    Separation or None
        None if there is one state only, or no user with two weeks. A single user
        has nobody to exchange with, so p is 1.

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
    # The margin is for sums of the same numbers in another order.
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

    Users of the same weeks are always in one group. Groups of fewer than
    `MIN_USERS` are joined with the next, in the order of length.
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
    """Lends each user the rows of another user of the same stratum.

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
        """Return the row, of the lender, that each row is lent."""
        lenders = np.empty_like(self.by_stratum)
        lenders[self.by_stratum] = np.lexsort((rng.random(len(lenders)), self.strata))
        lent_n_pairs = np.repeat(self.n_pairs[lenders], self.n_pairs)
        # The same place in the history: place * lent // own, which is the place
        # itself where both are equally long.
        places = self.places * lent_n_pairs // self.own_n_pairs
        rows: IntArray = np.repeat(self.first_rows[lenders], self.n_pairs) + places
        return rows
