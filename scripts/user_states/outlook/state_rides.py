"""Mean completed rides a week in each state.

Smoothed probabilities spread a week over the states that it may belong to. A mean
weighted by them mixes a state with its neighbours if the model does not read what is
averaged. So the means are solved for instead: if rides depend on the state only, the
expected number in a week is sum_k p_t(k) m_k, and least squares gives m. What the model
does read is averaged, as in the M-step of EM.

A user's first week does not count: it has a completed ride by selection, so it says
nothing about how often a state's users ride.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import nnls

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.panel.user_weeks import UserWeeks

# What a model's features say about a week's rides: their number, whether there was one,
# or nothing.
Known = Literal["rides", "activity", "nothing"]

_COUNTS = frozenset({"n_rides", "n_requests"})
_FLAGS = frozenset({"is_active", "weeks_since_last_ride"})

# Rows of users that are smoothed at once.
_SMOOTHED_ROWS = 200_000

# Eigenvalues below this share of the largest count as 0: the weeks do not distinguish
# the states in that direction.
_LEAST_OVERLAP = 1e-10


def known_of_rides(features: Collection[str]) -> Known:
    """Return what a model of these features knows about a week's rides."""
    if not _COUNTS.isdisjoint(features):
        return "rides"
    return "nothing" if _FLAGS.isdisjoint(features) else "activity"


@dataclass(frozen=True, eq=False)
class RideSums:
    """Sums over weeks, for each user or for all users together.

    The weeks are those after each user's first.

    If the model knows activity, only weeks with a completed ride are counted; else
    every week is. The leading shape `...` is (n_users,) or empty.

    Attributes
    ----------
    known : str
    weeks, counted, rides : array, shape (..., K)
        Sums of the smoothed probability of each state: over all weeks; over counted
        weeks; over counted weeks, times the rides.
    overlap : array, shape (..., K, K)
        Sum over counted weeks of the product of two states' probabilities.
    """

    known: Known
    weeks: FloatArray
    counted: FloatArray
    rides: FloatArray
    overlap: FloatArray

    @classmethod
    def of(
        cls, probabilities: FloatArray, n_rides: FloatArray, known: Known
    ) -> RideSums:
        """Return the sums over all rows, shapes (n_rows, K) and (n_rows,)."""
        is_counted = counted_weeks(n_rides, known).astype(np.float64)
        each = np.vstack([np.ones_like(n_rides), is_counted, is_counted * n_rides])
        weeks, counted, rides = each @ probabilities
        overlap = (probabilities * is_counted[:, np.newaxis]).T @ probabilities
        return cls(known, weeks, counted, rides, overlap)

    def __add__(self, other: RideSums) -> RideSums:
        """Return the sums over both."""
        return RideSums(
            self.known,
            self.weeks + other.weeks,
            self.counted + other.counted,
            self.rides + other.rides,
            self.overlap + other.overlap,
        )

    def total(self) -> RideSums:
        """Return the sums of all users together."""
        return RideSums(
            self.known,
            self.weeks.sum(axis=0),
            self.counted.sum(axis=0),
            self.rides.sum(axis=0),
            self.overlap.sum(axis=0),
        )


def counted_weeks(n_rides: FloatArray, known: Known) -> BoolArray:
    """Return which weeks are counted, shape (n_rows,)."""
    return (n_rides > 0) | (known != "activity")


@dataclass(frozen=True, eq=False)
class StateRides:
    """Rides of each state.

    Attributes
    ----------
    known : str
    counted_share : array, shape (K,)
        Share of the state's weeks that are counted.
    per_counted_week : array, shape (K,)
        Mean completed rides in counted weeks.
    """

    known: Known
    counted_share: FloatArray
    per_counted_week: FloatArray

    @classmethod
    def of(cls, sums: RideSums) -> StateRides:
        """Return the rides of each state, from the sums of all users together."""
        share = _ratio(sums.counted, sums.weeks)
        if sums.known == "rides":
            return cls(sums.known, share, _ratio(sums.rides, sums.counted))
        # Least squares on the rides above the fewest possible, which are not negative.
        fewest = _fewest(sums.known)
        values, vectors = np.linalg.eigh(sums.overlap)
        kept = (values > 0) & (values > _LEAST_OVERLAP * values.max())
        root = np.sqrt(values[kept])
        beyond = vectors[:, kept].T @ (sums.rides - fewest * sums.counted)
        more, _ = nnls(root[:, np.newaxis] * vectors[:, kept].T, beyond / root)
        return cls(sums.known, share, fewest + more)

    @property
    def per_week(self) -> FloatArray:
        """Mean completed rides a week, shape (K,)."""
        return self.counted_share * self.per_counted_week

    def log_errors(self, by_user: RideSums) -> FloatArray:
        """Return what each user adds to the error of log `per_week`.

        The linear term of each estimating equation, with the probabilities taken as
        known; shape (n_users, K), 0 where a number is at its bound.
        """
        sums = by_user.total()
        per_week = self.per_counted_week
        share = _ratio(
            by_user.counted - self.counted_share * by_user.weeks,
            self.counted_share * sums.weeks,
        )
        if self.known == "rides":
            surplus = by_user.rides - per_week * by_user.counted
            return share + _ratio(surplus, per_week * sums.counted)
        surplus = by_user.rides - by_user.overlap @ per_week
        free = np.flatnonzero(per_week > _fewest(self.known))
        solved = np.zeros_like(surplus)
        solved[:, free] = surplus[:, free] @ np.linalg.pinv(
            sums.overlap[np.ix_(free, free)], rcond=_LEAST_OVERLAP, hermitian=True
        )
        return share + _ratio(solved, per_week)


def state_rides(parameters: HMMParameters, weeks: UserWeeks) -> StateRides:
    """Return the rides of each state of a model.

    Parameters
    ----------
    parameters : HMMParameters
    weeks : UserWeeks
        Of the users that the model was fitted on, in its units.
    """
    known = known_of_rides(weeks.names)
    model = HiddenMarkovModel.from_parameters(parameters)
    n_states = parameters.n_states
    sums = RideSums.of(np.empty((0, n_states)), np.empty(0), known)
    for block in weeks.blocks(_SMOOTHED_ROWS):
        probabilities = model.predict_proba(block.X, block.lengths)
        later = ~block.is_first
        sums += RideSums.of(probabilities[later], block.n_rides[later], known)
    return StateRides.of(sums)


def _fewest(known: Known) -> float:
    """Return the least possible number of completed rides in a counted week."""
    return 1.0 if known == "activity" else 0.0


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return part / whole, 0 where the whole is 0."""
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
