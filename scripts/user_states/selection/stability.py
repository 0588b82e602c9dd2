"""Whether refits on resampled users give the same states.

A number of states is stable if models fitted on bootstrap resamples of the users put
the same user-weeks into the same states. The states of two fits have no common
numbering, so agreement is counted over pairs of user-weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from user_states.hmm.arrays import IntArray


def mean_adjusted_rand(labels: Sequence[IntArray]) -> float:
    """Return how well the states of several fits agree, on average.

    The mean over all pairs of fits of the adjusted Rand index (Hubert and Arabie
    1985, Journal of Classification 2:193-218): 1 if two fits agree on which user-weeks
    belong together, about 0 if they agree no more than by chance.

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


def resampled_users(n_users: int, n_draws: int, rng: np.random.Generator) -> IntArray:
    """Draw users with replacement, each with the same probability.

    Whole users, because the weeks of a user depend on each other (the cluster
    bootstrap: Davison and Hinkley 1997, Bootstrap Methods and their Application,
    section 3.8).

    Returns
    -------
    array of int, shape (n_draws,)
        Numbers of users, from 0 to `n_users` - 1, in the order drawn.
    """
    return rng.integers(n_users, size=n_draws, dtype=np.int64)
