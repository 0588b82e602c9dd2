"""The profile of each state: means of the features in their own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class StateProfiles:
    """Means of the features in each state and over everyone, over all user-weeks.

    Attributes
    ----------
    features : tuple of str, length F
    means : array, shape (K, F)
        Mean over the state's user-weeks, in natural units; NaN if no user-week has a
        value.
    means_of_everyone, deviations_of_everyone : array, shape (F,)
        Mean and standard deviation (dividing by n) over all user-weeks.
    rides_a_week : array, shape (K,)
        Mean completed rides.
    active_shares : array, shape (K,)
        Share of weeks with a completed ride.
    """

    features: tuple[str, ...]
    means: FloatArray
    means_of_everyone: FloatArray
    deviations_of_everyone: FloatArray
    rides_a_week: FloatArray
    active_shares: FloatArray

    @property
    def deviations(self) -> FloatArray:
        """Difference of each mean from the mean of everyone, shape (K, F).

        In standard deviations of everyone, as in the mart state_profiles; 0 if the
        standard deviation is 0, NaN if the mean is unknown.
        """
        scales = self.deviations_of_everyone
        gaps = self.means - self.means_of_everyone
        return np.asarray(
            np.divide(gaps, scales, out=np.where(np.isnan(gaps), gaps, 0.0),
                      where=scales > 0)
        )  # fmt: skip

    def permuted(self, order: IntArray) -> StateProfiles:
        """Return them with states renumbered: `order[i]` becomes i."""
        return StateProfiles(
            self.features,
            self.means[order],
            self.means_of_everyone,
            self.deviations_of_everyone,
            self.rides_a_week[order],
            self.active_shares[order],
        )


class ProfileTotals:
    """Sums from which the profiles are computed, over chunks of decoded users.

    Parameters
    ----------
    n_states : int
    features : sequence of str
        Names of the columns of `values` in `update`.
    """

    def __init__(self, n_states: int, features: Sequence[str]) -> None:
        self._features = tuple(features)
        shape = (n_states, len(self._features))
        self._counts = np.zeros(shape)
        self._sums = np.zeros(shape)
        self._square_sums = np.zeros(shape)
        self._weeks = np.zeros(n_states)
        self._rides = np.zeros(n_states)
        self._active_weeks = np.zeros(n_states)

    def update(self, states: IntArray, values: FloatArray, n_rides: FloatArray) -> None:
        """Add a chunk.

        Parameters
        ----------
        states : array of int, shape (n_rows,)
            From 0.
        values : array, shape (n_rows, F)
            In natural units; NaN if there is no value.
        n_rides : array, shape (n_rows,)
            Completed rides of each row.
        """
        for state in range(len(self._weeks)):
            rows = states == state
            of_state = values[rows]
            self._counts[state] += np.count_nonzero(~np.isnan(of_state), axis=0)
            self._sums[state] += np.nansum(of_state, axis=0)
            self._square_sums[state] += np.nansum(of_state**2, axis=0)
            self._weeks[state] += len(of_state)
            self._rides[state] += n_rides[rows].sum()
            self._active_weeks[state] += np.count_nonzero(n_rides[rows])

    def profiles(self) -> StateProfiles:
        """Return the profiles over all chunks that were added."""
        with np.errstate(invalid="ignore"):
            everyone = self._sums.sum(axis=0) / self._counts.sum(axis=0)
            squares = self._square_sums.sum(axis=0) / self._counts.sum(axis=0)
            return StateProfiles(
                features=self._features,
                means=self._sums / self._counts,
                means_of_everyone=everyone,
                deviations_of_everyone=np.sqrt(np.maximum(squares - everyone**2, 0)),
                rides_a_week=self._rides / self._weeks,
                active_shares=self._active_weeks / self._weeks,
            )
