"""Divisions of customers that exist without a fit, and that candidates are held to."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT

EVERYBODY, RFM = "everybody", "rfm"

# Names of divisions in sentences.
GIVEN_DIVISIONS = {
    EVERYBODY: "everybody as one group",
    RFM: "RFM",
    "cohorts": "the cohorts",
    "crm_labels": "the labels of the CRM",
    "states": "the states",
}


def rfm_labels(
    days_since_last_purchase: FloatArray, n_purchases: FloatArray, spend: FloatArray
) -> IntArray:
    """Return the cell of each customer in the grid of three by three by three.

    As the mart `rfm_grid`: each measure is split at the terciles of the customers who
    bought in the window, equal customers together.

    Parameters
    ----------
    days_since_last_purchase : array, shape (n,)
        NaN for customers who did not buy in the window: they are in no cell.
    n_purchases, spend : array, shape (n,)

    Returns
    -------
    array of int, shape (n,)
        9 (r - 1) + 3 (f - 1) + (m - 1) with scores from 1 to 3, or NO_SEGMENT.
    """
    labels = np.full(len(spend), NO_SEGMENT, dtype=np.int64)
    bought = np.isfinite(days_since_last_purchase)
    if not bought.any():
        return labels
    cells = np.zeros(int(np.count_nonzero(bought)), dtype=np.int64)
    for measure in (-days_since_last_purchase, n_purchases, spend):
        own = measure[bought]
        lower, upper = np.quantile(own, [1 / 3, 2 / 3])
        cells = 3 * cells + (own > lower) + (own > upper)
    labels[bought] = cells
    return labels
