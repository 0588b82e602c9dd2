"""Features of propensities in words: which end of them speaks for an outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from user_states.marts.propensity_mart_rows import PropensityPointRow
from user_states.marts.segment_rows import CustomerFeatureRow

# A belief in the state with key k is the feature state_k.
STATE_PREFIX = "state_"


@dataclass(frozen=True)
class ReasonWords:
    """Features in words.

    Attributes
    ----------
    high, low : mapping of str to str
        What a customer with much and with little of a feature does.
    """

    high: Mapping[str, str]
    low: Mapping[str, str]

    def of(self, feature: str, *, is_high: bool = True) -> str:
        """Return what a customer with much of a feature does, or with little."""
        words = self.high if is_high else self.low
        return words.get(feature, feature.replace("_", " "))


def reason_words_of(
    features: Iterable[CustomerFeatureRow], states: Mapping[str, str]
) -> ReasonWords:
    """Return the words of the seed's features, and of beliefs in states.

    Parameters
    ----------
    features : iterable of CustomerFeatureRow
    states : mapping of str to str
        Name of each state by its key.
    """
    high = {row.feature: row.words_high for row in features}
    low = {row.feature: row.words_low for row in features}
    for key, name in states.items():
        high[f"{STATE_PREFIX}{key}"] = f"is in the state “{name}”"
        low[f"{STATE_PREFIX}{key}"] = f"is not in the state “{name}”"
    return ReasonWords(high, low)


def rising_features(
    points: Iterable[PropensityPointRow],
) -> dict[tuple[str, str, str], bool]:
    """Return whether much of a feature makes an outcome likelier than little of it.

    That is the sign of the covariance of the value's rank and what it adds. Features
    for which it cannot be told are left out.

    Returns
    -------
    dict of (str, str, str) to bool
        By target, class and feature.
    """
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for point in points:
        if point.value_place is not None:
            key = (point.target, point.outcome_class, point.feature)
            found[key].append((point.value_place, point.contribution))
    signs = {}
    for key, pairs in found.items():
        places, added = np.array(pairs).T
        together = float(((places - places.mean()) * (added - added.mean())).sum())
        if together:
            signs[key] = together > 0
    return signs
