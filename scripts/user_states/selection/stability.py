"""Whether refits on other users of the same kind give the same states.

A number of states is stable if models that were fitted on bootstrap resamples of
the users put the same user-weeks into the same states. States of two fits have
no common numbering, so the agreement is counted over pairs of user-weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from user_states.hmm.arrays import FloatArray, IntArray


def mean_adjusted_rand(labels: Sequence[IntArray]) -> float:
    """Return how well state sequences of several fits agree, on average.

    The mean over all pairs of fits of the adjusted Rand index (Hubert and Arabie
    1985, Journal of Classification 2:193-218): 1 where two fits agree on which
    user-weeks belong together, about 0 where they agree no more than by chance.

    Parameters
    ----------
    labels : sequence of arrays of int, each of shape (n_rows,)
        States of the same user-weeks under at least two fits.

    Raises
    ------
    ValueError
        If there are fewer than two, or they differ in length.
    """
    if len(labels) < 2:
        raise ValueError(f"got {len(labels)} state sequences; expected at least two")
    n_rows = {len(sequence) for sequence in labels}
    if len(n_rows) > 1:
        raise ValueError(
            f"got state sequences of {sorted(n_rows)} rows; expected the same "
            "user-weeks in all"
        )
    indices = [adjusted_rand_score(a, b) for a, b in combinations(labels, 2)]
    return float(np.mean(indices))


def resampled_users(
    lengths: IntArray, n_users: int, rng: np.random.Generator
) -> IntArray:
    """Draw users with replacement, each as likely as any other.

    Whole users, because their weeks depend on each other (the bootstrap of
    clusters: Davison and Hinkley 1997, Bootstrap Methods and their Application,
    section 3.8).

    Parameters
    ----------
    lengths : array of int, shape (n_all_users,)
        Rows of each user.
    n_users : int
        Number of draws.
    rng : numpy.random.Generator

    Returns
    -------
    array of int, shape (n_users,)
        Positions in `lengths`, in the order drawn.
    """
    return rng.integers(len(lengths), size=n_users, dtype=np.int64)


def take_users(
    X: FloatArray, lengths: IntArray, users: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return the rows of some users, in the order given, repeats included.

    Parameters
    ----------
    X : array, shape (n_rows, D)
        Rows of all users.
    lengths : array of int, shape (n_all_users,)
        Rows of each user.
    users : array of int, shape (n_users,)
        Positions in `lengths`. A user who comes twice is two users in the result.

    Returns
    -------
    X : array, shape (sum of the lengths of those users, D)
    lengths : array of int, shape (n_users,)
    """
    first_rows = (np.cumsum(lengths) - lengths)[users]
    taken = lengths[users]
    # Row i of the result is as far behind its user's first row there as here.
    shifts = first_rows - (np.cumsum(taken) - taken)
    return X[np.arange(int(taken.sum())) + np.repeat(shifts, taken)], taken
