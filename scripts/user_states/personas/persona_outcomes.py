"""How well personas predict what their customers do next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.outcome_scores import DivisionGain, gains, segment_rates
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


def gains_over_everybody(
    scores: Mapping[float, UserScores], everybody: UserScores, seed: int
) -> dict[float, DivisionGain | None]:
    """Return how much better personas score than everybody in one group.

    Parameters
    ----------
    scores : mapping of float to UserScores
        By share of the text.
    everybody : UserScores
        Of the same customers, with everybody in one group.
    seed : int
        Of the resamples.

    Returns
    -------
    dict of float to DivisionGain or None
        In nats a conversation, with a 95 % interval by customer; None if nobody was
        judged.
    """
    names = {share: repr(share) for share in scores}
    own = {names[share]: each for share, each in scores.items()}
    found = gains({"everybody": everybody, **own}, "everybody", seed)
    return {share: found[name] for share, name in names.items()}
