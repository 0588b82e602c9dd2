"""The margin that keeps forecasts away from 0 and 1, so that none is certain."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray

# Least distance of a rate from 0 and 1, so that one surprise costs at most 14 nats.
RATE_MARGIN = 1e-6


def within_margin(rates: FloatArray) -> FloatArray:
    """Return rates clipped to [1e-6, 1 - 1e-6]."""
    clipped: FloatArray = np.clip(rates, RATE_MARGIN, 1 - RATE_MARGIN)
    return clipped
