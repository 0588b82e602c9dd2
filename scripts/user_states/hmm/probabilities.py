"""Probabilities kept away from 0 and 1, so that no forecast rules anything out."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray

# Rates keep this far from 0 and 1, so that one surprise costs 14 nats at most.
RATE_MARGIN = 1e-6


def within_margin(rates: FloatArray) -> FloatArray:
    """Return rates that rule nothing out: none nearer to 0 or 1 than 1e-6."""
    clipped: FloatArray = np.clip(rates, RATE_MARGIN, 1 - RATE_MARGIN)
    return clipped
