"""How published segments hold up week by week, and when that is an alarm.

Every figure follows from sums over customers, so SQL computes the same. Shares are
compared with those of four weeks earlier, by the customers who moved: most stay where
they are, so the error of the difference is much smaller than that of two samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.shape_measures import davies_bouldin, simplified_silhouette

# Weeks between the two shares that are compared.
DRIFT_WEEKS = 4

AlarmKind = Literal["share_drift", "mix_drift", "separation", "kept"]


@dataclass(frozen=True)
class WatchLimits:
    """When a figure is an alarm.

    Attributes
    ----------
    share_drift : float
        Standard errors by which a share has changed. 3 are exceeded by chance in
        0.27 % of the comparisons: in 3 % of the weeks with twelve segments.
    least_change : float
        Relative change below which a share never alarms, however many customers there
        are.
    mix_drift : float
        Population stability index against the week of the fit.
    separation : float
        Davies–Bouldin index over that of the week of the fit.
    kept : float
        Least share of the customers who keep their segment from one week to the next.
    """

    share_drift: float = 3.0
    least_change: float = 0.1
    mix_drift: float = 0.25
    separation: float = 1.5
    kept: float = 0.5


@dataclass(frozen=True, eq=False)
class ShareDrift:
    """How the share of each segment changed between two weeks.

    Attributes
    ----------
    before, now : array, shape (n_segments,)
        Shares of the customers in a segment.
    standard_errors : array, shape (n_segments,)
        Of the difference, by customer.
    """

    before: FloatArray
    now: FloatArray
    standard_errors: FloatArray

    @property
    def z(self) -> FloatArray:
        """Difference over its standard error; 0 without any move."""
        differences = self.now - self.before
        return np.divide(
            differences,
            self.standard_errors,
            out=np.zeros_like(differences),
            where=self.standard_errors > 0,
        )

    @property
    def changes(self) -> FloatArray:
        """Relative change of the share; 0 for a segment that was and is empty."""
        changes: FloatArray = (self.now - self.before) / np.where(
            self.before > 0, self.before, np.where(self.now > 0, self.now, 1.0)
        )
        return changes


@dataclass(frozen=True, eq=False)
class SegmentWeek:
    """What is known of the segments in one week.

    Attributes
    ----------
    sizes : array of int, shape (n_segments,)
    davies_bouldin, simplified_silhouette : float or None
    kept_share : float or None
        Share of the customers in a segment in both weeks who kept it since the week
        before; None without such a customer.
    drift : ShareDrift or None
        Since four weeks earlier; None if either week has no customer in a segment.
    """

    sizes: IntArray
    davies_bouldin: float | None
    simplified_silhouette: float | None
    kept_share: float | None
    drift: ShareDrift | None


@dataclass(frozen=True)
class SegmentAlarm:
    """One figure beyond its limit.

    Attributes
    ----------
    kind : str
    segment : int or None
        From 0; None if it is about all.
    value : float
    """

    kind: AlarmKind
    segment: int | None
    value: float


@dataclass(frozen=True, eq=False)
class SegmentWatch:
    """The watch over one published division.

    Attributes
    ----------
    centres : array, shape (n_segments, n_features)
    fitted : SegmentWeek
        The week of the fit.
    limits : WatchLimits
    """

    centres: FloatArray
    fitted: SegmentWeek
    limits: WatchLimits = field(default_factory=WatchLimits)

    def alarms(self, week: SegmentWeek) -> list[SegmentAlarm]:
        """Return every figure of a week that is beyond its limit."""
        found = _share_alarms(week.drift, self.limits)
        mix = stability_index(week.sizes, self.fitted.sizes)
        if mix > self.limits.mix_drift:
            found.append(SegmentAlarm("mix_drift", None, mix))
        if week.davies_bouldin is not None and self.fitted.davies_bouldin:
            ratio = week.davies_bouldin / self.fitted.davies_bouldin
            if ratio > self.limits.separation:
                found.append(SegmentAlarm("separation", None, ratio))
        if week.kept_share is not None and week.kept_share < self.limits.kept:
            found.append(SegmentAlarm("kept", None, week.kept_share))
        return found


def _share_alarms(drift: ShareDrift | None, limits: WatchLimits) -> list[SegmentAlarm]:
    if drift is None:
        return []
    beyond = (np.abs(drift.z) > limits.share_drift) & (
        np.abs(drift.changes) >= limits.least_change
    )
    return [
        SegmentAlarm("share_drift", segment, float(drift.changes[segment]))
        for segment in np.flatnonzero(beyond).tolist()
    ]


def count_crossings(before: IntArray, now: IntArray, n_segments: int) -> IntArray:
    """Return how many customers are in each pair of segments.

    Parameters
    ----------
    before, now : array of int, shape (n,)
        Segments of the same customers in two weeks; negative for customers in none, or
        who were not there.
    n_segments : int

    Returns
    -------
    array of int, shape (n_segments + 1, n_segments + 1)
        The last row and column are of customers in no segment.
    """
    size = n_segments + 1
    pairs = np.where(before < 0, n_segments, before) * size
    pairs = pairs + np.where(now < 0, n_segments, now)
    counts = np.bincount(pairs, minlength=size**2)
    return counts.reshape(size, size).astype(np.int64)


def share_drift(crossings: IntArray) -> ShareDrift | None:
    """Return how shares changed, with an error by customer.

    The difference q - p of two shares is a sum over customers, linearised:
    e_i = (1[now in k] - q) / n_now - (1[before in k] - p) / n_before, without the part
    of a week in which the customer is in no segment. Its variance is sum_i e_i². For
    the same customers in both weeks this is McNemar's test (1947, Psychometrika
    12:153-157).

    Parameters
    ----------
    crossings : array of int, shape (n_segments + 1, n_segments + 1)
        From `count_crossings`.

    Returns
    -------
    ShareDrift or None
        None if nobody was in a segment in either week.
    """
    n_segments = len(crossings) - 1
    n_before, n_now = crossings[:-1].sum(), crossings[:, :-1].sum()
    if n_before == 0 or n_now == 0:
        return None
    before = crossings[:-1].sum(axis=1) / n_before
    now = crossings[:, :-1].sum(axis=0) / n_now
    own = np.eye(n_segments + 1, n_segments)
    is_there = np.arange(n_segments + 1)[:, np.newaxis] < n_segments
    # By segment of the week and segment k.
    parts_before = is_there * (own - before) / n_before
    parts_now = is_there * (own - now) / n_now
    effects = parts_now[np.newaxis] - parts_before[:, np.newaxis]
    variances = (crossings[:, :, np.newaxis] * effects**2).sum(axis=(0, 1))
    return ShareDrift(before, now, np.sqrt(variances))


def kept_share(crossings: IntArray) -> float | None:
    """Return the share of customers with a segment in both weeks who kept it."""
    both = crossings[:-1, :-1]
    return float(np.trace(both) / both.sum()) if both.sum() else None


def stability_index(recent: IntArray, reference: IntArray) -> float:
    """Return the population stability index of two distributions, by counts.

    sum (p - q) log(p / q), each count half a customer greater: as in the macro
    `stability_term`.
    """
    p, q = (
        (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
        for counts in (recent, reference)
    )
    return math.fsum((p - q) * np.log(p / q))


def watch_week(
    values: FloatArray,
    labels: IntArray,
    centres: FloatArray,
    last_week: IntArray | None = None,
    four_weeks_ago: IntArray | None = None,
) -> SegmentWeek:
    """Return what is known of one week.

    Parameters
    ----------
    values : array, shape (n, n_features)
    labels : array of int, shape (n,)
        Negative for customers who are not there: their values are not read.
    centres : array, shape (n_segments, n_features)
    last_week, four_weeks_ago : array of int, shape (n,), optional
        Segments of the same customers one week earlier, and DRIFT_WEEKS earlier.
    """
    n_segments = len(centres)
    inside = labels >= 0
    return SegmentWeek(
        sizes=np.bincount(labels[inside], minlength=n_segments).astype(np.int64),
        davies_bouldin=davies_bouldin(values[inside], labels[inside]),
        simplified_silhouette=simplified_silhouette(values[inside], centres)
        if inside.any()
        else None,
        kept_share=None
        if last_week is None
        else kept_share(count_crossings(last_week, labels, n_segments)),
        drift=None
        if four_weeks_ago is None
        else share_drift(count_crossings(four_weeks_ago, labels, n_segments)),
    )
