"""Features week by week as plain numbers, for profiles of states and tests of traits.

The macro feature_numbers has the same rule for SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Feature
from user_states.panel.user_weeks import UserWeeks


def value_names(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the names of the numbers that `all_weekly_values` returns."""
    return tuple(name for feature in features for name in _names(feature))


def weekly_values(weeks: UserWeeks, feature: Feature) -> FloatArray:
    """Return the values of a feature, shape (n_rows, number of names).

    A share of the week is the part divided by the whole, and parts are each divided by
    their sum: NaN in weeks in which that is 0. A feature whose first week is no
    evidence is NaN in it. Other features are as they are.

    Parameters
    ----------
    weeks : UserWeeks
        In natural units, with the columns of the feature.
    feature : Feature
    """
    values = weeks.values(feature.columns)
    if feature.family == "share":
        values = _ratio(values[:, :1], values[:, 1:])
    elif feature.family == "parts":
        values = _ratio(values, values.sum(axis=1, keepdims=True))
    if feature.evidence == "later_week":
        values[weeks.is_first] = np.nan
    return values


def all_weekly_values(weeks: UserWeeks, features: Sequence[Feature]) -> FloatArray:
    """Return the values of several features side by side, as `value_names` has them."""
    if not features:
        return np.empty((weeks.n_rows, 0))
    return np.hstack([weekly_values(weeks, feature) for feature in features])


def _names(feature: Feature) -> tuple[str, ...]:
    return feature.columns if feature.family == "parts" else (feature.name,)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return part / whole, NaN where the whole is 0 or unknown."""
    unknown = np.full(part.shape, np.nan)
    whole = np.broadcast_to(whole, part.shape)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0))
