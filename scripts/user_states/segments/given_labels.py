"""Divisions of customers that exist without a fit, and that candidates are held to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT

EVERYBODY, RFM = "everybody", "rfm"

# Names of divisions in sentences.
GIVEN_DIVISIONS = {
    EVERYBODY: "everybody as one group",
    RFM: "RFM",
    "cohorts": "the cohorts",
    "crm_labels": "the labels that the CRM has today",
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
        NaN, where no price is known, has the score 1.

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
        known = own[np.isfinite(own)]
        lower, upper = np.quantile(known, [1 / 3, 2 / 3]) if len(known) else (0.0, 0.0)
        cells = 3 * cells + (own > lower) + (own > upper)
    labels[bought] = cells
    return labels


def numbered_labels(weeks: Sequence[Sequence[str | None]]) -> list[IntArray]:
    """Return labels as numbers from 0, the same in every week, in order of the texts.

    Parameters
    ----------
    weeks : sequence of sequences of str or None
        The label of each customer, week by week; None for customers without one.

    Returns
    -------
    list of arrays of int
        NO_SEGMENT for None.
    """
    texts = sorted({text for week in weeks for text in week if text is not None})
    numbers = {text: number for number, text in enumerate(texts)}
    return [
        np.array(
            [NO_SEGMENT if text is None else numbers[text] for text in week],
            dtype=np.int64,
        )
        for week in weeks
    ]
