"""Mean completed rides a week by a model that counts them.

Such a model says how many rides a user of a level has in a week of a state, so the mean
follows from its probabilities: sum_n v_n p_kc(n), where v_n is n, and for the last
category, 7 or more, the mean rides of such weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.parameters import COUNT_CATEGORIES, HMMParameters

# The count that is a number of completed rides.
RIDE_COUNT = "n_rides"


@dataclass(frozen=True, eq=False)
class CountedRides:
    """The rides that each category of the count stands for.

    Attributes
    ----------
    values : array, shape (8,)
    """

    values: FloatArray

    @classmethod
    def of(cls, n_rides: FloatArray) -> CountedRides:
        """Return the values, from the rides of some weeks."""
        most = COUNT_CATEGORIES - 1
        values = np.arange(COUNT_CATEGORIES, dtype=np.float64)
        full = n_rides[n_rides >= most]
        values[most] = full.mean() if len(full) else most
        return cls(values)

    def per_week(self, parameters: HMMParameters, means: FloatArray) -> FloatArray:
        """Return the mean rides a week at each level in each state.

        Parameters
        ----------
        parameters : HMMParameters
        means : array, shape (..., K, P)
            Means of the model, or others in their place.

        Returns
        -------
        array, shape (..., C, K)
        """
        if parameters.count_feature is None:
            raise ValueError(
                "got a model without a count; expected one with a count of rides"
            )
        p = means[..., parameters.columns(parameters.count_feature)]
        tilts = parameters.level_effects[:, np.newaxis] ** np.arange(COUNT_CATEGORIES)
        # Sums over categories: no array has draws, levels, states and categories.
        total = np.einsum("...kn,cn->...ck", p * self.values, tilts)
        rides: FloatArray = total / np.einsum("...kn,cn->...ck", p, tilts)
        return rides


def counts_rides(parameters: HMMParameters, names: list[str]) -> bool:
    """Return whether the model's count is that of completed rides.

    Parameters
    ----------
    parameters : HMMParameters
    names : list of str, length D
        Of its features.
    """
    feature = parameters.count_feature
    return feature is not None and names[feature] == RIDE_COUNT
