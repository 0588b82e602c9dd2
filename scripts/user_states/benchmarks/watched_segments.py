"""How often the watch over segments alarms, on simulated weeks.

Customers move between segments, join and leave. In a stationary simulation nothing
else happens, so every alarm is false. In a shifted one the share of one segment changes
by a fifth from one week to the next, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.k_means import fit_k_means
from user_states.segments.weekly_watch import (
    DRIFT_WEEKS,
    SegmentAlarm,
    SegmentWatch,
    watch_week,
)

# Most weeks that may alarm falsely, and least share of the shifts that are found within
# the weeks after them.
MOST_FALSE, LEAST_FOUND, FOUND_WITHIN = 0.05, 0.9, 4
SHIFT = 0.2

_N_FEATURES = 6
_WEEKS, _SHIFT_WEEK = 26, 12
# Chances of a week: to draw the segment anew, to leave, and to return or join.
_MOVES, _LEAVES, _RETURNS = 0.05, 0.01, 0.05
_N_SEGMENTS = (3, 4, 5, 6)


@dataclass(frozen=True)
class WatchStudy:
    """The alarms of several simulations.

    Attributes
    ----------
    n_weeks, n_false_weeks : int
        Watched weeks of the stationary simulations, and those with an alarm.
    n_shifts, n_found : int
        Shifted simulations, and those whose segment alarmed within FOUND_WITHIN weeks.
    """

    n_weeks: int
    n_false_weeks: int
    n_shifts: int
    n_found: int

    def __str__(self) -> str:
        return (
            f"{self.n_false_weeks} of {self.n_weeks} stationary weeks alarmed "
            f"({self.n_false_weeks / self.n_weeks:.2%}); {self.n_found} of "
            f"{self.n_shifts} shifts by a fifth were found within {FOUND_WITHIN} weeks"
        )

    def require(self) -> None:
        """Raise UserError if there were too many false alarms, or too few true ones."""
        is_quiet = self.n_false_weeks <= MOST_FALSE * self.n_weeks
        if not is_quiet or self.n_found < LEAST_FOUND * self.n_shifts:
            raise UserError(
                f"found: {self}; expected at most {MOST_FALSE:.0%} of the weeks, and "
                f"at least {LEAST_FOUND:.0%} of the shifts: see the limits in "
                "segments/weekly_watch.py"
            )


def study_watch(seeds: Sequence[int], n_customers: int) -> WatchStudy:
    """Simulate customers with and without a shift, and count the alarms."""
    stationary = [
        alarms
        for seed in seeds
        for week, alarms in _watched(seed, n_customers, None)
        if week >= DRIFT_WEEKS
    ]
    found = [_is_found(seed, n_customers) for seed in seeds]
    return WatchStudy(
        n_weeks=len(stationary),
        n_false_weeks=sum(bool(alarms) for alarms in stationary),
        n_shifts=len(found),
        n_found=sum(found),
    )


def _is_found(seed: int, n_customers: int) -> bool:
    # Half of the shifts go up.
    shift = SHIFT if seed % 2 else -SHIFT
    weeks = range(_SHIFT_WEEK, _SHIFT_WEEK + FOUND_WITHIN)
    return any(
        alarm.kind == "share_drift" and alarm.segment == 0
        for week, alarms in _watched(seed, n_customers, shift)
        if week in weeks
        for alarm in alarms
    )


def _watched(
    seed: int, n_customers: int, shift: float | None
) -> Iterator[tuple[int, list[SegmentAlarm]]]:
    """Yield the number of each week and its alarms.

    With a shift, the share of the first segment changes so much in the week
    _SHIFT_WEEK.
    """
    rng = np.random.default_rng([seed, shift is not None])
    n_segments = _N_SEGMENTS[seed % len(_N_SEGMENTS)]
    true_centres = 2.5 * rng.normal(size=(n_segments, _N_FEATURES))
    shares = rng.dirichlet(np.full(n_segments, 20.0))
    segments = rng.choice(n_segments, size=n_customers, p=shares)
    is_there = rng.random(n_customers) < _RETURNS / (_RETURNS + _LEAVES)
    history: list[IntArray] = []
    watch: SegmentWatch | None = None
    for week in range(_WEEKS):
        if shift is not None and week == _SHIFT_WEEK:
            segments, shares = _shifted(rng, segments, shares, shift)
        anew = rng.random(n_customers) < _MOVES
        drawn = rng.choice(n_segments, size=n_customers, p=shares)
        segments = np.where(anew, drawn, segments)
        chances = np.where(is_there, 1 - _LEAVES, _RETURNS)
        is_there = rng.random(n_customers) < chances
        noise = rng.normal(size=(n_customers, _N_FEATURES))
        values = true_centres[segments] + noise
        if watch is None:
            # In the order of the planted ones: the shift is of the first.
            fit = fit_k_means(values[is_there], [n_segments], 5, seed)[n_segments]
            order = _matched(fit.assign(true_centres), n_segments)
            watch = _first_watch(values, fit.centres[order], is_there)
        labels = _labels(values, watch.centres, is_there)
        history.append(labels)
        before = (history[-step - 1] if week >= step else None for step in (1, 4))
        yield week, watch.alarms(watch_week(values, labels, watch.centres, *before))


def _matched(nearest: IntArray, n_segments: int) -> IntArray:
    """Return the nearest fitted segment of each planted one; the others follow."""
    others = np.setdiff1d(np.arange(n_segments), nearest)
    firsts = np.unique(nearest, return_index=True)[1]
    order = np.full(n_segments, -1)
    order[firsts] = nearest[firsts]
    order[order < 0] = others
    return order


def _first_watch(
    values: FloatArray, centres: FloatArray, is_there: BoolArray
) -> SegmentWatch:
    labels = _labels(values, centres, is_there)
    return SegmentWatch(centres, watch_week(values, labels, centres))


def _labels(values: FloatArray, centres: FloatArray, is_there: BoolArray) -> IntArray:
    nearness = values @ (2 * centres).T - (centres**2).sum(axis=1)
    return np.where(is_there, nearness.argmax(axis=1), NO_SEGMENT).astype(np.int64)


def _shifted(
    rng: np.random.Generator, segments: IntArray, shares: FloatArray, shift: float
) -> tuple[IntArray, FloatArray]:
    """Return segments and shares after the share of the first changed."""
    others = shares[1:] / shares[1:].sum()
    wanted = shares[0] * (1 + shift)
    if shift > 0:
        is_moved = (segments > 0) & (
            rng.random(len(segments)) < shares[0] * shift / (1 - shares[0])
        )
        moved = np.where(is_moved, 0, segments)
    else:
        is_moved = (segments == 0) & (rng.random(len(segments)) < -shift)
        drawn = 1 + rng.choice(len(others), size=len(segments), p=others)
        moved = np.where(is_moved, drawn, segments)
    return moved, np.array([wanted, *((1 - wanted) * others)])
