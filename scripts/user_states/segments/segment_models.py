"""Rules that give a customer a segment: what a fitted candidate consists of.

Segments are numbered from 0, the largest of the fit first. The first two rules are
simple enough for SQL, which applies them to customers who come later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import logsumexp
from sklearn.metrics import pairwise_distances_argmin_min

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT


class SegmentModel(Protocol):
    """A rule from features to segments."""

    @property
    def n_segments(self) -> int:
        """Number of segments."""

    @property
    def given_back(self) -> float:
        """Share of the labels of its own fit that the rule gives back."""

    def assign(self, values: FloatArray) -> IntArray:
        """Return the segment of each row, from 0, or NO_SEGMENT; shape (n,)."""


@dataclass(frozen=True, eq=False)
class NearestCentre:
    """The segment with the nearest centre, by Euclidean distance.

    Attributes
    ----------
    centres : array, shape (n_segments, n_features)
    inertia : float
        Sum of the squared distances of the fit; NaN if the fit does not minimise it.
    given_back : float
    """

    centres: FloatArray
    inertia: float = math.nan
    given_back: float = 1.0

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.centres)

    def assign(self, values: FloatArray) -> IntArray:
        """Return the number of the nearest centre; of equally near ones the first."""
        # Squared distances without the part that is the same for all centres.
        nearness = values @ (2 * self.centres).T - (self.centres**2).sum(axis=1)
        return _column_of_greatest(nearness)


@dataclass(frozen=True, eq=False)
class DiagonalMixture:
    """The most probable component of a Gaussian mixture with diagonal covariances.

    A segment's log density is log w_k - ½ sum_p (log(2 π v_kp) + (x_p - m_kp)² / v_kp).

    Attributes
    ----------
    weights : array, shape (n_segments,)
    means, variances : array, shape (n_segments, n_features)
    has_converged : bool
    given_back : float
    """

    weights: FloatArray
    means: FloatArray
    variances: FloatArray
    has_converged: bool = True
    given_back: float = 1.0

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.weights)

    def log_densities(self, values: FloatArray) -> FloatArray:
        """Return the joint log density of row and segment, shape (n, n_segments)."""
        precisions = 1 / self.variances
        constants = np.log(self.weights) - 0.5 * (
            np.log(2 * np.pi * self.variances) + self.means**2 * precisions
        ).sum(axis=1)
        densities: FloatArray = (
            constants
            + values @ (self.means * precisions).T
            - 0.5 * values**2 @ precisions.T
        )
        return densities

    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return the probability of each segment, shape (n, n_segments)."""
        densities = self.log_densities(values)
        shares: FloatArray = np.exp(
            densities - logsumexp(densities, axis=1, keepdims=True)
        )
        return shares

    def assign(self, values: FloatArray) -> IntArray:
        """Return the most probable segment."""
        return _column_of_greatest(self.log_densities(values))


@dataclass(frozen=True, eq=False)
class NearestMember:
    """The segment of the nearest customer of the fit, if that is near enough.

    Attributes
    ----------
    members : array, shape (n_members, n_features)
    labels : array of int, shape (n_members,)
        NO_SEGMENT for noise.
    radius : float
        Greatest distance; farther rows are in no segment.
    given_back : float
    """

    members: FloatArray
    labels: IntArray
    radius: float = math.inf
    given_back: float = 1.0

    @property
    def n_segments(self) -> int:
        """Number of segments, noise not counted."""
        return int(self.labels.max(initial=NO_SEGMENT)) + 1

    def assign(self, values: FloatArray) -> IntArray:
        """Return the segment of the nearest member."""
        if not len(self.members):
            return np.full(len(values), NO_SEGMENT, dtype=np.int64)
        nearest, distances = pairwise_distances_argmin_min(values, self.members)
        return np.where(distances <= self.radius, self.labels[nearest], NO_SEGMENT)


@dataclass(frozen=True, eq=False)
class GreatestFactor:
    """The factor that makes up most of a customer, by non-negative factors.

    Attributes
    ----------
    encode : object with `transform`
        scikit-learn's fitted NMF; each factor sums to 1.
    floors : array, shape (n_features,)
        Least value of each feature in the fit; it is subtracted.
    order : array of int, shape (n_segments,)
        Factor of each segment.
    sums : array, shape (n_segments,)
        Sum of each factor, in the order of the segments.
    given_back : float
    """

    encode: _Encoder
    floors: FloatArray
    order: IntArray
    sums: FloatArray
    given_back: float = 1.0

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.order)

    def assign(self, values: FloatArray) -> IntArray:
        """Return the factor with the greatest part of each row."""
        parts = self.encode.transform(np.maximum(values - self.floors, 0.0))
        return _column_of_greatest(parts[:, self.order] * self.sums)


class _Encoder(Protocol):
    def transform(self, X: FloatArray) -> FloatArray: ...


def largest_first(labels: IntArray, n_segments: int) -> IntArray:
    """Return the old numbers of the segments in their new order, largest first.

    Parameters
    ----------
    labels : array of int, shape (n,)
        From 0; negative ones are not counted.
    n_segments : int
    """
    sizes = np.bincount(labels[labels >= 0], minlength=n_segments)
    return np.argsort(-sizes, kind="stable").astype(np.int64)


def renumbered(labels: IntArray, order: IntArray) -> IntArray:
    """Return labels after `order` made the numbers new; negative ones stay."""
    new_numbers = np.empty(len(order) + 1, dtype=np.int64)
    new_numbers[order] = np.arange(len(order))
    new_numbers[-1] = NO_SEGMENT
    return new_numbers[np.where(labels < 0, len(order), labels)]


def _column_of_greatest(rows: FloatArray) -> IntArray:
    columns: IntArray = rows.argmax(axis=1).astype(np.int64)
    return columns
