"""Whether features know which customers turned out to be one only later."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray

# Fewer rows say nothing. Of rows of customers who were still two, some have fewer
# active days than the two together, however little the other did.
MIN_ROWS, LEAST_SMALLER = 50, 0.02


def require_no_hindsight(known: FloatArray, hindsight: FloatArray) -> None:
    """Raise ValueError if features of then know links that were found later.

    Before two customers turn out to be one, each has its own days. If what was known
    then is as much as both did together, the features were computed by the links of
    today, and forecasts look better than they will be.

    Parameters
    ----------
    known, hindsight : array, shape (n_rows,)
        Active days in the window, as known then and by the links of today, of rows
        whose customer was merged later.
    """
    n_smaller = int(np.count_nonzero(known < hindsight))
    if len(known) >= MIN_ROWS and n_smaller < LEAST_SMALLER * len(known):
        raise ValueError(
            f"found {n_smaller} of {len(known)} rows of customers who were merged "
            "later with fewer active days than in hindsight; expected at least "
            f"{LEAST_SMALLER:.0%}: the features know the later links. Check the ids "
            "in customer_snapshots: they must be those that were known at the end of "
            "the week"
        )
