"""Customers whose number of segments is known, or who have none."""

from __future__ import annotations

from typing import Literal

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import CustomerWeek, CustomerWeeks

Structureless = Literal["one cloud", "a slope", "idle clusters"]

N_PLANTED_FEATURES = 12
# As-of weeks; of the last, the outcome is not known yet.
_WEEKS = (0, 4, 8, 12)
# Share of the customers who draw their segment anew from one such week to the next.
_MOVED_SHARE = 0.1
# Spread of the centres; the spread within a segment is 1.
_CENTRE_SPREAD = 0.9


def planted_segments(n_segments: int, seed: int, n_customers: int) -> CustomerWeeks:
    """Draw customers of several segments, each with a rate of activity of its own."""
    rng = np.random.default_rng([seed, n_segments])
    centres = _CENTRE_SPREAD * rng.normal(size=(n_segments, N_PLANTED_FEATURES))
    shares = rng.dirichlet(np.full(n_segments, 20.0))
    rates = rng.permutation(np.linspace(0.15, 0.85, n_segments))
    return _drawn(
        rng, centres, shares, rates, np.zeros(N_PLANTED_FEATURES), n_customers
    )


def structureless_customers(
    kind: Structureless, seed: int, n_customers: int
) -> CustomerWeeks:
    """Draw customers whose segments tell nothing, or who have no segments.

    Parameters
    ----------
    kind : str
        `one cloud`: features are normal, and outcomes have nothing to do with them;
        `a slope`: the rate of activity rises with one feature, but there is no gap
        anywhere; `idle clusters`: there are four clusters with one rate.
    seed, n_customers : int
    """
    rng = np.random.default_rng([seed, ("one cloud", "a slope").count(kind)])
    slope = np.zeros(N_PLANTED_FEATURES)
    slope[0] = float(kind == "a slope")
    n_clusters = 4 if kind == "idle clusters" else 1
    spread = _CENTRE_SPREAD * (n_clusters > 1)
    centres = spread * rng.normal(size=(n_clusters, N_PLANTED_FEATURES))
    shares, rates = np.full(n_clusters, 1 / n_clusters), np.full(n_clusters, 0.4)
    return _drawn(rng, centres, shares, rates, slope, n_customers)


def _drawn(
    rng: np.random.Generator,
    centres: FloatArray,
    shares: FloatArray,
    rates: FloatArray,
    slope: FloatArray,
    n_customers: int,
) -> CustomerWeeks:
    segments = rng.choice(len(shares), size=n_customers, p=shares)
    weeks = []
    for week in _WEEKS:
        anew = rng.random(n_customers) < _MOVED_SHARE
        segments = np.where(
            anew, rng.choice(len(shares), size=n_customers, p=shares), segments
        )
        weeks.append(_week(rng, week, segments, centres, rates, slope))
    return CustomerWeeks(tuple(weeks), rng.random(n_customers))


def _week(
    rng: np.random.Generator,
    week: int,
    segments: IntArray,
    centres: FloatArray,
    rates: FloatArray,
    slope: FloatArray,
) -> CustomerWeek:
    n = len(segments)
    noise = rng.normal(size=(n, centres.shape[1]))
    odds = rates[segments] / (1 - rates[segments]) * np.exp(noise @ slope)
    came = (rng.random(n) < odds / (1 + odds)).astype(np.float64)
    return CustomerWeek(
        week=week,
        customers=np.arange(n),
        values=centres[segments] + noise,
        is_active=np.ones(n, dtype=np.bool_),
        outcomes={
            "active_next_week": came if week < _WEEKS[-1] else np.full(n, np.nan)
        },
    )
