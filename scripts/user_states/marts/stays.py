"""Median stays in a state: as observed, and as the model expects."""

from __future__ import annotations

import math
from collections.abc import Sequence

from user_states.marts.rows import Stay

# Where fewer stays than this are left, a share is of hardly anybody.
MIN_AT_RISK = 10


def observed_median(stays: Sequence[Stay]) -> int | None:
    """Return the weeks after which half of a state's stays have ended, if they have."""
    return min((row.n_weeks for row in stays if row.longer_share <= 0.5), default=None)


def expected_median(stay_probability: float | None) -> int | None:
    """Return the same of the model: the least n with stay_probability^n at most 1/2."""
    if stay_probability is None or stay_probability >= 1:
        return None
    if stay_probability <= 0.5:
        return 1
    return math.ceil(math.log(0.5) / math.log(stay_probability))
