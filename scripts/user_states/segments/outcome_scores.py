"""How well a division of customers predicts what other customers do next.

A held-out customer is given the rate of the customers in the same segment and week
who are not held out. The score is the log of the probability that this gave to what
then happened, summed by customer over the weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT, CustomerWeeks
from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    bootstrap_intervals,
    paired_difference,
)

# Intervals of the gains.
GAIN_INTERVAL_LEVEL = 0.95
GAIN_INTERVAL_RESAMPLES = 500

# Customers who are added to each segment, and behave like everybody: with two of them,
# and a rate of one half, this is Laplace's rule of succession.
_ADDED_CUSTOMERS = 2.0


@dataclass(frozen=True)
class DivisionGain:
    """How much better one division predicts an outcome than another.

    Attributes
    ----------
    difference : Difference
        In nats a customer-week, above 0 if the first is better.
    low, high : float
        Ends of the 95 % interval, by customer.
    """

    difference: Difference
    low: float
    high: float


def segment_rates(
    labels: IntArray, happened: BoolArray, n_segments: int
) -> tuple[FloatArray, float]:
    """Return the smoothed rate of each segment, and of everybody.

    (y_k + 2 r) / (n_k + 2) with y_k of n_k customers, and r = (y + 1) / (n + 2) of all
    customers. An empty segment has the rate of everybody.

    Parameters
    ----------
    labels : array of int, shape (n,)
        From NO_SEGMENT: customers in no segment are a group of their own.
    happened : array of bool, shape (n,)
    n_segments : int

    Returns
    -------
    rates : array, shape (n_segments + 1,)
        Of the group in no segment first.
    base : float
    """
    base = (np.count_nonzero(happened) + 1) / (len(happened) + 2)
    groups = labels - NO_SEGMENT
    sizes = np.bincount(groups, minlength=n_segments + 1)
    counts = np.bincount(groups, weights=happened, minlength=n_segments + 1)
    rates: FloatArray = (counts + _ADDED_CUSTOMERS * base) / (sizes + _ADDED_CUSTOMERS)
    return rates, float(base)


def score_division(
    labels: Sequence[IntArray], data: CustomerWeeks, outcome: str
) -> UserScores:
    """Return the log scores of an outcome, by held-out customer.

    Parameters
    ----------
    labels : sequence of arrays of int
        Of every week of `data`, a label per customer.
    data : CustomerWeeks
    outcome : str

    Returns
    -------
    UserScores
        Of all customers by number; those who are not held out have no pair.
    """
    sums, n_pairs = np.zeros(len(data.places)), np.zeros(len(data.places), np.int64)
    for week, own in zip(data.weeks, labels, strict=True):
        came = week.outcomes[outcome]
        is_known, held_out = np.isfinite(came), data.is_held_out(week)
        taught, judged = is_known & ~held_out, is_known & held_out
        if not taught.any() or not judged.any():
            continue
        n_segments = int(own.max()) + 1
        rates, _ = segment_rates(own[taught], came[taught] > 0, n_segments)
        chances = rates[own[judged] - NO_SEGMENT]
        customers = week.customers[judged]
        sums[customers] += np.log(np.where(came[judged] > 0, chances, 1 - chances))
        n_pairs[customers] += 1
    return UserScores(sums, n_pairs)


def gains(
    scores: Mapping[str, UserScores], rival: str, seed: int
) -> dict[str, DivisionGain | None]:
    """Return how much better each division scores than one of them.

    Parameters
    ----------
    scores : mapping of str to UserScores
        Of the same customers and the same outcome.
    rival : str
        Of the same mapping.
    seed : int
        Of the resamples.

    Returns
    -------
    dict of str to DivisionGain or None
        None for the rival itself, and for all if there is no held-out customer.
    """
    others = [name for name in scores if name != rival]
    found: dict[str, DivisionGain | None] = dict.fromkeys(scores)
    if not others or scores[rival].n_users == 0:
        return found
    pairs = [(scores[name], scores[rival]) for name in others]
    intervals = bootstrap_intervals(
        pairs, GAIN_INTERVAL_RESAMPLES, seed, GAIN_INTERVAL_LEVEL
    )
    for name, (a, b), (low, high) in zip(others, pairs, intervals, strict=True):
        found[name] = DivisionGain(paired_difference(a, b), low, high)
    return found
