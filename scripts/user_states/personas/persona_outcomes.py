"""How well personas predict what their customers do next."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.outcome_scores import segment_rates
from user_states.selection.next_week_scores import UserScores


def score_personas(
    labels: IntArray,
    customers: IntArray,
    came: FloatArray,
    held_out: BoolArray,
) -> UserScores:
    """Return the log scores of an outcome, by held-out customer.

    The chance of a conversation is the smoothed rate of its persona among the customers
    who are not held out, as for segments.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Persona of each conversation from 0, or NO_PERSONA.
    customers : array of int, shape (n,)
        From 0.
    came : array, shape (n,)
        1 if the outcome came after the conversation, 0 if not, NaN if not known yet.
    held_out : array of bool, shape (n_customers,)
        Customers on whom is judged.

    Returns
    -------
    UserScores
        Of all customers by number; those who are not held out have no pair.
    """
    sums = np.zeros(len(held_out))
    n_pairs = np.zeros(len(held_out), dtype=np.int64)
    is_known, is_judged = np.isfinite(came), held_out[customers]
    taught, judged = is_known & ~is_judged, is_known & is_judged
    if taught.any() and judged.any():
        n_personas = int(labels.max()) + 1
        rates, _ = segment_rates(labels[taught], came[taught] > 0, n_personas)
        chances = rates[labels[judged] - NO_SEGMENT]
        scores = np.log(np.where(came[judged] > 0, chances, 1 - chances))
        np.add.at(sums, customers[judged], scores)
        np.add.at(n_pairs, customers[judged], 1)
    return UserScores(sums, n_pairs)
